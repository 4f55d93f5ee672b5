import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

const world = bootWorld({ settled: true }, account);

test('of several runs on one target at the same time one acts, and the others name it', async () => {
  await makeStale(world);
  await Promise.all(
    ['ada', 'bob', 'eve'].map((by) =>
      world.dispatch({
        run: 'cur-freshness',
        target: { period: '2026-11' },
        mode: 'live',
        by,
        reason: 'everybody at once',
      }),
    ),
  );
  const runs = await world.runsAfter(0, 3);
  const winner = runs.find(({ outcome }) => outcome === 'resolved');
  const others = runs.filter((run) => run !== winner && run.mode === 'live');
  expect(others.length).toBeGreaterThanOrEqual(2);
  for (const run of others.slice(0, 2)) {
    expect(run).toMatchObject({
      outcome: 'refused',
      why: matching(
        new RegExp(
          `^guard lock: run ${winner?.run} holds costs/2026-11 and \\d more until \\S+ at the latest$`,
        ),
      ),
      joinedRun: winner?.run,
      incident: winner?.incident,
    });
  }
  expect(world.glueStarts()).toHaveLength(1);
});
