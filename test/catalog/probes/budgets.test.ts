import type { ReadTools } from '../../../lambdas/platform/clients.ts';
import { readLedger } from '../../../lambdas/platform/ledger/read.ts';
import { budgetAges, type Budgets } from '../../../lambdas/catalog/probes/budgets.ts';
import { budgetAge } from '../../../lambdas/catalog/signals/budget-age.ts';
import { exampleSettings } from '../../support/settings.ts';
import { bootLedger } from '../../support/ledger.ts';

const NOW = new Date('2026-11-23T14:00:00Z');

const PERIODS = `
insert into period_state values ('2026-10-01', 'closing', null, now()), ('2026-11-01', 'open', null, now())`;

const ledger = bootLedger({
  holds: `
    ${PERIODS};
    insert into tenant_master values ('TEN-00001', 'a', 'active', '{}', now()), ('TEN-00002', 'b', 'suspended', '{}', now()),
      ('TEN-00003', 'c', 'closed', '{}', now());
    insert into plan_master values ('PLAN-A', 'a', 1, 'USD', 1, 1, '2020-01-01', null)`,
});
afterEach(() => ledger.admin.query('truncate budget_master'));

type Row = [id: string, scope: string, ref: string | null, period: string, hours: number];

async function look(...rows: Row[]): Promise<Budgets> {
  for (const [id, scope, ref, period, hours] of rows) {
    await ledger.admin.query(
      `insert into budget_master values ($1, $2, $3, 'cost_usd', $4, 100, 1, '{}', 'ok', $5)`,
      [id, scope, ref, period, new Date(NOW.getTime() - hours * 3_600_000)],
    );
  }
  const tools = { ledger: readLedger(() => ledger.responder) } as ReadTools;
  const { value, evidence } = await budgetAges.run({
    target: {},
    now: NOW,
    settings: exampleSettings(),
    tools,
  });
  expect(evidence.map(({ query }) => query)).toContain(
    'SELECT budget_id, last_refreshed_at FROM budget_master ORDER BY last_refreshed_at ASC;',
  );
  return budgetAges.value.parse(value);
}

test('stale is what is older than a day, to the second', async () => {
  const seen = await look(
    ['B-1', 'platform', null, '2026-11', 24],
    ['B-2', 'tenant', 'TEN-00001', '2026-11', 24 + 1 / 3_600],
    ['B-3', 'tenant', 'TEN-00002', '2026-11', 30],
    ['B-4', 'plan', 'PLAN-A', '2026-11', 0],
  );
  expect(seen).toEqual({
    budgets: 4,
    oldestHours: 30,
    stale: 2,
    ids: ['B-3', 'B-2'],
    unreachable: 0,
    unreachableIds: [],
  });
});

test('no refresh reaches a budget whose tenant or plan is gone', async () => {
  const seen = await look(
    ['closed-tenant', 'tenant', 'TEN-00003', '2026-11', 25],
    ['no-tenant', 'tenant', 'TEN-99999', '2026-11', 26],
    ['tenant-of-null', 'tenant', null, '2026-11', 27],
    ['no-plan', 'plan', 'PLAN-B', '2026-11', 28],
    ['fresh', 'tenant', 'TEN-99999', '2026-11', 1],
  );
  expect(seen).toMatchObject({ budgets: 5, stale: 4, unreachable: 4 });
  expect(seen.unreachableIds).toEqual(['no-plan', 'tenant-of-null', 'no-tenant', 'closed-tenant']);
});

describe('only budgets of open months count, for the probe and for the signal', () => {
  const AFTER: readonly (readonly [month: string, state: string | null, counts: boolean])[] = [
    ['2026-09', null, false],
    ['2026-10', 'open', true],
    ['2026-10', 'closing', false],
    ['2026-10', 'closed', false],
    ['2026-10', null, false],
    ['2026-11', 'open', true],
    ['2026-11', 'closing', false],
    ['2026-11', 'closed', false],
    // It runs, and nobody has opened it: stale budgets are not hidden by that.
    ['2026-11', null, true],
    ['2026-12', 'open', true],
    ['2026-12', 'closing', false],
    ['2026-12', null, false],
    ['2027-11', null, false],
  ];
  test.each(AFTER)('%s, which is %s: %s', async (month, state, counts) => {
    const { admin } = ledger;
    await admin.query('delete from period_state');
    try {
      if (state !== null)
        await admin.query('insert into period_state values ($1, $2, null, now())', [`${month}-01`, state]);
      const seen = await look(['made-ready', 'platform', null, month, 40]);
      expect(seen).toMatchObject(
        counts ? { budgets: 1, stale: 1 } : { budgets: 0, stale: 0, oldestHours: null },
      );
      const tools = { ledger: readLedger(() => ledger.responder) } as ReadTools;
      const measured = await budgetAge.measure({ now: NOW, settings: exampleSettings(), tools });
      expect(measured.map(({ value }) => value)).toEqual(counts ? [40] : []);
    } finally {
      await admin.query('delete from period_state');
      await admin.query(PERIODS);
    }
  });
});

test('of many it keeps twenty ids, and counts all', async () => {
  const rows = Array.from({ length: 30 }, (_, i): Row => [`B-${i}`, 'platform', null, '2026-11', 30 + i]);
  const seen = await look(...rows);
  expect(seen).toMatchObject({ budgets: 30, stale: 30 });
  expect(seen.ids).toHaveLength(20);
});
