import type { KeptMessage } from '../../emulator/aws/sns.ts';
import { asPerson, askedIn, type Asked } from '../../sandbox/as-person.ts';
import { faultNamed } from '../../sandbox/faults/all.ts';
import { settingsOfFunction } from '../../sandbox/settings-here.ts';
import type { PersonName } from '../../sandbox/people.ts';
import { createRecordReader, type RunStatus } from '../../lambdas/record/read.ts';
import type { World } from '../support/world.ts';
import { people } from './people.ts';

/** A run that waits for people, and what they were sent. */
export interface Pending {
  readonly run: string;
  readonly id: string;
  readonly plan: string;
  readonly message: string;
  readonly topics: readonly string[];
  readonly asked: Asked;
}

/** What people order in a world, and what they hear of it. */
export function orders(world: World) {
  const { pool, services } = world;
  const topicOf = ({ topicArn }: KeptMessage): string => topicArn.split(':').at(-1) ?? '';
  const record = createRecordReader(pool);

  const ended = async (run: string): Promise<RunStatus> => {
    await world.until(`run ${run} to end`, async () => (await record.status(run))?.outcome != null);
    return world.run(run);
  };
  const runs = async (playbook: string): Promise<string[]> => {
    const { rows } = await pool.query<{ run: string }>(
      `select run_id as run from responder.run where playbook = $1 and mode = 'live' order by arrival`,
      [playbook],
    );
    return rows.map(({ run }) => run);
  };
  const noticesOf = (run: string): KeptMessage[] =>
    services.sns.messages.all().filter(({ attributes }) => attributes['run'] === run);

  return {
    ...people(world),
    ended,
    runs,
    noticesOf,

    /** `give('sre-one', 'trust', 'budget-stale', 'approve', …)`: as it is typed. */
    give: (who: PersonName, ...typed: string[]) => asPerson(world, who, typed),

    /** Everything is switched on again, which two people must agree to. */
    async resumeAll(): Promise<void> {
      const ordered = await asPerson(world, 'finops-one', ['resume', '--reason', 'they are right']);
      const { order } = ordered.data as { order: string };
      await asPerson(world, 'sre-two', ['confirm', order]);
    },

    breakBy: (fault: string) => faultNamed(fault).inject(world),

    runsOf: async (playbook: string): Promise<number> => (await runs(playbook)).length,

    /** The playbook's next run, once it has ended; `known`, where it may have begun already: how many there were. */
    async nextRun(playbook: string, known?: number): Promise<RunStatus> {
      const before = known ?? (await runs(playbook)).length;
      await world.until(`a run of ${playbook}`, async () => (await runs(playbook)).length > before);
      return ended((await runs(playbook))[before] ?? '');
    },

    /** The playbook's newest run, once it waits for people who have been told. */
    async pending(playbook: string): Promise<Pending> {
      type Row = { run: string; id: string; plan: string };
      let found: Row | undefined;
      await world.until(`a run of ${playbook} to wait for people`, async () => {
        const { rows } = await pool.query<Row>(
          `select run_id as run, approval_id as id, approval.plan_sha256 as plan from responder.approval join responder.run using (run_id)
           where playbook = $1 and state = 'open' and callback_id is not null and ended_at is null`,
          [playbook],
        );
        return (found = rows[0]) !== undefined;
      });
      const { run, id, plan } = found as unknown as Row;
      const messages = noticesOf(run).filter(({ attributes }) => attributes['event'] === 'approval');
      const message = messages[0]?.message ?? '';
      return { run, id, plan, message, topics: messages.map(topicOf).sort(), asked: askedIn(message) };
    },

    async approval(id: string): Promise<Record<string, unknown> | undefined> {
      const { rows } = await pool.query<Record<string, unknown>>(
        `select *, (select coalesce(json_agg(person order by at), '[]') from responder.approver
                    where approver.approval_id = approval.approval_id) as approvers
         from responder.approval where approval_id = $1`,
        [id],
      );
      return rows[0];
    },

    /** What the ledger's own audit says of people's commands, oldest first: `responder.pause sre-one`. */
    async audited(): Promise<Record<string, unknown>[]> {
      const { rows } = await pool.query<Record<string, unknown>>(
        `select action, actor_type, actor_id, object_type, object_id, metadata from audit_event
         where action like 'responder.%' and actor_type = 'operator_user' order by occurred_at`,
      );
      return rows;
    },

    /** From now on the runner goes by these limits. */
    limit(change: Readonly<Record<string, unknown>>): void {
      world.deploy('responder-runner', (fn) => {
        const settings = JSON.parse(fn.environment['RESPONDER_SETTINGS'] ?? '{}') as object;
        const limits = { ...settingsOfFunction(fn).limits, ...change };
        return {
          environment: { ...fn.environment, RESPONDER_SETTINGS: JSON.stringify({ ...settings, limits }) },
        };
      });
    },
  };
}

export const arnOfPerson = (who: PersonName): string => `arn:aws:iam::012345678901:user/${who}`;
