import { periodOf, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import type { Sandbox } from '../sandbox.ts';
import { approves, whenAsked } from './asked-people.ts';
import { faultsOf, runsOf } from './fault.ts';
import { emitterFailed, ofClosedPeriod, withoutInvoices, withoutUsage } from './invoice-world.ts';
import { ago, doesNothing, request, setByHand, sql } from './steps.ts';

const PLAYBOOK = 'invoice-lag';
const { fault, control, compound, poisoned, ...invoices } = faultsOf(PLAYBOOK, 'invoice_emission_lag_hours');
const { escalated, joined } = invoices;
const EMIT = 'lambda:Invoke invoice_emitter';
const emit = (times: number): readonly string[] => Array.from({ length: times }, () => EMIT);

const [A, B, C] = ['TEN-00113', 'TEN-00117', 'TEN-00121'] as const;

const issued = (branch = 'ready') =>
  invoices.resolved(branch, /^0 invoices of \d{4}-\d\d are missing; alarm invoice-lag(-critical)? is OK$/);

const firstOfMonth = ofClosedPeriod((period) => `${period}-01`);
const invoiceOf = (tenant: string) => ofClosedPeriod((period) => `INV-${period}-${tenant}`);
const reconciliation = ofClosedPeriod((period) => `RECON-${period}`);

/** Fifty tenants came in the month, with the plan and the usage of tenant A. */
async function newcomers(sandbox: Sandbox): Promise<void> {
  const first = await firstOfMonth(sandbox);
  await sandbox.pool.query(
    `insert into tenant_master (tenant_id, tenant_name, status, created_at)
     select 'TEN-' || n, 'Newcomer ' || n, 'active', $1 from generate_series(20001, 20050) n`,
    [first],
  );
  await sandbox.pool.query(
    `insert into tenant_plan_binding (tenant_id, plan_code, period_start, period_end, status)
     select 'TEN-' || n, plan_code, $1::date, $1::date + interval '1 month', 'expired'
     from generate_series(20001, 20050) n, tenant_plan_binding where tenant_id = $2`,
    [first, A],
  );
  await sandbox.pool.query(
    `insert into usage_snapshot_daily
     select 'TEN-' || n, metric_code, metric_value, usage_date, cap_value, utilization, quota_event, last_updated_at
     from generate_series(20001, 20050) n, usage_snapshot_daily
     where tenant_id = $2 and usage_date >= $1::date and usage_date < $1::date + interval '1 month'`,
    [first, A],
  );
}

/** Invoices that were never made, and what stands in the way of making them. */
export const invoiceLagFaults = [
  fault('invoice-missing', 'The emitter never ran for one tenant of the closed month.')
    .inject(withoutInvoices([A]))
    .expect(issued(), EMIT),

  fault(
    'invoices-missing',
    'The emitter stopped in the middle: three tenants have no invoice, one of them an open header.',
  )
    .inject(
      withoutInvoices([A, B, C]),
      sql(
        `insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd)
         values ($1, $2, $3::date, $3::date + interval '1 month', 'open', 0, 0, 0)`,
        invoiceOf(A),
        A,
        firstOfMonth,
      ),
    )
    .expect(issued(), ...emit(3)),

  fault(
    'invoice-lag-critical',
    'Eleven invoices are missing for more than 120 hours: both alarms fire, and one run issues them one by one.',
  )
    .inject(
      withoutInvoices(
        Array.from({ length: 11 }, (_, i) => `TEN-${String(112 + i).padStart(5, '0')}`),
        121,
      ),
    )
    .expect([issued(), joined], ...emit(11)),

  fault(
    'invoice-of-unknown-month',
    'Somebody requests the invoices of a month that the ledger does not know.',
  )
    .inject(request(PLAYBOOK, { period: '2027-03' }))
    .expect(escalated('unknown-period', /^the ledger does not know the period 2027-03$/)),

  fault(
    'invoice-usage-incomplete',
    'The usage of the one tenant without an invoice is missing a day: nobody knows what to bill.',
  )
    .inject(withoutInvoices([A]), withoutUsage(A, '14'))
    .expect(
      escalated(
        'none-ready',
        /^1 of 1 .*TEN-00113: usage_snapshot_daily is missing 5 of \d+ values, on 1 days \(\d{4}-\d\d-14\)$/,
      ),
    ),

  compound(
    'invoice-some-incomplete',
    'Three invoices are missing, and the usage of one of the tenants is incomplete.',
  )
    .inject(withoutInvoices([A, B, C]), withoutUsage(B, '02'), withoutUsage(B, '30'))
    .expect(
      escalated(
        'some-ready',
        /^1 of 3 .*TEN-00117: usage_snapshot_daily is missing 10 of \d+ values, on 2 days \(.*\); the rest was done: 2 of 3 .* now 1 invoices of \d{4}-\d\d are missing$/,
      ),
      ...emit(2),
    ),

  fault(
    'invoice-failed-twice',
    'The emitter has failed twice for the tenant, on usage that has not changed since.',
  )
    .inject(withoutInvoices([A]), ...emitterFailed(A, 50, 26))
    .expect(
      escalated('none-ready', /TEN-00113: the emitter failed 2 times on the same inputs \(timed out\)$/),
    ),

  fault(
    'invoice-failed-before-usage-came',
    'The emitter failed three times for the tenant, but its usage was completed since.',
  )
    .inject(
      withoutInvoices([A]),
      ...emitterFailed(A, 60, 50, 26),
      sql(
        `update usage_snapshot_daily set last_updated_at = $3 where tenant_id = $1 and usage_date = $2::date`,
        A,
        ofClosedPeriod((period) => `${period}-14`),
        ago(5),
      ),
    )
    .expect(issued(), EMIT),

  compound(
    'invoice-one-fails',
    'Three invoices are missing; the ledger refuses one of them, and the others are issued all the same.',
  )
    .inject(
      withoutInvoices([A, B, C]),
      sql(
        `create function refuse_invoice() returns trigger language plpgsql as
           $$ begin raise exception 'value too long for the archive of invoices'; end $$;
         create trigger refuse_invoice before insert on invoice_header
           for each row when (new.tenant_id = '${B}') execute function refuse_invoice()`,
      ),
    )
    .expect(
      invoices.failed(
        'ready',
        /^2 of 3 actions were carried out; have invoice_emitter issue the invoice of TEN-00117 /,
      ),
      ...emit(3),
    ),

  fault('invoice-emitter-does-nothing', 'The emitter says that it completed, and has issued nothing.')
    .inject(withoutInvoices([A]), doesNothing('invoiceEmitter'))
    .expect(invoices.ineffective('ready', /did not help: 1 invoices of \d{4}-\d\d are missing$/), EMIT),

  fault(
    'invoice-void-and-closed-account',
    'One invoice is void, and another tenant has closed its account since.',
  )
    .inject(
      withoutInvoices([B]),
      sql(`delete from payment_txn where invoice_id = $1`, invoiceOf(A)),
      sql(`update invoice_header set status = 'void', paid_at = null where invoice_id = $1`, invoiceOf(A)),
      sql(`update tenant_master set status = 'closed' where tenant_id = $1`, B),
    )
    .expect(escalated('none-ready', /TEN-00113: its invoice is void; TEN-00117: its account is closed$/)),

  poisoned(
    'invoice-plan-without-metrics',
    'The tenant was bound to a plan that maps no metric: nothing would say what it used.',
  )
    .inject(
      withoutInvoices([A]),
      sql(
        `insert into plan_master (plan_code, plan_family, version, base_price_usd, base_seats, effective_from)
         values ('PLAN-EMPTY', 'empty', 1, 10, 1, '2020-01-01')`,
      ),
      sql(`update tenant_plan_binding set plan_code = 'PLAN-EMPTY' where tenant_id = $1`, A),
    )
    .expect(escalated('none-ready', /TEN-00113: no metric is mapped to its plan$/)),

  fault(
    'invoices-of-very-many',
    'Fifty-one tenants have no invoice at once: two people are asked, and approve.',
  )
    .inject(whenAsked(approves('sre-one'), approves('finops-one')), withoutInvoices([A]), newcomers)
    .expect(issued('many-tenants'), ...emit(51)),

  compound(
    'invoice-lag-after-reconciliation',
    'The reconciliation of a closed month does not balance, and one of its invoices is missing: first things first.',
  )
    .inject(
      withoutInvoices([A], 71.8),
      sql(
        `update recon_summary set status = 'warning', variance_pct = 0.7 where recon_id = $1 and service is null`,
        reconciliation,
      ),
    )
    .expect([
      runsOf('recon-failed').escalated('closed'),
      invoices.refused(
        null,
        /^guard upstream: the link reconciliation is unhealthy .*recon-failed comes first/,
      ),
    ]),

  fault(
    'invoice-of-provisional-month',
    'An invoice is missing, and the reconciliation of its closed month was only ever provisional.',
  )
    .inject(
      withoutInvoices([A]),
      sql(`update recon_summary set status = 'provisional' where recon_id = $1`, reconciliation),
    )
    .expect(
      escalated(
        'not-reconciled',
        /^1 invoices of \d{4}-\d\d are missing, but its reconciliation is provisional: none is issued/,
      ),
    ),

  control(
    'invoice-within-objective',
    'A month was closed 60 hours ago, and one of its invoices is not there yet.',
  )
    .inject(withoutInvoices([A], 60))
    .expectNothing(),

  control('invoice-alarm-by-hand', 'Somebody sets the alarm by hand, while every invoice is there.')
    .inject(setByHand(PLAYBOOK))
    .expect(
      invoices.selfHealed(
        'nothing-missing',
        /^every tenant that had a plan in \d{4}-\d\d has its invoice; .*is OK$/,
      ),
    ),

  control('invoice-of-closing-month', 'Somebody requests the invoices of a month that is not closed yet.')
    .inject(request(PLAYBOOK, ({ clock }) => ({ period: shiftPeriod(periodOf(clock.now()), -1) })))
    .expect(invoices.selfHealed('not-closed', /is closing: no invoice is expected before it is closed/)),
];
