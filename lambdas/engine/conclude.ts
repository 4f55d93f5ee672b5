import type { RunEnding } from '../record/model.ts';
import { endRun } from '../record/write.ts';
import { evidenceStore } from './evidence-store.ts';
import { LOOK_ATTEMPTS, type Journal } from './journal.ts';
import { outcomeMessage, topicsOf } from './messages.ts';
import type { Course, Ending, World } from './course.ts';
import { tellPeople } from './tell-people.ts';

/** What the durable execution answers: enough to find the rest in the record. */
export interface Concluded extends Ending {
  readonly run: string;
  readonly incident: string;
  readonly recorded: boolean;
  readonly operations: number;
}

/** A run lives at most a week; the last try to record it must come before. */
const LATE_RECORD_SECONDS = 6 * 86_400;

/** Writes the record, and tells people; in this order, unless the ledger is away: then people first. */
export async function conclude(
  course: Course,
  ending: Ending,
  journal: Journal,
  world: World,
): Promise<Concluded> {
  const { request, opening } = course;
  const store = evidenceStore(world.tools, world.settings.bucket, request.run);
  const topics = topicsOf(course, ending, world.settings);

  const write = async (record: RunEnding): Promise<void> => {
    const evidence = await store.load(course.phases);
    await endRun(world.pool(), opening, record, evidence);
  };
  const recordOf = (operationsToCome: number, endedAt: string): RunEnding => ({
    ...ending,
    endedAt,
    steps: journal.steps,
    guards: course.guards,
    operations: journal.operations + operationsToCome,
    ledgerWrites: course.ledgerWrites + 1,
    ...(course.decision && { decision: course.decision }),
    ...(course.findings && { finding: course.findings.finding }),
  });

  // The operations to come are counted beforehand: this step, and one a topic.
  const planned = 1 + topics.length;
  const before = recordOf(planned, '');
  const { recorded, endedAt } = await journal.repeatable<{
    recorded: boolean;
    endedAt: string;
    error?: string;
  }>(
    'record',
    async (attempt) => {
      const endedAt = world.now().toISOString();
      try {
        await write({ ...before, endedAt });
        return { recorded: true, endedAt };
      } catch (error) {
        if (attempt < LOOK_ATTEMPTS) throw error;
        return { recorded: false, endedAt, error: (error as Error).message };
      }
    },
    ({ recorded, error }) => ({ tell: recorded ? 'on record' : `not on record yet: ${error ?? ''}` }),
  );
  const message = outcomeMessage(course, ending, recorded, world.settings);
  for (const { name, arn } of topics) await tellPeople(`notify:${name}`, arn, message, journal, world);
  if (!recorded) await recordLate(recordOf(1, endedAt), write, journal, world);
  const { run } = request;
  return { run, incident: course.incident, ...ending, recorded: true, operations: journal.operations };
}

/** The ledger was away: the record arrives once it is back. The run waits for that, suspended. */
async function recordLate(
  record: RunEnding,
  write: (record: RunEnding) => Promise<void>,
  journal: Journal,
  { settings }: World,
): Promise<void> {
  const everySeconds = settings.pace.recordRetry;
  const done = await journal.poll<boolean>('record:late', () => write(record).then(() => true), {
    done: (written) => written,
    everySeconds,
    tries: Math.ceil(LATE_RECORD_SECONDS / everySeconds),
    told: () => ({ tell: 'on record, late' }),
  });
  // Ends the execution as FAILED: the dead-letter queue keeps the request, and its alarm calls people.
  if (!done)
    throw new Error(`run ${record.outcome}: the ledger was away for 6 days; the record could not be written`);
}
