import { createHash, randomUUID } from 'node:crypto';
import { ingest } from '../../../sandbox/commercial-ops/jobs/cur-ingest.ts';
import { runAllocation } from '../../../sandbox/commercial-ops/jobs/allocation.ts';
import type { JobOrder } from '../../../sandbox/commercial-ops/jobs/job-run.ts';
import { ask } from '../../support/world.ts';
import { bootCommercialOps } from './boot.ts';

const PERIOD = '2025-11';
const STALE = new Date('2025-11-15T12:00:00Z');
const world = bootCommercialOps({ seed: { lines: 6_000 } });
const lag = () => world.ops.setIngested(STALE);

const load = (order: Partial<JobOrder> = {}) => {
  const { ops, pool, clock, directory } = world;
  const complete = { runId: randomUUID(), period: PERIOD, ...order };
  const tools = { pool, duck: ops.duck, warehouse: ops.warehouse, directory, now: () => clock.now() };
  return ingest(tools, complete, () => ops.delivery.read(complete.period), 'test');
};

test('both copies get the delivery, to the last decimal, with its digest; the allocation follows', async () => {
  await lag();
  const { result } = await load({ runId: 'exact' });
  const { delivered, athena, ledger } = await world.ops.totals(PERIOD);
  expect(ledger).toEqual(delivered);
  expect(athena).toEqual(delivered);
  expect(result.lines).toBe(delivered?.lines);

  const manifest = await world.s3.get('cur-bucket', world.ops.delivery.manifestKey(PERIOD));
  const digest = createHash('sha256').update(manifest).digest('hex');
  const source = `select string_agg(distinct source_digest, ',') from fact_cost_raw where bill_billing_period_start_date = '2025-11-01Z'`;
  expect(await ask(world.pool, source)).toBe(digest);
  const { rows } = await world.pool.query(
    `select status, row_count::int, source_digest, executed_by from cur_ingestion_log where run_id = 'exact'`,
  );
  expect(rows).toEqual([
    { status: 'completed', row_count: result.lines, source_digest: digest, executed_by: 'test' },
  ]);
  const total = `select abs(sum(allocated_cost_usd) - (select sum(line_item_unblended_cost) from fact_cost_raw where bill_billing_period_start_date = '2025-11-01Z')) < 0.00001
    from fact_cost_allocated where period_start = '2025-11-01'`;
  expect(await ask(world.pool, total)).toBe('true');
});

test('a run id does its work once', async () => {
  await lag();
  const first = await load({ runId: 'once' });
  const at = await ask(world.pool, `select finished_at::text from job_run where run_id = 'once'`);
  await lag();
  const second = await load({ runId: 'once' });
  expect([first.repeated, second.repeated]).toEqual([false, true]);
  expect(second.result).toEqual(first.result);
  expect((await world.ops.freshness()).ledger.newest).toBe(STALE.toISOString());
  expect(await ask(world.pool, `select finished_at::text from job_run where run_id = 'once'`)).toBe(at);
});

test('a run killed before the allocation is made whole by its repetition', async () => {
  await load({ runId: 'torn' });
  await world.pool.query(`delete from job_run where run_id = 'torn-allocation'`);
  await world.pool.query(`delete from fact_cost_allocated where period_start = '2025-11-01'`);
  expect((await load({ runId: 'torn' })).repeated).toBe(true);
  expect(
    Number(
      await ask(world.pool, `select count(*) from fact_cost_allocated where period_start = '2025-11-01'`),
    ),
  ).toBeGreaterThan(0);
});

test('a run id can’t be used for another period', async () => {
  await load({ runId: 'taken' });
  await expect(load({ runId: 'taken', period: '2025-10' })).rejects.toThrow(
    /belongs to cur_ingest_prod of 2025-11/,
  );
});

