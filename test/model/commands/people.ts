import fc from 'fast-check';
import { TRUST_LEVELS } from '../../../lambdas/domain/limits.ts';
import type { PersonName } from '../../../sandbox/people.ts';
import { person } from '../person.ts';
import { both, say } from '../say.ts';
import { stepKind } from '../step.ts';
import { afterNext } from '../strike.ts';
import { MONTHS, PLAYBOOKS, TARGET_NAMES, targetNamed } from '../targets.ts';
import type { World } from '../world.ts';

const scope = fc.constantFrom('all', ...PLAYBOOKS);
const playbook = fc.constantFrom(...PLAYBOOKS);
const reason = 'the model';

async function pause(world: World, who: PersonName, what: string): Promise<void> {
  const { orders } = world;
  const { ok } = await say(world, who, 'pause', { reason, ...(what !== 'all' && { playbook: what }) });
  if (ok) orders.begin(orders.off, what, world.now());
}

const RESTARTABLE = ['cur_ingestion', 'allocation_runner'] as const;
const asked = fc.oneof(
  fc
    .constantFrom(...TARGET_NAMES)
    .map((name) => ({ playbook: targetNamed(name).playbook, target: targetNamed(name).target })),
  fc
    .constantFrom(...RESTARTABLE)
    .map((name) => ({ playbook: 'restart-functions', target: { function: name } })),
);

const MONTH = fc.constantFrom(...MONTHS);

/** What people order and ask for. */
export const people = [
  stepKind({
    name: 'kill switches',
    weight: 4,
    params: fc.record({ person, scope }),
    run: (world, { person: who, scope: what }) => pause(world, who, what),
  }),
  stepKind({
    name: 'kill switches in mid-run',
    weight: 3,
    params: fc.record({
      scope,
      after: fc.constantFrom('CheckpointDurableExecution', 'Publish', 'AssumeRole', 'DescribeAlarms'),
    }),
    run: async (world, { scope: what, after }) =>
      afterNext(world, after, () => pause(world, 'sre-one', what)),
  }),
  stepKind({
    name: 'months closed in mid-run',
    weight: 2,
    params: fc.record({ month: MONTH, after: fc.constantFrom('CheckpointDurableExecution', 'Publish') }),
    run: async (world, { month, after }) =>
      afterNext(world, after, async () => {
        await world.sandbox.services.commercialOps.setPeriodState(month, 'closed');
        world.orders.begin(world.orders.closed, month, world.now());
      }),
  }),
  stepKind({
    name: 'switched on again',
    weight: 4,
    params: fc.record({ person, scope }),
    async run(world, { person: who, scope: what }) {
      const { orders } = world;
      orders.end(orders.off, what, world.now());
      const { ok } = await both(world, who, 'resume', { reason, ...(what !== 'all' && { playbook: what }) });
      if (ok) return;
      // Said in vain: what is on record holds.
      const { rows } = await world.sandbox.pool
        .query<{ scope: string }>(`select scope from responder.switch where paused and scope = $1`, [what])
        .catch(() => ({ rows: [] }));
      if (rows.length > 0) orders.begin(orders.off, what, world.now());
    },
  }),
  stepKind({
    name: 'trust set',
    weight: 4,
    params: fc.record({
      playbook,
      rung: fc.oneof(
        { weight: 4, arbitrary: fc.constant('approve') },
        { weight: 2, arbitrary: fc.constantFrom(...TRUST_LEVELS) },
      ),
    }),
    run: async (world, { playbook: of, rung }) =>
      void (await both(world, 'sre-one', 'trust', { playbook: of, rung, reason })),
  }),
  stepKind({
    name: 'trust lowered in mid-run',
    weight: 6,
    // The first is of a run's first guards, the other of the evidence that it decides on.
    params: fc.record({ after: fc.constantFrom('DescribeAlarms', 'PutObject') }),
    run: async (world, { after }) =>
      afterNext(world, after, async () => {
        for (const of of PLAYBOOKS)
          await say(world, 'sre-two', 'trust', { playbook: of, rung: 'approve', reason });
      }),
  }),
  stepKind({
    name: 'breakers reset',
    weight: 3,
    params: fc.record({ playbook }),
    async run(world, { playbook: of }) {
      if ((await both(world, 'sre-two', 'reset', { playbook: of, reason })).ok)
        world.orders.resets.push({ playbook: of, at: world.now() });
    },
  }),
  stepKind({
    name: 'runs asked for',
    weight: 6,
    params: fc.record({ person, asked }),
    run: async (world, { person: who, asked: what }) =>
      void (await say(world, who, 'run', { ...what, reason })),
  }),
  stepKind({
    name: 'undos',
    weight: 3,
    params: fc.record({ person }),
    async run(world, { person: who }) {
      const { rows } = await world.sandbox.pool.query<{ run: string }>(
        `select run_id as run from responder.run where fence is not null
         order by outcome = 'ineffective' desc nulls last, opened_at desc limit 1`,
      );
      const [last] = rows;
      if (!last) return false;
      const { ok } = await say(world, who, 'undo', { run: last.run, reason });
      if (ok) world.counts.add('tried', 'undos that were begun');
      return true;
    },
  }),
  stepKind({
    name: 'restarts that lose a variable',
    weight: 3,
    params: fc.record({ person, of: fc.constantFrom(...RESTARTABLE) }),
    async run(world, { person: who, of }) {
      const { lambda } = world.sandbox.services;
      afterNext(world, 'UpdateFunctionConfiguration', async () => {
        const { STAGE: _lost, ...environment } = lambda.functions.resolve(of).fn.environment;
        lambda.updateFunction(of, { environment });
      });
      await say(world, who, 'run', { playbook: 'restart-functions', target: { function: of }, reason });
    },
  }),
];
