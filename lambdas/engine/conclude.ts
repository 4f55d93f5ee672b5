import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import type { Decision, DecisionOnRecord } from '../domain/decision.ts';
import { breakerLimit, type RunEnding } from '../domain/run-record.ts';
import { askingOf } from '../notifications/call-to-action.ts';
import type { Notification } from '../notifications/notify.ts';
import { log } from '../platform/log.ts';
import { anchorHead } from '../record/audit/anchor.ts';
import { endRun } from '../record/write.ts';
import { noticeOf, type Topic } from './messages.ts';
import type { RunContext } from './run-context.ts';
import { openingOf, type RunResult, type RunState } from './run-state.ts';
import { tellPeople } from './tell-people.ts';

/** What the durable execution answers: enough to find the rest in the record. */
export interface Concluded extends RunResult {
  readonly run: string;
  readonly incident: string;
  readonly operations: number;
}

/** A run lives at least a week (`runDays`); the last try to record it must come before. */
const LATE_RECORD_SECONDS = 6 * 86_400;
/** How long a message is tried again before the dead letter must speak for it. */
const LATE_MESSAGE_SECONDS = 3_600;

/** Tells people, then writes the record, which says whether they were told. What fails is tried again, suspended. */
export async function conclude(run: RunContext, state: RunState, result: RunResult): Promise<Concluded> {
  const { request, journal } = run;
  const { incident } = state;
  const notice = noticeOf(run, state, result);
  const message = notice.message();
  /** With what is asked of the topic's readers, as it stands when it is sent. */
  const completed = async ({ name: recipient }: Topic): Promise<Notification> =>
    notice.message(
      notice.asksForPeople
        ? await askingOf({ incident, recipient, severity: notice.severity }, run)
        : undefined,
    );
  const undelivered: Topic[] = [];
  for (const topic of notice.topics)
    if (!(await tellPeople(run, `notify:${topic.name}`, topic.arn, message, () => completed(topic))))
      undelivered.push(topic);
  const { at, written } = await record(run, state, result);
  const lost: string[] = [];
  for (const topic of undelivered)
    if (!(await tellLate(run, topic, message, () => completed(topic)))) lost.push(topic.name);
  if (!written.ok) await recordLate(run, state, endingOf(run, state, result, at));
  // Ends the execution as FAILED: the dead-letter queue keeps the request, and its alarm calls people.
  if (lost.length > 0) throw new Error(`nobody could be told by ${lost.join(' and ')}: ${message.subject}`);
  return { run: request.run, incident, ...result, operations: journal.operations };
}

/** The operation that writes it is in the record, too. */
function endingOf(
  { playbook, settings, journal, notes }: RunContext,
  { decision, findings, effect }: RunState,
  { outcome, why, lookAgainAt, then }: RunResult,
  endedAt: string,
): RunEnding {
  return {
    outcome,
    why,
    endedAt,
    ...(lookAgainAt !== undefined && { lookAgainAt }),
    ...(then?.kind === 'join' && { joinedRun: then.run }),
    ...(then?.kind === 'wait-for' && { waitsFor: { incident: then.incident } }),
    steps: journal.steps,
    guards: notes.answers,
    operations: journal.operations + 1,
    ledgerWrites: notes.ledgerWrites + 1,
    ...(decision && { decision: onRecord(decision, playbook) }),
    ...(findings && { finding: findings.finding }),
    ...(effect && { impact: effect }),
    breaker: breakerLimit(playbook, settings.limits),
  };
}

const onRecord = (decision: Decision, { branches }: AnyPlaybook): DecisionOnRecord => {
  const row = branches[decision.branch];
  return { ...decision, ...(row && { row }) };
};

function record(run: RunContext, state: RunState, result: RunResult) {
  // Counted before its own operation is.
  const ending = endingOf(run, state, result, '');
  return run.journal.repeatable(
    'record',
    async (attempt) => {
      const at = run.now().toISOString();
      const written = await attempt.known(() =>
        write(run, state, { ...ending, endedAt: at }, { withoutEvidence: attempt.isLast }),
      );
      return { at, written };
    },
    ({ written }) => ({ tell: written.ok ? 'on record' : `not on record yet: ${written.why}` }),
  );
}

/** @param options.withoutEvidence rather a record that lacks its evidence than none, should the bucket not give it */
async function write(
  run: RunContext,
  state: RunState,
  ending: RunEnding,
  { withoutEvidence }: { withoutEvidence: boolean },
): Promise<void> {
  const { records, bodies } = await run.evidence.load(run.notes.evidenceSets).catch((error: unknown) => {
    if (!withoutEvidence) throw error;
    log.error('recorded without its evidence', { run: run.request.run, error });
    return { records: [], bodies: [] };
  });
  const opening = openingOf(run, { openedAt: ending.endedAt, ...state });
  await endRun(run.pool(), opening, { ...ending, bodies }, records);
  if (run.request.mode === 'live') await announce(run, state);
}

/** What may fail, for it is made up for later. */
async function announce(
  { calling, tools, settings, pool }: RunContext,
  { incident }: RunState,
): Promise<void> {
  // The escalation learns of the end now, not at its next deadline.
  await calling.wake(incident).catch((error: unknown) => {
    log.warn('the escalation could not be woken', { incident, error });
  });
  // The outcome can be held against the audit from now on; the day's anchor does the same a little later.
  try {
    await anchorHead({ s3: await tools.s3(), bucket: settings.anchors, pool: pool() }, incident);
  } catch (error) {
    log.warn('the outcome could not be anchored', { incident, error });
  }
}

async function tellLate(
  { journal, settings, notify }: RunContext,
  { name, arn }: Topic,
  { subject }: Notification,
  completed: () => Promise<Notification>,
): Promise<boolean> {
  const everySeconds = settings.pace.recordRetry;
  const told = await journal.poll<boolean>(
    `notify:${name}:late`,
    async () => notify(arn, await completed()).then(() => true),
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
async function recordLate(run: RunContext, state: RunState, ending: RunEnding): Promise<void> {
  const everySeconds = run.settings.pace.recordRetry;
  const written = await run.journal.poll<boolean>(
    'record:late',
    () => write(run, state, ending, { withoutEvidence: true }).then(() => true),
    {
      done: (written) => written,
      everySeconds,
      tries: Math.ceil(LATE_RECORD_SECONDS / everySeconds),
      told: () => ({ tell: 'on record, late' }),
    },
  );
  if (!written) throw new Error(`run ${ending.outcome}: the record could not be written for 6 days`);
}
