import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { runIdOfKey } from '../../lambdas/intake/start/run-id.ts';
import { startRunSigned } from '../../sandbox/signed-order.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

const world = bootWorld({ settled: true }, account);

test('of several runs on one target at the same time one acts, and the others name it', async () => {
  await makeStale(world);
  // As the function that starts a person's runs does: by plain invokes it may refuse one while another is at work.
  await Promise.all(
    ['ada', 'bob', 'eve'].map((by) =>
      startRunSigned(world, {
        run: runIdOfKey('cur-freshness', 'request', by, 'live'),
        playbook: 'cur-freshness',
        target: { period: '2026-11' },
        mode: 'live',
        cause: { kind: 'manual', by, reason: 'everybody at once', at: world.clock.now().toISOString() },
      }),
    ),
  );
  const runs = await world.runsAfter(0, 3);
  const winner = runs.find(({ outcome }) => outcome === 'resolved');
  const others = runs.filter((run) => run !== winner && run.mode === 'live');
  expect(others.length).toBeGreaterThanOrEqual(2);
  // The first one holds the playbook's target at once, and what it changes once it has decided.
  for (const run of others.slice(0, 2)) {
    expect(run).toMatchObject({
      outcome: 'refused',
      why: matching(
        new RegExp(
          `^guard lock: run ${winner?.run} holds (costs/2026-11 and \\d more|run/cur-freshness/period=2026-11) until \\S+ at the latest$`,
        ),
      ),
      joinedRun: winner?.run,
      incident: winner?.incident,
    });
  }
  expect(world.glueStarts()).toHaveLength(1);
});
