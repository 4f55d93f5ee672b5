import { allocationVariance } from '../../../lambdas/catalog/playbooks/allocation-variance.ts';
import { reconFailed } from '../../../lambdas/catalog/playbooks/recon-failed.ts';
import type { ReadTools } from '../../../lambdas/platform/clients.ts';
import { readLedger } from '../../../lambdas/platform/ledger/read.ts';
import { allocationRules } from '../../../lambdas/catalog/probes/allocation-rules.ts';
import { allocationTotals } from '../../../lambdas/catalog/probes/allocation-totals.ts';
import { curFinal } from '../../../lambdas/catalog/probes/cur-final.ts';
import { reconTotals } from '../../../lambdas/catalog/probes/recon-totals.ts';
import { allocationHistory } from '../../../lambdas/catalog/probes/rerun-history.ts';
import { bootLedger } from '../../support/ledger.ts';
import { exampleSettings } from '../../support/settings.ts';

const now = new Date('2026-11-23T14:00:00Z');
const ledger = bootLedger({
  each: true,
  holds: `
    insert into tenant_master values ('TEN-00113', 'Birch', 'active', '{}', '2020-01-01');
    insert into period_state values ('2026-09-01', 'closed', null, '2026-10-06'),
      ('2026-10-01', 'closing', null, '2026-11-01'), ('2026-11-01', 'open', null, '2026-11-01')`,
});

const around = () => ({
  now,
  settings: exampleSettings(),
  tools: { ledger: readLedger(() => ledger.responder) } as unknown as ReadTools,
});
const of = (period: string) => ({ ...around(), target: { period } });

let row = 0;
const cost = (month: string, service: string, usd: string, tenant: string | null = 'TEN-00113') =>
  ledger.admin.query(
    `insert into fact_cost_raw (source_file, source_row, bill_billing_period_start_date, line_item_usage_end_date,
       line_item_line_item_type, product_servicecode, line_item_unblended_cost, resource_tags_user_tenant_id, ingested_at, source_digest)
     values ('f', $1, $2::timestamp at time zone 'UTC', $2::timestamp at time zone 'UTC' + interval '1 month', 'Usage', $3, $4, $5, $2, 'd')`,
    [(row += 1), `${month}-01`, service, usd, tenant],
  );
const allocate = (month: string, service: string, usd: string) =>
  ledger.admin.query(
    `insert into fact_cost_allocated (tenant_id, period_start, period_end, service, category, rule_id, allocated_cost_usd, created_at)
     values ('TEN-00113', $1::date, $1::date + 30, $2, 'OTHER', 'ALLOC-DIRECT', $3, $1::date)`,
    [`${month}-01`, service, usd],
  );
const summary = (
  month: string,
  status: string,
  pct: number | null,
  service: string | null = null,
  overhead = 0,
) =>
  ledger.admin.query(
    `insert into recon_summary values ('RECON-' || $1, $2, ($1 || '-01')::date, ($1 || '-01')::date + 30, 100, 100, null, $5, 0, $4, $3, '2026-11-20')`,
    [month, service, status, pct, overhead],
  );

