import { periodOf, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import { falselyHealthy, stillWrong, type StillWrong } from '../../scripts/drill/still-wrong.ts';
import { bootWorld } from '../support/world.ts';

const world = bootWorld({ schedules: 'off' });

const found = async () => [
  ...new Set((await stillWrong(world)).map(({ playbook, period }) => `${playbook} ${period ?? ''}`.trim())),
];
const lines = (period: string) => `(source_file, source_row) in (
  select source_file, source_row from fact_cost_raw
  where bill_billing_period_start_date = '${period}-01Z' and product_servicecode = 'AmazonEC2'
    and resource_tags_user_tenant_id = 'TEN-00101' order by 1, 2 limit 40)
  and bill_billing_period_start_date = '${period}-01Z'`;

test('a healthy world has no fault, and each fault is named with its playbook and month', async () => {
  const running = periodOf(world.clock.now());
  const over = shiftPeriod(running, -1);
  const { rows } = await world.pool.query<{ tenant: string }>(
    `select min(resource_tags_user_tenant_id) as tenant from fact_cost_raw where product_servicecode = 'AmazonEC2'`,
  );
  const sql = (text: string) => () => world.pool.query(text.replaceAll('TEN-00101', rows[0]!.tenant));
  const inAthena = (period: string, text: string) => () =>
    world.services.commercialOps.copyToAthena(period, [text.replaceAll('TEN-00101', rows[0]!.tenant)]);
  const mirrored = (period: string) => () => world.services.commercialOps.copyToAthena(period);
  const costs = (period: string) => `cur-freshness ${period}`;
  const measure = (unmeasured: number) =>
    world.services.cloudwatch.putMetricData('CommercialOps', [
      { MetricName: 'signals_unmeasured', Value: unmeasured },
    ]);
  const steps: [what: string, step: () => Promise<unknown>, wanted: string[]][] = [
    ['nothing', async () => undefined, []],
    [
      'lost in Athena',
      inAthena(over, `delete from fact_cost_raw where ${lines(over)}`),
      [costs(over), `allocation-variance ${over}`],
    ],
    ['back again', mirrored(over), []],
    [
      'doubled in Athena',
      inAthena(
        running,
        `update fact_cost_raw set line_item_unblended_cost = 2 * line_item_unblended_cost where ${lines(running)}`,
      ),
      [costs(running), `allocation-variance ${running}`],
    ],
    ['back again', mirrored(running), []],
    [
      'moved to another tenant in the ledger',
      sql(`update fact_cost_raw set resource_tags_user_tenant_id = 'TEN-X' where ${lines(running)}`),
      [costs(running)],
    ],
    ['in both, which the load did not bring', mirrored(running), []],
    [
      'neither holds what was delivered',
      async () => {
        await sql(
          `update fact_cost_raw set line_item_unblended_cost = line_item_unblended_cost + 0.0001 where ${lines(over)}`,
        )();
        await mirrored(over)();
      },
      [costs(over)],
    ],
    [
      'allocation',
      sql(
        `update fact_cost_allocated set allocated_cost_usd = 0.99 * allocated_cost_usd where period_start = '${running}-01' and service = 'AmazonS3'`,
      ),
      [costs(over), `allocation-variance ${running}`],
    ],
    [
      'reconciliation',
      sql(
        `update recon_summary set status = 'ok', aws_total_usd = 0.9 * aws_total_usd where period_start = '${over}-01' and service = 'AmazonEC2'`,
      ),
      [costs(over), `recon-failed ${over}`, `allocation-variance ${running}`],
    ],
  ];
  for (const [what, step, wanted] of steps) {
    await step();
    expect([what, await found()]).toEqual([what, wanted]);
  }
  const more: [sql: string, wanted: string][] = [
    [
      `update fact_cost_raw set resource_tags_user_plan_id = null where ${lines(running)}`,
      `tag-coverage-drop ${running}`,
    ],
    [
      `update invoice_header set status = 'void' where invoice_id = (select min(invoice_id) from invoice_header)`,
      'invoice-lag',
    ],
    [
      `update invoice_header set status = 'issued', paid_at = null where invoice_id = (select max(invoice_id) from invoice_header where status = 'paid')`,
      'payment-mismatch',
    ],
    [
      `update usage_snapshot_daily set utilization = 1 where usage_date = (select max(usage_date) from usage_snapshot_daily)`,
      'quota-reached',
    ],
    [
      `update budget_master set last_refreshed_at = null where budget_id = (select min(budget_id) from budget_master)`,
      'budget-stale',
    ],
  ];
  for (const [text, wanted] of more) {
    const before = await found();
    await sql(text)();
    const added = (await found()).filter((one) => !before.includes(one));
    expect(added).toEqual([expect.stringContaining(wanted)]);
  }
  measure(2);
  expect(await found()).toContain('signals-missing');
  const { sqs, runnerFleet } = world.services;
  const { visible } = sqs.counts(runnerFleet.queueArn);
  for (let n = visible; n < 100; n++) await sqs.send(runnerFleet.queueArn, '{}');
  expect(await found()).not.toContain('runner-backlog');
  await sqs.send(runnerFleet.queueArn, '{}');
  expect(await found()).toContain('runner-backlog');
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 11 * 60_000));
  expect(await found()).toContain('signals-missing');
  measure(0);
  expect(await found()).not.toContain('signals-missing');
  const { rows: old } = await world.pool.query(
    `update fact_cost_raw set line_item_usage_end_date = line_item_usage_end_date - interval '9 days'`,
  );
  expect(old).toEqual([]);
  expect(await found()).toContain('cur-freshness');
});

describe('a run is falsely healthy', () => {
  const run = (outcome: string, period: string, at: number, playbook = 'allocation-variance') => ({
    run: `r-${at}`,
    playbook,
    outcome,
    target: { period },
    endedAt: `2026-11-23T14:0${at}:00.000Z`,
  });
  const wrong: StillWrong[] = [{ playbook: 'allocation-variance', period: '2026-10', what: 'S3 is off' }];
  const says = (...runs: ReturnType<typeof run>[]) => falselyHealthy(runs, wrong).length > 0;

  test.each<[string, boolean, ReturnType<typeof run>[]]>([
    ['when the fault is in its month', true, [run('resolved', '2026-10', 1)]],
    ['when the fault is in another month', true, [run('resolved', '2026-11', 1)]],
    ['when it healed by itself', true, [run('self-healed', '2026-10', 1)]],
    [
      'when the same target failed before',
      true,
      [run('failed', '2026-10', 1), run('resolved', '2026-10', 2)],
    ],
    [
      'not when people have that month',
      false,
      [run('resolved', '2026-11', 1), run('escalated', '2026-10', 2)],
    ],
    ['when people have another month', true, [run('resolved', '2026-10', 1), run('escalated', '2026-11', 2)]],
    ['when another run only joined it', true, [run('resolved', '2026-10', 1), run('refused', '2026-10', 2)]],
    ['not when another playbook is', false, [run('resolved', '2026-10', 1, 'recon-failed')]],
    ['not when it is not healthy', false, [run('ineffective', '2026-10', 1)]],
  ])('%s', (_what, wanted, runs) => {
    expect(says(...runs)).toBe(wanted);
  });
});
