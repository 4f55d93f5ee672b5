import { budgetsMissed } from './budget-stale.ts';
import { faultsOf, type Step } from './fault.ts';
import { withoutInvoices } from './invoice-world.ts';
import { ago, atStep, reportsFailure, sql, takes } from './steps.ts';

const { fault, control, ...budgets } = faultsOf('budget-stale', 'budget_age_hours');
const lag = faultsOf('invoice-lag', 'invoice_emission_lag_hours');
const REFRESH = 'lambda:Invoke budget_refresh_prod';
const FRESH = /^0 of \d+ budgets stale; /;

/** A tenant of a partner, whose ids are not of our making. */
const ODD = `Ünï's "Tenant" / 7 %_\\ № 1`;

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The tenant bears another id from the beginning. */
const renamed = (from: string, to: string): Step =>
  sql(`do $$
    declare it record; was text := ${literal(from)}; becomes text := ${literal(to)};
    begin
      insert into tenant_master
      select becomes, tenant_name, status, billing_contact, created_at from tenant_master where tenant_id = was;
      for it in select conrelid::regclass as place from pg_constraint
                where contype = 'f' and confrelid = 'tenant_master'::regclass loop
        execute format('update %s set tenant_id = $1 where tenant_id = $2', it.place) using becomes, was;
      end loop;
      delete from tenant_master where tenant_id = was;
    end $$`);

export const worldSaysMore = [
  fault('budgets-missed-on-leap-day', 'The budgets are stale on 29 February.', {
    now: new Date('2028-02-29T14:00:00Z'),
  })
    .inject(budgetsMissed)
    .expect(budgets.resolved('missed', FRESH), REFRESH),

  fault('budgets-missed-at-year-end', 'The budgets are stale in the last hours of the year.', {
    now: new Date('2026-12-31T20:00:00Z'),
  })
    .inject(budgetsMissed)
    .expect(budgets.resolved('missed', FRESH), REFRESH),

  fault(
    'budget-refresh-reports-failure',
    'The refresh does its work and reports that it failed: what it left in the ledger counts.',
  )
    .inject(budgetsMissed, reportsFailure('budgetRefresh', 'Task timed out after 900.00 seconds'))
    .expect(budgets.resolved('missed', FRESH), REFRESH),

  fault('budget-refresh-takes-long', 'The refresh takes 20 minutes, and refuses a second run meanwhile.')
    .inject(budgetsMissed, takes('budgetRefresh', 20, { alone: true }))
    .expect(budgets.resolved('missed', FRESH), REFRESH),

  fault('budget-never-refreshed', 'One budget was never refreshed at all.')
    .inject(
      sql(`update budget_master set last_refreshed_at = null
           where budget_id = (select min(budget_id) from budget_master)`),
    )
    .expect([budgets.resolved('missed', FRESH), budgets.joined], REFRESH),

  lag
    .fault('invoice-of-an-odd-tenant', 'The tenant without an invoice has an id like no other.')
    .inject(renamed('TEN-00113', ODD), withoutInvoices([ODD]))
    .expect(lag.resolved('ready'), 'lambda:Invoke invoice_emitter'),

  control(
    'costs-changed-meanwhile',
    'Somebody refreshes the budgets, and corrects a cost, while a run runs its probes.',
  )
    .inject(
      budgetsMissed,
      atStep(
        'guard:before-diagnosing',
        'ends',
        sql('update budget_master set last_refreshed_at = $1', ago(0)),
        sql(`update fact_cost_raw set line_item_unblended_cost = line_item_unblended_cost + 0.000001
             where (identity_line_item_id, bill_billing_period_start_date) in
               (select identity_line_item_id, bill_billing_period_start_date from fact_cost_raw
                order by bill_billing_period_start_date desc, 1 limit 1)`),
      ),
    )
    .expect(budgets.selfHealed('fresh')),
];
