import { bootWorld } from '../../support/world.ts';

const world = bootWorld();

const OPEN = '2026-11';
const NAT = `bill_billing_period_start_date = '2026-11-01Z' and line_item_usage_type = 'USE1-NatGateway-Bytes'`;
const untag = () =>
  world.pool.query(
    `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null where ${NAT}`,
  );
const untagged = () =>
  world.ask(`select count(*) from fact_cost_raw where ${NAT} and resource_tags_user_tenant_id is null`);

describe.each([
  'allocation_runner',
  'tag_sync',
  'tag_validator',
  'budget_refresh_prod',
  'recon_runner',
  'dashboard_refresher',
])('%s', (job) => {
  test('without a payload takes the open period, and a run id of its own', async () => {
    const answer = await world.call(job);
    expect(answer).toMatchObject({
      period: OPEN,
      run_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    });
    const run = `select job || ' ' || status || ' ' || period from job_run where run_id = $1`;
    expect(await world.ask(run, [answer['run_id']])).toBe(`${job} completed ${OPEN}`);
  });

  test('does a run id’s work once, and answers the same', async () => {
    const first = await world.call(job, { run_id: `${job}-once`, fence: 5 });
    const events = `select count(*) from audit_event where actor_id = $1 and metadata->>'run_id' = $2`;
    const trail = await world.ask(events, [job, `${job}-once`]);
    expect(trail).toBe(job === 'tag_sync' ? '0' : '1');
    expect(await world.call(job, { run_id: `${job}-once`, fence: 5 })).toEqual(first);
    expect(await world.ask(events, [job, `${job}-once`])).toBe(trail);
  });

  test('refuses a fence older than the newest, and keeps the failure', async () => {
    await expect(world.call(job, { run_id: `${job}-late`, fence: '4' })).rejects.toThrow(
      `${job} refuses run ${job}-late: its fence 4 is older than 5`,
    );
    const run = `select status || ': ' || (result->>'error') from job_run where run_id = $1`;
    expect(await world.ask(run, [`${job}-late`])).toMatch(/^failed: .* refuses run .*-late/);
  });

  test('refuses what it does not know', async () => {
    await expect(world.call(job, { run: 'x' })).rejects.toThrow(
      new RegExp(`${job} does not take this payload: .*"run".* Wanted a JSON object with any of .*run_id`),
    );
  });
});

test.each(['allocation_runner', 'tag_sync', 'tag_validator', 'recon_runner'])(
  '%s refuses a closed period',
  async (job) => {
    await expect(world.call(job, { period: '2025-09' })).rejects.toThrow(
      `${job} refuses 2025-09: the period is closed`,
    );
  },
);

test('allocation_runner follows the rule version it is given', async () => {
  await expect(world.call('allocation_runner', { rule_version: 7 })).rejects.toThrow(
    /no rule with a key metric in 2026-11, version 7/,
  );
  expect(await world.call('allocation_runner', { rule_version: 1 })).toMatchObject({
    rows: expect.any(Number) as number,
  });
});

describe('tags', () => {
  test('tag_sync brings back the inventory’s tags, and no others', async () => {
    await untag();
    const lines = Number(await untagged());
    expect(lines).toBeGreaterThan(0);
    await world.pool.query(
      `update fact_cost_raw set resource_tags_user_tenant_id = 'TEN-00112' where ${NAT} and source_row =
         (select min(source_row) from fact_cost_raw where ${NAT})`,
    );
    await world.pool.query(
      `update resource_inventory set tenant_id = 'TEN-00113' where resource_id like 'nat-%'`,
    );
    expect(await world.call('tag_sync')).toMatchObject({ lines: lines - 1, stillUntagged: 1 });
    const owners = `select string_agg(distinct resource_tags_user_tenant_id, ',') from fact_cost_raw where ${NAT}`;
    expect(await world.ask(owners)).toBe('TEN-00112,TEN-00113');
  });

  test('tag_validator quarantines what is missing a tag or an owner, which tag_sync then leaves out', async () => {
    await untag();
    await world.pool.query(`delete from resource_inventory where resource_id like 'vol-%'`);
    const answer = await world.call('tag_validator', { run_id: 'validate' });
    expect(answer).toMatchObject({ checked: 14, nonCompliant: 2, quarantined: 2, released: 0 });
    const found = await world.pool.query(
      `select left(resource_id, 4) as resource, missing_tag from tag_validation_log
       where run_id = 'validate' and quarantined order by 1`,
    );
    expect(found.rows).toEqual([
      { resource: 'nat-', missing_tag: 'tenant_id,plan_id' },
      { resource: 'vol-', missing_tag: 'inventory' },
    ]);
    expect(await world.call('tag_sync')).toMatchObject({ lines: 0 });
  });

  test('and releases what is compliant again', async () => {
    await world.pool.query(
      `update fact_cost_raw set resource_tags_user_tenant_id = 'TEN-00113', resource_tags_user_plan_id = 'PLAN-TEAM' where ${NAT}`,
    );
    expect(await world.call('tag_validator')).toMatchObject({ nonCompliant: 1, quarantined: 0, released: 1 });
  });

  test('a night’s ingestion does not undo tags, and allocates by them', async () => {
    const { commercialOps, glue, estate } = world.services;
    await commercialOps.delivery.read(OPEN);
    await untag();
    const { job_run_id: id } = await world.call('cur_ingestion', { run_id: 'night' });
    expect((await world.call('cur_ingestion', { run_id: 'night' }))['job_run_id']).toBe(id);
    const ended = () => glue.runs.get(String(id))?.state === 'SUCCEEDED';
    await world.until('the load to end', ended, 60);
    expect(glue.runs.of(estate.ingestion.job)[0]?.arguments).toMatchObject({
      '--period': OPEN,
      '--run_id': 'night',
    });
    expect(await untagged()).toBe('0');
    expect(
      await world.ask(
        `select string_agg(job, ',' order by finished_at, job desc) from job_run where run_id like 'night%'`,
      ),
    ).toMatch(/cur_ingest_prod.*tag_sync.*allocation_runner/);
  });
});

