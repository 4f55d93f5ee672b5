import type { PoolClient } from 'pg';
import type { ReadTools } from '../../../lambdas/platform/clients.ts';
import { worstOf } from '../../../lambdas/catalog/signals/definition.ts';
import { freshness } from '../../../lambdas/catalog/signals/freshness.ts';
import { OLDEST_RUN } from '../../../lambdas/domain/metrics.ts';
import { budgetAge } from '../../../lambdas/catalog/signals/budget-age.ts';
import { quotaBreaches } from '../../../lambdas/catalog/signals/quota-breaches.ts';
import { signals } from '../../../lambdas/catalog/signals/registry.ts';
import { playbooks } from '../../../lambdas/catalog/playbooks/registry.ts';
import { measureAndPublish } from '../../../lambdas/catalog/signals/publish.ts';
import type { MeasureContext, Signal } from '../../../lambdas/catalog/signals/definition.ts';
import { as } from '../../support/as-role.ts';
import { bootWorld, NOW } from '../../support/world.ts';

const world = bootWorld({}, as('responder-signals'));

const OPEN = '2026-11';
const CLOSED = '2025-09';

/** What one signal says of the seeded ledger after `sql` has broken it; the damage is rolled back. */
async function measured(metric: string, ...sql: string[]) {
  const signal = signals.find((one) => one.metric === metric);
  if (!signal) throw new Error(`there is no signal "${metric}"`);
  const client = await world.pool.connect();
  try {
    await client.query('begin');
    for (const statement of sql) await changed(client, statement);
    const tools: ReadTools = { ...world.role.tools, ledger: inside(client) };
    const measurements = await signal.measure({ now: NOW, settings: world.role.settings, tools });
    return { worst: worstOf(signal, measurements), measurements };
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** A statement that breaks nothing would prove nothing. */
async function changed(client: PoolClient, sql: string): Promise<void> {
  const { rowCount } = await client.query(sql);
  if (!rowCount) throw new Error(`this changed nothing: ${sql}`);
}

const inside = (client: PoolClient): ReadTools['ledger'] => ({
  looks: client,
  query: async (query, values = []) => {
    const { rows } = await client.query(query, [...values]);
    return { rows: rows as never[], evidence: { source: 'ledger', query, parameters: {}, rows } };
  },
});

const worst = async (metric: string, ...sql: string[]) => (await measured(metric, ...sql)).worst;

describe('a healthy ledger', () => {
  const healthy: [string, (value: number) => boolean][] = [
    ['allocation_variance_pct', (value: number) => value < 0.5],
    ['budget_age_hours', (value: number) => value === 3],
    ['recon_variance_pct', (value: number) => value < 0.5],
    ['tag_coverage_pct', (value: number) => value === 100],
    ['invoice_emission_lag_hours', (value: number) => value === 0],
    ['payment_mismatch_count', (value: number) => value === 0],
    ['quota_breach_count', (value: number) => value === 0],
    [OLDEST_RUN, (value: number) => value === 0],
  ];
  test.each(healthy)('%s is', async (metric, isHealthy) => {
    const value = await worst(metric);
    expect(value).not.toBeNull();
    expect([value, isHealthy(value ?? NaN)]).toEqual([value, true]);
  });

  test.each(signals.map(({ metric }) => metric))('raises no alarm on %s', async (metric) => {
    const value = (await worst(metric)) ?? NaN;
    expect(value).not.toBeNaN();
    const alarms = playbooks.flatMap((playbook) =>
      playbook.alarms.filter((alarm) => alarm.metric === metric),
    );
    for (const { name, threshold } of alarms)
      expect([name, 'above' in threshold ? value > threshold.above : value < threshold.below]).toEqual([
        name,
        false,
      ]);
  });
});

describe('allocation_variance_pct', () => {
  const metric = 'allocation_variance_pct';
  const service = `(select service from fact_cost_allocated where period_start = '${OPEN}-01' group by 1 order by sum(allocated_cost_usd) desc limit 1)`;

  test.each([
    ['more', 1.01],
    ['less', 0.99],
  ])('one percent %s in one service is one percent, of that service', async (_which, factor) => {
    const { worst, measurements } = await measured(
      metric,
      `update fact_cost_allocated set allocated_cost_usd = allocated_cost_usd * ${factor}
       where period_start = '${OPEN}-01' and service = ${service}`,
    );
    expect(worst).toBeCloseTo(1, 2);
    expect(measurements.filter(({ value }) => value > 0.5)).toEqual([
      { value: worst, dimensions: { Period: OPEN, Service: expect.any(String) as string } },
    ]);
  });

  test('costs that are not allocated at all are off by all of them', async () => {
    const without = `delete from fact_cost_allocated where period_start = '${OPEN}-01' and service = ${service}`;
    expect(await worst(metric, without)).toBe(100);
  });

  test('a pool of zero has no variance, and divides nothing', async () => {
    const { worst, measurements } = await measured(
      metric,
      `update fact_cost_raw set line_item_unblended_cost = 0 where bill_billing_period_start_date = '${OPEN}-01Z'`,
      `update fact_cost_allocated set allocated_cost_usd = 0 where period_start = '${OPEN}-01'`,
    );
    expect(worst).toBeLessThan(0.5);
    expect(measurements.some(({ dimensions }) => dimensions['Period'] === OPEN)).toBe(false);
  });

  test('something allocated from nothing is off by all of it', async () => {
    const emptied = `update fact_cost_raw set line_item_unblended_cost = 0 where bill_billing_period_start_date = '${OPEN}-01Z'`;
    expect(await worst(metric, emptied)).toBe(100);
  });

  test('a closed period is not measured: nobody may mend it', async () => {
    const off = `update fact_cost_allocated set allocated_cost_usd = allocated_cost_usd * 2 where period_start = '${CLOSED}-01'`;
    expect(await worst(metric, off)).toBeLessThan(0.5);
  });
});

test('budget_age_hours: one stale budget among fresh ones, in its scope', async () => {
  const { worst, measurements } = await measured(
    'budget_age_hours',
    `update budget_master set last_refreshed_at = '2026-11-22T09:00:00Z'
     where budget_id = (select min(budget_id) from budget_master where scope_type = 'tenant')`,
  );
  expect(worst).toBe(29);
  expect(
    Object.fromEntries(measurements.map(({ value, dimensions }) => [dimensions['Scope'], value])),
  ).toEqual({
    tenant: 29,
    plan: 3,
    platform: 3,
  });
});

test('budget_age_hours: a budget of a month that is over is refreshed by nobody', async () => {
  const over = `update budget_master set period = '${CLOSED}', last_refreshed_at = '2026-01-01T00:00:00Z'
     where budget_id = (select min(budget_id) from budget_master)`;
  expect(await worst('budget_age_hours', over)).toBe(3);
});

test('budget_age_hours: without budgets nothing is known, and nothing is published', async () => {
  expect(await worst('budget_age_hours', 'delete from budget_master')).toBeNull();
});

describe('recon_variance_pct', () => {
  const metric = 'recon_variance_pct';
  const set = (change: string) =>
    `update recon_summary set ${change} where recon_id = 'RECON-${CLOSED}' and service is null`;

  test('a negative variance counts by its absolute value', async () => {
    expect(await worst(metric, set('variance_pct = -0.7'))).toBe(0.7);
  });
  test('a failed reconciliation is over every limit, without a figure too', async () => {
    expect(await worst(metric, set(`status = 'failed', variance_pct = null`))).toBe(100);
    expect(await worst(metric, set(`status = 'failed', variance_pct = 0.1`))).toBe(100);
  });
  test('a resolved one is not judged, nor a provisional one', async () => {
    for (const status of ['resolved', 'provisional']) {
      expect(await worst(metric, set(`status = '${status}', variance_pct = 9`))).toBeLessThan(0.5);
    }
  });
});

describe('tag_coverage_pct', () => {
  const metric = 'tag_coverage_pct';
  const untag = (period: string, type: string, tag = 'tenant') =>
    `update fact_cost_raw set resource_tags_user_${tag}_id = null
     where (bill_billing_period_start_date, source_file, source_row) = (
       select bill_billing_period_start_date, source_file, source_row from fact_cost_raw
       where bill_billing_period_start_date = '${period}-01Z' and line_item_line_item_type = '${type}'
         and resource_tags_user_tenant_id is not null limit 1)`;

  test.each(['tenant', 'plan'])('one line without its %s in an open period shows', async (tag) => {
    const value = await worst(metric, untag(OPEN, 'Usage', tag));
    expect(value).toBeLessThan(100);
    expect(value).toBeGreaterThan(90);
  });
  test('lines that nobody can tag do not count', async () => {
    const tax = `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null
      where bill_billing_period_start_date = '${OPEN}-01Z' and line_item_line_item_type in ('Tax', 'Fee', 'Credit')`;
    expect(await worst(metric, tax)).toBe(100);
  });
  test('a closed period does not count', async () => {
    expect(await worst(metric, untag(CLOSED, 'Usage'))).toBe(100);
  });
});

describe('invoice_emission_lag_hours', () => {
  const metric = 'invoice_emission_lag_hours';
  const closedAt = `update period_state set changed_at = '2026-11-20T02:00:00Z' where period_start = '${CLOSED}-01'`;
  const invoice = `(select min(invoice_id) from invoice_header where period_start = '${CLOSED}-01')`;

  test.each([
    ['still open', `update invoice_header set status = 'open' where invoice_id = ${invoice}`],
    ['void', `update invoice_header set status = 'void' where invoice_id = ${invoice}`],
  ])('an invoice of a closed period that is %s lags since its close', async (_how, sql) => {
    const { worst, measurements } = await measured(metric, closedAt, sql);
    expect(worst).toBe(84);
    expect(measurements).toEqual([{ value: 84, dimensions: { Period: CLOSED } }]);
  });
  test('so does one that was never made', async () => {
    const without = [
      `update payment_txn set invoice_id = null where invoice_id = ${invoice}`,
      `with gone as (select ${invoice} as id) delete from invoice_detail where invoice_id = (select id from gone)`,
      `delete from invoice_header where invoice_id = ${invoice}`,
    ];
    expect(await worst(metric, closedAt, ...without)).toBe(84);
  });
  test('a period that is only closing owes no invoice yet', async () => {
    const reopened = `update period_state set state = 'closing' where period_start = '${CLOSED}-01'`;
    const gone = `update invoice_header set status = 'open' where invoice_id = ${invoice}`;
    expect(await worst(metric, reopened, gone)).toBe(0);
  });
});

describe('payment_mismatch_count', () => {
  const metric = 'payment_mismatch_count';
  const payment = `payment_id = (select min(payment_id) from payment_txn)`;

  test('a cent too little, or too much', async () => {
    for (const cent of ['- 0.01', '+ 0.01']) {
      expect(
        await worst(metric, `update payment_txn set amount_usd = amount_usd ${cent} where ${payment}`),
      ).toBe(1);
    }
  });
  test('a paid invoice whose payment is not confirmed', async () => {
    expect(await worst(metric, `update payment_txn set status = 'pending' where ${payment}`)).toBe(1);
  });
  test('money that is there, while its invoice still waits', async () => {
    const unsettled = `update invoice_header set status = 'issued', paid_at = null
      where invoice_id = (select invoice_id from payment_txn where ${payment})`;
    expect(await worst(metric, unsettled)).toBe(1);
  });
  test('a payment that failed settles nothing and mismatches nothing', async () => {
    const failed = `insert into payment_txn (payment_id, invoice_id, method, amount_usd, status, created_at)
      select 'PAY-failed', invoice_id, 'card', 1, 'failed', '2026-11-20Z' from invoice_header where status = 'issued' limit 1`;
    expect(await worst(metric, failed)).toBe(0);
  });
  test('money without an invoice, and on one that is void', async () => {
    const refer = (what: string) => `update payment_txn set invoice_id = ${what} where ${payment}`;
    // The invoice that it had paid is not covered any more, and counts, too.
    expect(await worst(metric, refer('null'))).toBe(2);
    const voided = `update invoice_header set status = 'void'
      where invoice_id = (select invoice_id from payment_txn where ${payment})`;
    expect(await worst(metric, voided)).toBe(1);
  });
  test('bank events that are dead letters', async () => {
    const { sqs, commercialOps } = world.services;
    for (const body of ['{}', '{"a":1}']) await sqs.deadLetter(commercialOps.payments.queueArn, body);
    const { worst, measurements } = await measured(metric);
    await sqs.purge(commercialOps.payments.deadLettersArn);
    expect(worst).toBe(2);
    expect(measurements).toEqual([
      { value: 0, dimensions: { Source: 'ledger' } },
      { value: 2, dimensions: { Source: 'dead-letters' } },
    ]);
  });
});

test('quota_breach_count: at 1.0 exactly, of the last days only', async () => {
  const metric = 'quota_breach_count';
  const reach = (value: string, day: string) => `update usage_snapshot_daily set utilization = ${value}
    where usage_date = '${day}' and metric_code = 'storage_gb_peak' and tenant_id = 'TEN-00123'`;
  expect(await worst(metric, reach('1.0', '2026-11-22'))).toBe(1);
  expect(await worst(metric, reach('0.999999', '2026-11-22'))).toBe(0);
  expect(await worst(metric, reach('1.2', '2026-11-10'))).toBe(0);
});

test('oldest_run_hours: how long the oldest run has not ended', async () => {
  const open = (run: string, at: string, ended: string) => `insert into responder.run
    (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, ended_at)
    values ('${run}', 'INC', 'cur-freshness', '${run}', '{}', 'live', '{}', '${at}', ${ended})`;
  const stuck = open('stuck', '2026-11-22T14:00:00Z', 'null');
  const ended = open('ended', '2026-11-20T14:00:00Z', `'2026-11-20T15:00:00Z'`);
  expect(await worst(OLDEST_RUN, ended)).toBe(0);
  expect(await worst(OLDEST_RUN, ended, stuck)).toBe(24);
  // The time in which people are asked is theirs.
  const asked = (state: string, expires: string, decided: string) => `insert into responder.approval
    (approval_id, run_id, plan_sha256, evidence_sha256, shown, people, requested_at, expires_at, state, decided_at)
    values ('A-stuck', 'stuck', '', '', '{}', 1, '2026-11-22T14:00:00Z', '${expires}', '${state}', ${decided})`;
  expect(await worst(OLDEST_RUN, ended, stuck, asked('open', '2026-11-23T15:00:00Z', 'null'))).toBe(0);
  expect(await worst(OLDEST_RUN, ended, stuck, asked('open', '2026-11-23T12:00:00Z', 'null'))).toBe(2);
  const approved = asked('approved', '2026-11-23T15:00:00Z', `'2026-11-23T10:00:00Z'`);
  expect(await worst(OLDEST_RUN, ended, stuck, approved)).toBe(4);
});

describe('cur_freshness_days', () => {
  const measure = async () => {
    const measurements = await freshness.measure({ now: NOW, ...world.role });
    const of = (copy: string) => measurements.find(({ dimensions }) => dimensions['Copy'] === copy)?.value;
    return {
      athena: of('athena') ?? NaN,
      ledger: of('ledger') ?? NaN,
      worst: worstOf(freshness, measurements),
    };
  };
  const stale = new Date(NOW.getTime() - 100 * 3_600_000);
  const fresh = new Date(NOW.getTime() - 30 * 3_600_000);

  test('is each copy’s own, and the worst of both', async () => {
    const { commercialOps } = world.services;
    const healthy = await measure();
    expect(healthy.worst).toBeGreaterThan(1.2);
    expect(healthy.worst).toBeLessThan(1.4);
    for (const copy of ['athena', 'ledger'] as const) {
      await commercialOps.setIngested(stale, [copy]);
      const { [copy]: old, worst } = await measure();
      expect([old > 4, worst]).toEqual([true, old]);
      expect((await measure())[copy === 'athena' ? 'ledger' : 'athena']).toBeLessThan(2);
      await commercialOps.setIngested(fresh, [copy]);
    }
  });

  test('is not led astray by Tax lines, which end in the future', async () => {
    const { rows } = await world.pool.query<{ n: number }>(
      `select count(*)::int as n from fact_cost_raw where line_item_line_item_type = 'Tax' and line_item_usage_end_date > $1`,
      [NOW],
    );
    expect(rows[0]?.n).toBeGreaterThan(0);
    expect((await measure()).ledger).toBeGreaterThan(1);
    expect((await measure()).athena).toBeGreaterThan(1);
  });

  test('is that of a month that is over and not closed, whose newest delivery is not loaded since days', async () => {
    const { commercialOps } = world.services;
    const october = async (days: number) => {
      const now = new Date(NOW.getTime() + days * 86_400_000);
      const measurements = await freshness.measure({ now, ...world.role });
      return measurements.find(({ dimensions }) => dimensions['Period'] === '2026-10')?.value;
    };
    expect(await october(3)).toBeUndefined();
    // One line, which no figure and no other alarm shows.
    await world.pool.query(
      `create table gone as select * from fact_cost_raw where bill_billing_period_start_date = '2026-10-01Z' limit 1;
       delete from fact_cost_raw where (source_file, source_row) in (select source_file, source_row from gone)`,
    );
    expect(await october(3)).toBeCloseTo(3, 1);
    await world.pool.query('insert into fact_cost_raw select * from gone; drop table gone');
    expect(await october(3)).toBeUndefined();
    await commercialOps.copyToAthena('2026-10', [
      `delete from fact_cost_raw where bill_billing_period_start_date = '2026-10-01Z' and source_row = 1`,
    ]);
    expect(await october(3)).toBeCloseTo(3, 1);
    await commercialOps.copyToAthena('2026-10');
    expect(await october(3)).toBeUndefined();
    for (const copy of ['athena', 'ledger'] as const) {
      await commercialOps.setIngested(new Date('2026-10-30T00:00:00Z'), [copy], ['2026-10']);
      expect(await october(3)).toBeCloseTo(3, 1);
      await commercialOps.copyToAthena('2026-10');
    }
    await commercialOps.setPeriodState('2026-10', 'closed');
    expect(await october(3)).toBeUndefined();
    await commercialOps.setPeriodState('2026-10', 'closing');
  });

  test('of a copy without a single line is beyond every limit', async () => {
    await world.services.commercialOps.warehouse.clear();
    expect(await measure()).toMatchObject({ athena: 365, worst: 365 });
    await world.services.commercialOps.setIngested(fresh, ['athena']);
  });
});

test('a signal that cannot be measured keeps no other back, and is counted', async () => {
  const broken = {
    ...budgetAge,
    measure: () => Promise.reject(new Error('relation "budget_master" does not exist')),
  };
  const cloudwatch = await world.role.tools.cloudwatch();
  const { values, unmeasured } = await measureAndPublish(
    [broken, quotaBreaches],
    { now: NOW, ...world.role },
    cloudwatch,
    { complete: true, stillValid: new Map(), mayBeAbsent: () => true, keep: async () => undefined },
  );
  expect(values).toEqual({ quota_breach_count: 0 });
  expect(unmeasured).toEqual({ budget_age_hours: 'relation "budget_master" does not exist' });
  const { GetMetricStatisticsCommand } = await import('@aws-sdk/client-cloudwatch');
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
  const person = new CloudWatchClient({ credentials: world.rootKey });
  const { Datapoints = [] } = await person.send(
    new GetMetricStatisticsCommand({
      Namespace: 'CommercialOps',
      MetricName: 'signals_unmeasured',
      Period: 60,
      Statistics: ['Maximum'],
      StartTime: new Date(NOW.getTime() - 60_000),
      EndTime: new Date(NOW.getTime() + 60_000),
    }),
  );
  expect(Math.max(...Datapoints.map(({ Maximum = 0 }) => Maximum))).toBe(1);
});

test.each([
  ['whose playbooks are off and whose table is not there is no fault', true, 'from budgets_elsewhere', {}],
  [
    'whose playbooks are off and whose column is not there is no fault',
    true,
    'nowhere from budget_master',
    {},
  ],
  ['whose playbooks are on is one', false, 'from budgets_elsewhere', /"budgets_elsewhere" does not exist/],
  ['whose playbooks are off is one, if its statement is wrong', true, '1 +', /syntax error/],
] as const)('a signal %s', async (_what, isOff, statement, fault) => {
  const absent = {
    ...budgetAge,
    measure: ({ tools }: MeasureContext) => tools.ledger.query(`select ${statement}`),
  };
  const { values, unmeasured } = await measureAndPublish(
    [absent as unknown as Signal],
    { now: NOW, ...world.role },
    await world.role.tools.cloudwatch(),
    { complete: false, stillValid: new Map(), mayBeAbsent: () => isOff, keep: async () => undefined },
  );
  if (fault instanceof RegExp) expect(unmeasured['budget_age_hours']).toMatch(fault);
  else expect({ values, unmeasured }).toEqual({ values: { budget_age_hours: null }, unmeasured: fault });
});
