import { change, OUTDATED, over, reconciled, running, SLIGHTLY, spoil, WARNS } from './billing-chain.ts';
import { makeStale } from './costs-world.ts';
import { faultsOf, type Step } from './fault.ts';
import { closedPeriod, withoutInvoices } from './invoice-world.ts';
import { recordPayment, unpaidInvoice, unsettle } from './payment-world.ts';
import { AUTO, TENANT, uses } from './quota-reached.ts';
import { backlog } from './runner-backlog.ts';
import { FIRST, untag } from './tag-coverage-drop.ts';
import { ago, atStep, hoursAgo, sql } from './steps.ts';

const costs = faultsOf('cur-freshness', 'cur_freshness_days');
const budgets = faultsOf('budget-stale', 'budget_age_hours');
const runners = faultsOf('runner-backlog', 'runner_queue_depth');
const invoices = faultsOf('invoice-lag', 'invoice_emission_lag_hours');
const allocation = faultsOf('allocation-variance', 'allocation_variance_pct');
const quota = faultsOf('quota-reached', 'quota_breach_count');
const tags = faultsOf('tag-coverage-drop', 'tag_coverage_pct');
const reconciliation = faultsOf('recon-failed', 'recon_variance_pct');
const payments = faultsOf('payment-mismatch', 'payment_mismatch_count');

/** The alarm is raised and a run has begun; before its first probe somebody has repaired it. */
const repairedBy = (...steps: readonly Step[]): Step => atStep('guard:before-diagnosing', 'ends', ...steps);
const settleByHand = sql(
  `update invoice_header set status = 'paid', paid_at = $1 where status = 'issued' and invoice_id <> $2`,
  ago(0),
  unpaidInvoice,
);
const measuredAgain = sql(
  `update usage_snapshot_daily set metric_value = cap_value / 2, utilization = 0.5, quota_event = null
   where tenant_id = $1 and metric_code = $2 and usage_date = $3::date`,
  TENANT,
  AUTO,
  ago(0),
);
const copyTags: Step = async (sandbox) => {
  const { lambda, estate } = sandbox.services;
  await lambda.invoke({
    function: estate.jobs.tagSync,
    type: 'RequestResponse',
    payload: { period: running(sandbox), run_id: 'by-hand' },
  });
};
const FIRST_DAY = { now: new Date('2026-12-01T10:00:00Z') };
const LATE = 'TEN-00113';

