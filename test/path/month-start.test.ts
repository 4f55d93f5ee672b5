import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { openAccount, type Account } from './account.ts';

let account: Account;
beforeAll(async () => {
  account = await openAccount({ now: new Date('2026-12-01T12:00:00Z') });
});
afterAll(() => account.close());

test("on a month's first day the partition to repair is last month's", async () => {
  await makeStale(account.sandbox);
  const [run, ...more] = await account.runsAfter(0);
  expect(more).toEqual([]);
  expect(run).toMatchObject({ outcome: 'resolved', target: { period: '2026-11' } });
  expect(account.glueStarts().map(({ arguments: args }) => args['--period'])).toEqual(['2026-11']);
  const { delivered, ledger, athena } = await account.sandbox.services.commercialOps.totals('2026-11');
  expect({ ledger, athena }).toEqual({ ledger: delivered, athena: delivered });
});
