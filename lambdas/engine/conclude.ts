import { anchorHead } from '../record/audit/anchor.ts';
import { askingOf } from '../notifications/call-to-action.ts';
import { log } from '../platform/log.ts';
import type { Notification } from '../notifications/notify.ts';
import { breakerLimit, type RunEnding } from '../domain/run-record.ts';
import { endRun } from '../record/write.ts';
import { evidenceStore } from './evidence-store.ts';
import { LOOK_ATTEMPTS, type Journal } from '../platform/journal.ts';
import { asksForPeople, outcomeMessage, severityOf, topicsOf, type Topic } from './messages.ts';
import type { Course, Ending, World } from './course.ts';
import { tellPeople } from './tell-people.ts';

/** What the durable execution answers: enough to find the rest in the record. */
export interface Concluded extends Ending {
  readonly run: string;
  readonly incident: string;
  readonly operations: number;
}

/** A run lives at least a week (`runDays`); the last try to record it must come before. */
const LATE_RECORD_SECONDS = 6 * 86_400;
/** How long a message is tried again before the dead letter must speak for it. */
const LATE_MESSAGE_SECONDS = 3_600;

/** Tells people, then writes the record, which says whether they were told. What fails is tried again, suspended. */
export async function conclude(
  course: Course,
  ending: Ending,
  journal: Journal,
  world: World,
): Promise<Concluded> {
  const { request } = course;
  const message = outcomeMessage(course, ending, world.settings);
  const untold: Topic[] = [];
  for (const topic of topicsOf(course, ending, world.settings)) {
    const complete = (): Promise<Notification> => completed(course, ending, topic, world);
    if (!(await tellPeople(`notify:${topic.name}`, topic.arn, message, journal, world, complete)))
      untold.push(topic);
  }
  const first = await record(course, ending, journal, world);
  const mute: string[] = [];
  for (const topic of untold)
    if (!(await tellLate(topic, course, ending, journal, world))) mute.push(topic.name);
  if (!first.recorded) {
    const late = recordOf(course, ending, journal, { endedAt: first.at, operationsToCome: 1, world });
    await recordLate(late, course, journal, world);
  }
  // Ends the execution as FAILED: the dead-letter queue keeps the request, and its alarm calls people.
  if (mute.length > 0) throw new Error(`nobody could be told by ${mute.join(' and ')}: ${message.subject}`);
  return { run: request.run, incident: course.incident, ...ending, operations: journal.operations };
}

/** With what is asked of the topic's readers, as it stands when it is sent. */
async function completed(
  course: Course,
  ending: Ending,
  { name: recipient }: Topic,
  world: World,
): Promise<Notification> {
  if (!asksForPeople(course, ending)) return outcomeMessage(course, ending, world.settings);
  const severity = severityOf(course);
  const asking = await askingOf({ incident: course.incident, recipient, severity }, world);
  return outcomeMessage(course, ending, world.settings, asking);
}

function recordOf(
  course: Course,
  ending: Ending,
  journal: Journal,
  { endedAt, operationsToCome, world }: { endedAt: string; operationsToCome: number; world: World },
): RunEnding {
  return {
    ...ending,
    endedAt,
    steps: journal.steps,
    guards: course.guards,
    operations: journal.operations + operationsToCome,
    ledgerWrites: course.ledgerWrites + 1,
    ...(course.decision && { decision: course.decision }),
    ...(course.findings && { finding: course.findings.finding }),
    ...(course.effect && { impact: course.effect }),
    breaker: breakerLimit(course.playbook, world.settings.limits),
  };
}

async function record(
  course: Course,
  ending: Ending,
  journal: Journal,
  world: World,
): Promise<{ recorded: boolean; at: string }> {
  // Counted beforehand: the record's own operation is in the record.
  const known = recordOf(course, ending, journal, { endedAt: '', operationsToCome: 1, world });
  return journal.repeatable<{ recorded: boolean; at: string; error?: string }>(
    'record',
    async (attempt) => {
      const at = world.now().toISOString();
      const last = attempt >= LOOK_ATTEMPTS;
      try {
        await write({ ...known, endedAt: at }, course, world, { withoutEvidence: last });
        await wake(course, world);
        await anchor(course, world);
        return { recorded: true, at };
      } catch (error) {
        if (!last) throw error;
        return { recorded: false, at, error: (error as Error).message };
      }
    },
    ({ recorded, error }) => ({ tell: recorded ? 'on record' : `not on record yet: ${error ?? ''}` }),
  );
}

/** @param options.withoutEvidence rather a record that lacks its evidence than none, should the bucket not give it */
async function write(
  ending: RunEnding,
  { request, phases, opening }: Course,
  { tools, settings, pool }: World,
  { withoutEvidence }: { withoutEvidence: boolean },
): Promise<void> {
  const { records, bodies } = await evidenceStore(tools, settings.bucket, request.run)
    .load(phases)
    .catch((error: unknown) => {
      if (!withoutEvidence) throw error;
      log.error('recorded without its evidence', { run: request.run, error });
      return { records: [], bodies: [] };
    });
  await endRun(pool(), opening, { ...ending, bodies }, records);
}

/** The outcome can be held against the audit from now on. Should it fail, the day's anchor does the same a little later. */
async function anchor({ request, incident }: Course, { tools, settings, pool }: World): Promise<void> {
  if (request.mode !== 'live') return;
  try {
    await anchorHead({ s3: await tools.s3(), bucket: settings.anchors, pool: pool() }, incident);
  } catch (error) {
    log.warn('the outcome could not be anchored', { incident, error });
  }
}

/** The escalation learns of the end now, not at its next deadline. */
async function wake({ request, incident }: Course, { calling }: World): Promise<void> {
  if (request.mode !== 'live') return;
  await calling.wake(incident).catch((error: unknown) => {
    log.warn('the escalation could not be woken', { incident, error });
  });
}

async function tellLate(
  topic: Topic,
  course: Course,
  ending: Ending,
  journal: Journal,
  world: World,
): Promise<boolean> {
  const everySeconds = world.settings.pace.recordRetry;
  const { subject } = outcomeMessage(course, ending, world.settings);
  const told = await journal.poll<boolean>(
    `notify:${topic.name}:late`,
    async () => world.notify(topic.arn, await completed(course, ending, topic, world)).then(() => true),
    {
      done: (told) => told,
      everySeconds,
      tries: Math.ceil(LATE_MESSAGE_SECONDS / everySeconds),
      told: () => ({ tell: `told, late: ${subject}`, detail: { delivery: 'delivered', subject } }),
      detailOfNone: { delivery: 'failed' },
    },
  );
  return told ?? false;
}

/** The ledger was away: the record arrives once it is back. The run waits for that. */
async function recordLate(ending: RunEnding, course: Course, journal: Journal, world: World): Promise<void> {
  const everySeconds = world.settings.pace.recordRetry;
  const written = await journal.poll<boolean>(
    'record:late',
    async () => {
      await write(ending, course, world, { withoutEvidence: true });
      await wake(course, world);
      await anchor(course, world);
      return true;
    },
    {
      done: (written) => written,
      everySeconds,
      tries: Math.ceil(LATE_RECORD_SECONDS / everySeconds),
      told: () => ({ tell: 'on record, late' }),
    },
  );
  if (!written) throw new Error(`run ${ending.outcome}: the record could not be written for 6 days`);
}