describe('the allocation', () => {
  test('that is furthest off is looked for among the months that may change', async () => {
    const locate = () => allocationVariance.locate?.(around());
    await cost('2026-09', 'AmazonEC2', '100');
    expect(await locate()).toEqual([]);
    await cost('2026-10', 'AmazonEC2', '100');
    await allocate('2026-10', 'AmazonEC2', '99');
    await cost('2026-11', 'AmazonEC2', '100');
    await allocate('2026-11', 'AmazonEC2', '99.4');
    await cost('2026-11', 'AmazonS3', '100');
    await allocate('2026-11', 'AmazonS3', '99.5');
    expect(await locate()).toEqual([{ period: '2026-10' }, { period: '2026-11' }]);
  });

  test('is compared by service: opposite errors do not hide each other, and pools of zero have no variance', async () => {
    await cost('2026-11', 'AmazonEC2', '100');
    await cost('2026-11', 'AmazonS3', '10');
    await cost('2026-11', 'AWSLambda', '0');
    await allocate('2026-11', 'AmazonEC2', '101');
    await allocate('2026-11', 'AmazonS3', '9');
    const { value, evidence } = await allocationTotals.run(of('2026-11'));
    expect(value).toMatchObject({
      services: 3,
      lines: 3,
      rawUsd: '110',
      allocatedUsd: '110.000000',
      worstPct: 10,
      affected: [
        { service: 'AmazonS3', pct: 10, rows: 1 },
        { service: 'AmazonEC2', pct: 1, rows: 1 },
      ],
    });
    expect(evidence.map(({ query }) => query)).toEqual(
      expect.arrayContaining([
        "SELECT service, variance_pct FROM recon_summary WHERE status='warning';",
        "SELECT * FROM recon_exceptions WHERE category='Allocation';",
      ]),
    );
    expect((await allocationTotals.run(of('2026-10'))).value).toMatchObject({ services: 0, worstPct: null });
  });

  test('is split by rules of which every category needs one', async () => {
    await cost('2026-11', 'AmazonS3', '10', null);
    await cost('2026-11', 'AmazonS3', '10');
    await ledger.admin.query(`
      insert into rule_version_map values ('R', 1, 'S3', 'storage_gb_peak', '2020-01-01', '2026-11-09', false),
        ('R', 2, 'S3', 'egress_gb', '2026-11-10', null, false), ('R', 3, 'S3', 'egress_gb', '2026-12-01', null, true)`);
    const { value } = await allocationRules.run(of('2026-11'));
    expect(value).toHaveLength(6);
    expect(value.filter(({ versions }) => versions.length === 0)).toHaveLength(5);
    expect(value.find(({ category }) => category === 'S3')).toMatchObject({
      sharedUsd: '10',
      hasShared: true,
      versions: [
        { version: 2, startedInside: true, mapped: false, nothingUsed: true },
        { version: 1, startedInside: false },
      ],
    });
  });

  test('was ordered from here only until its inputs change', async () => {
    const run = (id: string, job: string, at: string, fence: number | null) =>
      ledger.admin.query(
        `insert into job_run values ($1, $2, '2026-11', null, $4, 'completed', $3, $3, '{}')`,
        [id, job, at, fence],
      );
    const orderedAt = async () => (await allocationHistory.run(of('2026-11'))).value.orderedAt;
    await run('nightly', 'allocation_runner', '2026-11-23T04:00:00Z', null);
    expect(await orderedAt()).toBeNull();
    await run('ours-old', 'allocation_runner', '2026-11-22T13:00:00Z', 1);
    expect(await orderedAt()).toBeNull();
    await run('ours', 'allocation_runner', '2026-11-23T12:00:00Z', 2);
    expect(await orderedAt()).toBe('2026-11-23T12:00Z');
    await run('load', 'cur_ingest_prod', '2026-11-23T13:00:00Z', null);
    expect(await orderedAt()).toBeNull();
  });
});

describe('the reconciliation', () => {
  const locate = () => reconFailed.locate?.(around());

  test('that is furthest off is looked for, then the others; closed months last', async () => {
    expect(await locate()).toEqual([]);
    await summary('2026-09', 'ok', 0);
    await summary('2026-10', 'provisional', 3);
    expect(await locate()).toEqual([{ period: '2026-10' }]);
    await ledger.admin.query(`update recon_summary set status = 'failed' where recon_id = 'RECON-2026-09'`);
    expect(await locate()).toEqual([{ period: '2026-09' }]);
    await summary('2026-11', 'warning', 0.7);
    expect(await locate()).toEqual([{ period: '2026-11' }, { period: '2026-09' }]);
  });

  test('is weighed with what people entered as overhead, and known to be old', async () => {
    await cost('2026-10', 'AmazonEC2', '100');
    await allocate('2026-10', 'AmazonEC2', '99.5');
    await summary('2026-10', 'ok', 0, 'AmazonEC2', 0.5);
    await summary('2026-10', 'ok', 0, null, 0.5);
    const look = async () => (await reconTotals.run(of('2026-10'))).value;
    expect(await look()).toMatchObject({
      allocationPct: 0.5,
      worstPct: 0,
      overheadUsd: '0.500000',
      stale: true,
    });
    await ledger.admin.query(`update recon_summary set allocated_total_usd = 99.5`);
    expect(await look()).toMatchObject({ stale: false });
    expect((await reconTotals.run(of('2026-11'))).value).toMatchObject({
      awsUsd: '0',
      nothingCharged: true,
      nothingAllocated: true,
      allocationPct: null,
      worstPct: null,
    });
  });

  test('can be final once the month is over, and reported to its end', async () => {
    await cost('2026-10', 'AmazonEC2', '100');
    await cost('2026-11', 'AmazonEC2', '100');
    const final = async (period: string) => (await curFinal.run(of(period))).value.final;
    expect([await final('2026-10'), await final('2026-11'), await final('2026-12')]).toEqual([
      true,
      false,
      false,
    ]);
    await ledger.admin.query(`update fact_cost_raw set line_item_usage_end_date = '2026-10-31T23:00:00Z'`);
    expect(await final('2026-10')).toBe(false);
  });
});
