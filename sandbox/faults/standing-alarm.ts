import { change, OUTDATED, over, running, SLIGHTLY, spoil, WARNS } from './billing-chain.ts';
import { budgetsMissed, orphan } from './budget-stale.ts';
import { faultsOf, type Step } from './fault.ts';
import { closedPeriod, ofClosedPeriod, withoutInvoices, withoutUsage } from './invoice-world.ts';
import { recordPayment, unsettle } from './payment-world.ts';
import { AUTO, ON_DEMAND, TENANT, uses } from './quota-reached.ts';
import { later, sql } from './steps.ts';
import { FIRST, forget, SECOND, untag } from './tag-coverage-drop.ts';

const allocation = faultsOf('allocation-variance', 'allocation_variance_pct');
const recon = faultsOf('recon-failed', 'recon_variance_pct');
const tags = faultsOf('tag-coverage-drop', 'tag_coverage_pct');
const invoices = faultsOf('invoice-lag', 'invoice_emission_lag_hours');
const payments = faultsOf('payment-mismatch', 'payment_mismatch_count');
const quotas = faultsOf('quota-reached', 'quota_breach_count');
const budgets = faultsOf('budget-stale', 'budget_age_hours');

/** While the alarm stands for what people must do, and no second transition comes. */
const behind = (...steps: readonly Step[]): Step => later(20, ...steps);

const [HELD, READY] = ['TEN-00113', 'TEN-00117'] as const;

/** As it was on the day before. */
const usageOf = (tenant: string, day: string): Step =>
  sql(
    `insert into usage_snapshot_daily
     select tenant_id, metric_code, metric_value, $2::date, cap_value, utilization, quota_event, last_updated_at
     from usage_snapshot_daily where tenant_id = $1 and usage_date = $2::date - 1`,
    tenant,
    ofClosedPeriod((period) => `${period}-${day}`),
  );

const halfPaid: Step = sql(
  `update payment_txn set amount_usd = round(amount_usd / 2, 2)
   where invoice_id = (select min(invoice_id) from invoice_header where status = 'issued')`,
);

/** A target, or a part of one, that is unhealthy behind another one that is left to people, or was worse. */
export const standingAlarmFaults = [
  allocation
    .compound(
      'standing-two-months',
      'The allocation of two months is off: the worse one first, then the other.',
    )
    .inject(change(over, spoil(SLIGHTLY)), change(running, spoil(0.994)))
    .expect(
      [
        allocation.inconclusive(
          'out-of-step',
          /alarm allocation-variance stands for period 2026-11, which is unhealthy: worst allocation variance 0\.6/,
        ),
        allocation.resolved('out-of-step'),
      ],
      'lambda:Invoke allocation_runner',
      'lambda:Invoke allocation_runner',
    ),

  recon
    .compound(
      'standing-closed-month',
      'The reconciliation of a closed month warns, and later that of an open one.',
    )
    .inject(
      async (sandbox) => change(await closedPeriod(sandbox), WARNS)(sandbox),
      behind(change(over, OUTDATED, WARNS)),
    )
    .expect(
      [
        recon.escalated('closed'),
        recon.inconclusive('out-of-date', /alarm recon-failed stands for period 2025-09, which is unhealthy/),
      ],
      'lambda:Invoke recon_runner',
    ),

  tags
    .compound(
      'standing-unknown-resource',
      'A resource is beyond the inventory; later lines of a known one are untagged.',
    )
    .inject(untag(FIRST), forget(FIRST), behind(untag(SECOND)))
    .expect(
      [tags.escalated('beyond-inventory'), tags.escalated('beyond-inventory', /the owners of 1 resources/)],
      'lambda:Invoke tag_validator',
      'sns:Publish provisioning-requests',
      'lambda:Invoke tag_sync',
      'lambda:Invoke tag_validator',
    ),

  invoices
    .compound(
      'standing-held-invoice',
      'Two invoices are held for their usage; later the usage of one is there.',
    )
    .inject(
      withoutInvoices([HELD, READY]),
      withoutUsage(HELD, '10'),
      withoutUsage(READY, '10'),
      behind(usageOf(READY, '10')),
    )
    .expect(
      [invoices.escalated('none-ready'), invoices.escalated('some-ready')],
      'lambda:Invoke invoice_emitter',
    ),

  payments
    .compound(
      'standing-partial-payment',
      'An invoice is paid in part; later another one is paid to the cent.',
    )
    .inject(unsettle(1), halfPaid, behind(recordPayment({ ref: 'whole' })))
    .expect([payments.escalated('person'), payments.escalated('part-person')], 'ledger:settle-invoice'),

  quotas
    .compound(
      'standing-breach-on-demand',
      'A tenant must decide on a breach; later one is covered by its plan.',
    )
    .inject(uses(TENANT, ON_DEMAND, 1.02), behind(uses('TEN-00112', AUTO, 1.05)))
    .expect(
      [quotas.escalated('tell'), quotas.escalated('top-up-some')],
      'sns:Publish tenant-notices',
      'ledger:top-up',
      'lambda:Invoke dashboard_refresher',
    ),

  budgets
    .compound(
      'standing-budget-of-nobody',
      'The budget of nobody is stale; later the refresh of all others is missed.',
    )
    .inject(orphan(), behind(budgetsMissed))
    .expect(
      [budgets.escalated('unreachable'), budgets.escalated('partly-unreachable')],
      'lambda:Invoke budget_refresh_prod',
    ),
];