test('a closed period is refused, and not touched', async () => {
  const before = await world.ops.totals('2025-09');
  const ids = `select md5(string_agg(id::text, ',' order by id)) from fact_cost_allocated where period_start = '2025-09-01'`;
  const allocated = await ask(world.pool, ids);
  const files = world.s3
    .list('commercial-ops-warehouse', 'fact_cost_raw/period=2025-09/')
    .map(({ key }) => key);
  await expect(load({ runId: 'closed', period: '2025-09' })).rejects.toThrow(/2025-09: the period is closed/);
  await expect(
    runAllocation(world.pool, { runId: 'closed-too', period: '2025-09' }, () => world.clock.now()),
  ).rejects.toThrow(/the period is closed/);
  expect(await world.ops.totals('2025-09')).toEqual(before);
  expect(await ask(world.pool, ids)).toBe(allocated);
  expect(
    world.s3.list('commercial-ops-warehouse', 'fact_cost_raw/period=2025-09/').map(({ key }) => key),
  ).toEqual(files);
  expect(await ask(world.pool, `select status from job_run where run_id = 'closed'`)).toBe('failed');
});

test('a closing period is loaded', async () => {
  expect((await load({ period: '2025-10' })).result.lines).toBe(2_000);
});

test('an unknown period is refused', async () => {
  await expect(load({ period: '2031-01' })).rejects.toThrow(/does not know the period 2031-01/);
});

test('a fence older than the newest seen is refused; the same one and none are not', async () => {
  await load({ fence: 20n });
  await expect(load({ runId: 'late', fence: 19n })).rejects.toThrow(/fence 19 is older than 20/);
  expect((await load({ fence: 20n })).repeated).toBe(false);
  expect((await load()).repeated).toBe(false);
  expect(await ask(world.pool, `select fence::text from job_run where run_id = 'late'`)).toBe('19');
});

describe('a delivery that is not complete loads nothing', () => {
  afterEach(() => world.ops.deliver(PERIOD));

  const nothingLoaded = async (message: RegExp) => {
    await lag();
    const before = await world.ops.totals(PERIOD);
    await expect(load({ runId: randomUUID() })).rejects.toThrow(message);
    const after = await world.ops.totals(PERIOD);
    expect([after.athena, after.ledger]).toEqual([before.athena, before.ledger]);
  };

  test('a file that the manifest names is missing', async () => {
    const lost = await world.ops.delivery.makeIncomplete(PERIOD);
    await nothingLoaded(new RegExp(`names 3 files, 1 missing \\(${lost}\\)`));
  });

  test('a file is cut off', async () => {
    const key = `${world.ops.delivery.folder(PERIOD)}commercial-ops-cur-00001.snappy.parquet`;
    await world.s3.put('cur-bucket', key, (await world.s3.get('cur-bucket', key)).subarray(0, 100));
    await nothingLoaded(/has 100 bytes; its manifest says \d+/);
  });

  test('nothing was delivered', async () => {
    await world.ops.delivery.remove(PERIOD);
    await nothingLoaded(/there is no manifest at s3:\/\/cur-bucket\/cur-prefix\/2025-11\//);
  });

  test('only the folder is there', async () => {
    await world.ops.delivery.empty(PERIOD);
    await nothingLoaded(/there is no manifest/);
  });
});

test('a new delivery goes over the old one', async () => {
  await world.ops.deliver(PERIOD, { upTo: new Date('2025-11-19T20:00:00Z') });
  await load();
  const { delivered, ledger } = await world.ops.totals(PERIOD);
  expect(ledger).toEqual(delivered);
  expect((await world.ops.freshness()).ledger.newest).toBe('2025-11-19T20:00:00.000Z');
});

test('when the ledger fails, what the job had written there is gone, and the failure is on record', async () => {
  await lag();
  const before = (await world.ops.totals(PERIOD)).ledger;
  await world.pool.query(
    `alter table cur_ingestion_log add constraint broken check (run_id <> 'breaks' or status = 'failed')`,
  );
  await expect(load({ runId: 'breaks' })).rejects.toThrow(/violates check constraint/);
  await world.pool.query('alter table cur_ingestion_log drop constraint broken');
  expect((await world.ops.totals(PERIOD)).ledger).toEqual(before);
  const { rows } = await world.pool.query(
    `select status, error_log from cur_ingestion_log where run_id = 'breaks'`,
  );
  expect(rows).toEqual([
    { status: 'failed', error_log: expect.stringContaining('violates check constraint') as string },
  ]);
  expect((await load({ runId: 'breaks' })).repeated).toBe(false);
});
