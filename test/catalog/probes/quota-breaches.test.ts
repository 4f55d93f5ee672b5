import type { ReadTools } from '../../../lambdas/platform/clients.ts';
import { readLedger } from '../../../lambdas/platform/ledger/read.ts';
import { quotaBreaches } from '../../../lambdas/catalog/probes/quota-breaches.ts';
import { quotaBreaches as signal } from '../../../lambdas/catalog/signals/quota-breaches.ts';
import { exampleSettings } from '../../support/settings.ts';
import { bootLedger } from '../../support/ledger.ts';

/** The first day of a month: yesterday is of the month before. */
const NOW = new Date('2026-12-01T14:00:00Z');

const ledger = bootLedger({
  holds: `insert into tenant_master values ('TEN-00001', 'a', 'active', '{}', now())`,
});

/** What the signal counts, and the probe lists, of a cap used up on a day. */
async function seen(day: string, months: Readonly<Record<string, string>>, utilization = '1.0') {
  const { admin } = ledger;
  await admin.query('truncate usage_snapshot_daily, period_state');
  for (const [month, state] of Object.entries(months))
    await admin.query('insert into period_state values ($1, $2, null, now())', [`${month}-01`, state]);
  await admin.query(
    `insert into usage_snapshot_daily (tenant_id, metric_code, metric_value, usage_date, cap_value, utilization, last_updated_at)
     values ('TEN-00001', 'egress_gb', 100, $1, 100, $2, now())`,
    [day, utilization],
  );
  const tools = { ledger: readLedger(() => ledger.responder) } as ReadTools;
  const at = { now: NOW, settings: exampleSettings(), tools };
  const [counted] = await signal.measure(at);
  const { value } = await quotaBreaches.run({ target: {}, ...at });
  return [counted?.value, value.length];
}

describe('a cap of a month that has ended and is not open does not count, for the signal and for the probe', () => {
  test.each([
    ['2026-11-30', 'open', 1],
    ['2026-11-30', 'closing', 0],
    ['2026-11-30', 'closed', 0],
    ['2026-11-30', undefined, 1],
    ['2026-12-01', 'open', 1],
    // Odd, so people are to see it.
    ['2026-12-01', 'closing', 1],
    ['2026-12-01', undefined, 1],
    ['2026-11-29', 'open', 0],
    ['2026-12-02', 'open', 0],
  ])('used up on %s, in a month that is %s', async (day, state, count) => {
    expect(await seen(day, state === undefined ? {} : { [day.slice(0, 7)]: state })).toEqual([count, count]);
  });

  test('one unit below the cap is none', async () => {
    expect(await seen('2026-12-01', { '2026-12': 'open' }, '0.999999')).toEqual([0, 0]);
  });
});

test.each([
  ['50', '25', null],
  ['50', '0', null],
  ['NaN', '25', 'the step of the plan'],
  ['50', 'NaN', 'the step of the plan'],
  ['0', '25', 'the step of the plan'],
  ['50', '-1', 'the step of the plan'],
])('a step of %s for %s USD is charged only where both are numbers', async (step, price, absurd) => {
  const { admin } = ledger;
  await admin.query(
    `truncate plan_topup, tenant_plan_binding, plan_master cascade;
     insert into plan_master values ('PLAN', 'team', 1, 'USD', 1, 1, '2020-01-01');
     insert into tenant_plan_binding values ('TEN-00001', 'PLAN', '2020-01-01', null, 'active', 1)`,
  );
  await admin.query(`insert into plan_topup values ('PLAN', 'egress_gb', true, $1, $2, 1)`, [step, price]);
  await seen('2026-12-01', { '2026-12': 'open' });
  const tools = { ledger: readLedger(() => ledger.responder) } as ReadTools;
  const { value } = await quotaBreaches.run({ target: {}, now: NOW, settings: exampleSettings(), tools });
  expect(value.map((one) => one.absurd?.slice(0, 20) ?? null)).toEqual([absurd]);
});