describe('budgets', () => {
  test('are what was allocated, by scope, and their status follows', async () => {
    await world.pool.query(`update budget_master set actual_usd = 0, last_refreshed_at = '2026-11-20Z'`);
    await world.pool.query(`update budget_master set target_usd = 0.01 where scope_ref = 'TEN-00112'`);
    expect(await world.call('budget_refresh_prod')).toMatchObject({ refreshed: 16, skipped: [] });
    const of = (scope: string) => `(select sum(actual_usd) from budget_master where scope_type = '${scope}')`;
    const allocated = `(select sum(allocated_cost_usd) from fact_cost_allocated where period_start = '2026-11-01')`;
    expect(
      await world.ask(
        `select ${of('tenant')} = ${allocated} and ${of('plan')} = ${allocated} and ${of('platform')} = ${allocated}`,
      ),
    ).toBe('true');
    expect(
      await world.ask(`select string_agg(scope_ref, ',') from budget_master where status = 'breached'`),
    ).toBe('TEN-00112');
    expect(
      await world.ask(`select count(*) from budget_master where last_refreshed_at < '2026-11-23Z'`),
    ).toBe('0');
  });

  test('whose scope is gone stay stale, and are named', async () => {
    await world.pool.query(`update budget_master set last_refreshed_at = '2026-11-20Z'`);
    await world.pool.query(`update tenant_master set status = 'closed' where tenant_id = 'TEN-00114'`);
    await world.pool.query(`update budget_master set scope_ref = 'PLAN-OLD' where scope_ref = 'PLAN-TEAM'`);
    const skipped = [`BUD-${OPEN}-PLAN-TEAM`, `BUD-${OPEN}-TEN-00114`];
    expect(await world.call('budget_refresh_prod')).toMatchObject({ refreshed: 14, skipped });
    expect(
      await world.ask(
        `select string_agg(budget_id, ',' order by budget_id) from budget_master where last_refreshed_at < '2026-11-21Z'`,
      ),
    ).toBe(skipped.join());
    expect(world.logged('budget-refresh').join('\n')).toMatch(
      /WARN budget_refresh_prod run=\S+ skipped budget BUD-2026-11-TEN-00114: its scope no longer exists/,
    );
  });
});

test('dashboard_refresher shows the newest usage', async () => {
  await world.pool.query(
    `update usage_snapshot_daily set last_updated_at = '2026-11-23T13:00:00Z' where tenant_id = 'TEN-00112' and usage_date = '2026-11-22'`,
  );
  expect(await world.call('dashboard_refresher')).toMatchObject({
    dashboards: 3,
    source_version: '2026-11@2026-11-23T13:00:00.000Z',
  });
  expect(
    await world.ask(`select count(*) from dashboard_state where refreshed_at > '2026-11-23T14:00:00Z'`),
  ).toBe('3');
});

test('a job can be made to fail, or to do nothing, until it is told to work', async () => {
  const { commercialOps } = world.services;
  await commercialOps.behave('budget_refresh_prod', {
    kind: 'fail',
    message: 'Rate exceeded',
    errorType: 'ThrottlingException',
  });
  await expect(world.call('budget_refresh_prod', { run_id: 'throttled' })).rejects.toThrow('Rate exceeded');
  expect(world.logged('budget-refresh')).toContain(
    'ERROR budget_refresh_prod run=throttled failed: ThrottlingException: Rate exceeded',
  );
  expect(await world.ask(`select status from job_run where run_id = 'throttled'`)).toBe('failed');
  await commercialOps.behave('budget_refresh_prod', { kind: 'noop' });
  expect(await world.call('budget_refresh_prod')).not.toHaveProperty('refreshed');
  await commercialOps.behave('budget_refresh_prod');
  expect(await world.call('budget_refresh_prod', { run_id: 'throttled' })).toHaveProperty('refreshed');
});

test('a job may take its time, and one run at a time', async () => {
  const { commercialOps, lambda } = world.services;
  await commercialOps.behave('budget_refresh_prod', { kind: 'slow', minutes: 20, alone: true });
  const start = (run_id: string) =>
    lambda.invoke({ function: 'budget_refresh_prod', type: 'Event', payload: { run_id } });
  const runs = `select coalesce(string_agg(run_id, ' ' order by run_id), '') from job_run where run_id like 'slow-%'`;
  await start('slow-1');
  await world.clock.idle();
  await expect(world.call('budget_refresh_prod', { run_id: 'slow-2' })).rejects.toThrow(
    /takes one run at a time, and slow-1 is at work/,
  );
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 19 * 60_000));
  expect(await world.ask(runs)).toBe('');
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 2 * 60_000));
  expect(await world.ask(runs)).toBe('slow-1');
  await commercialOps.behave('budget_refresh_prod');
});