/** Worlds that are just not wrong, and worlds that somebody else repairs a moment before: nothing may be done. */
export const nearMisses = [
  costs
    .control('costs-46-hours', 'The costs end 46 hours ago; two days are the limit.')
    .inject((sandbox) => sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 46)))
    .expectNothing(),

  costs
    .control('costs-46-hours-on-the-first', 'The costs end 46 hours ago, in the month before.', FIRST_DAY)
    .inject((sandbox) => sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 46)))
    .expectNothing(),

  costs
    .control('costs-loaded-meanwhile', 'Somebody loads the costs before the run looks at them.')
    .inject(
      makeStale,
      repairedBy((sandbox) => sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 30))),
    )
    .expect(costs.selfHealed('fresh')),

  budgets
    .control('budgets-23-hours', 'The budgets are 23 hours and 20 minutes old; 24 hours are the limit.')
    .inject(sql('update budget_master set last_refreshed_at = $1', ago(23 + 1 / 3)))
    .expectNothing(),

  budgets
    .control(
      'budgets-never-refreshed-on-the-first',
      'On the first day of the month no budget has been refreshed yet.',
      FIRST_DAY,
    )
    .inject(sql('update budget_master set last_refreshed_at = null'))
    .expectNothing(),

  budgets
    .control('budgets-refreshed-meanwhile', 'Somebody refreshes the budgets before the run looks at them.')
    .inject(
      sql('update budget_master set last_refreshed_at = $1', ago(30)),
      repairedBy(sql('update budget_master set last_refreshed_at = $1', ago(0))),
    )
    .expect(budgets.selfHealed('fresh')),

  runners
    .control('runner-queue-of-100', '100 jobs wait, which is the limit, and as many come as are done.')
    .inject(backlog({ messages: 100, arrivalsPerTick: 40 }))
    .expectNothing(),

  runners
    .control('runner-queue-emptied-meanwhile', 'Somebody empties the queue before the run looks at it.')
    .inject(
      backlog({ messages: 150, arrivalsPerTick: 40 }),
      repairedBy(({ services: { runnerFleet, sqs } }) => sqs.take(runnerFleet.queueArn, 1_000)),
    )
    .expect(runners.selfHealed('drained')),

  invoices
    .control(
      'invoice-71-hours',
      'A month was closed 71 hours ago, and an invoice is missing; 72 is the limit.',
    )
    .inject(withoutInvoices([LATE], 71))
    .expectNothing(),

  invoices
    .control('invoice-issued-meanwhile', 'Somebody issues the missing invoice before the run looks for it.')
    .inject(
      withoutInvoices([LATE]),
      repairedBy(async (sandbox) => {
        const { lambda, estate } = sandbox.services;
        await lambda.invoke({
          function: estate.jobs.invoiceEmitter,
          type: 'RequestResponse',
          payload: { tenant_id: LATE, period: await closedPeriod(sandbox) },
        });
      }),
    )
    .expect(invoices.selfHealed('nothing-missing')),

  allocation
    .control('allocation-49-hundredths', 'The allocation is 0.49 % off; 0.5 % are the limit.')
    .inject(change(running, spoil(0.9951)))
    .expectNothing(),

  allocation
    .control('allocation-repaired-meanwhile', 'Somebody allocates again before the run looks at it.')
    .inject(
      change(running, spoil(SLIGHTLY)),
      repairedBy((sandbox) => sandbox.services.commercialOps.allocate(running(sandbox))),
    )
    .expect(allocation.selfHealed('within')),

  quota
    .control('quota-short-of-its-cap', 'A tenant uses all of its cap but a ten thousandth.')
    .inject(uses(TENANT, AUTO, 0.9999))
    .expectNothing(),

  quota
    .control('quota-measured-again-meanwhile', 'The usage is measured again, and is below the cap after all.')
    .inject(uses(TENANT, AUTO, 1.05), repairedBy(measuredAgain))
    .expect(quota.selfHealed('within')),

  quota
    .fault(
      'quota-measured-again-before-the-act',
      'The usage is measured again, and is below the cap, after the run has decided to top it up.',
    )
    .inject(uses(TENANT, AUTO, 1.05), atStep('guard:before-acting', 'begins', measuredAgain))
    .expect(
      quota.resolved('top-up', /somebody else was faster: .* no day is over the cap/),
      'lambda:Invoke dashboard_refresher',
    ),

  payments
    .control('payment-of-a-cent-pending', 'A payment of all but a cent is on its way.')
    .inject(recordPayment({ status: 'pending', plus: '-0.01', ref: 'nearly-all' }))
    .expectNothing(),

  payments
    .control('payment-settled-meanwhile', 'Somebody settles the paid invoice before the run looks at it.')
    .inject(unsettle(1), repairedBy(settleByHand))
    .expect(payments.selfHealed('healthy')),

  payments
    .control(
      'payment-settled-before-the-act',
      'Somebody settles the paid invoice after the run has decided to, right before it does.',
    )
    .inject(unsettle(1), atStep('act:1:', 'begins', settleByHand))
    // What people read names the reason; nothing was settled twice.
    .expect(payments.selfHealed('settle', /somebody else was faster: .* is paid; wanted issued/)),

  costs
    .control('costs-46-hours-on-leap-day', 'The costs end 46 hours ago, on 29 February.', {
      now: new Date('2028-02-29T10:00:00Z'),
    })
    .inject((sandbox) => sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 46)))
    .expectNothing(),

  tags
    .control('tags-copied-meanwhile', 'Somebody copies the tags onto the lines before the run looks at them.')
    .inject(untag(FIRST), repairedBy(copyTags))
    .expect(tags.selfHealed('complete')),

  reconciliation
    .control('recon-repaired-meanwhile', 'Somebody reconciles again before the run looks at it.')
    .inject(change(over, OUTDATED, WARNS), repairedBy(reconciled(over)))
    .expect(reconciliation.selfHealed('balanced')),

  reconciliation
    .control(
      'recon-49-hundredths',
      'The reconciliation is 0.49 % off, and says that it is ok; 0.5 % are the limit.',
    )
    .inject(
      change(
        over,
        `update recon_summary set status = 'ok', variance_pct = 0.49, aws_total_usd = aws_total_usd * 1.0049
         where period_start = {period} and (service is null or service = 'AmazonEC2')`,
      ),
    )
    .expectNothing(),
];
