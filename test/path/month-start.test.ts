import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

const world = bootWorld({ now: new Date('2026-12-01T12:00:00Z'), settled: true }, account);

test("on a month's first day the partition to repair is last month's", async () => {
  await makeStale(world);
  const [run, ...more] = await world.runsAfter(0);
  expect(more).toEqual([]);
  expect(run).toMatchObject({ outcome: 'resolved', target: { period: '2026-11' } });
  expect(world.glueStarts().map(({ arguments: args }) => args['--period'])).toEqual(['2026-11']);
  const { delivered, ledger, athena } = await world.services.commercialOps.totals('2026-11');
  expect({ ledger, athena }).toEqual({ ledger: delivered, athena: delivered });
});
