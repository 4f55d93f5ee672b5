import { periodOf, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import { approves, whenAsked } from './asked-people.ts';
import { ask } from './billing-chain.ts';
import { hoursAgo, setByHand, type ExpectedRun, type Fault } from './fault.ts';
import { closedPeriod, emitterFailed, withoutInvoices, withoutUsage } from './invoice-world.ts';

const PLAYBOOK = 'invoice-lag';
const METRIC = 'invoice_emission_lag_hours';
const EMIT = 'lambda:Invoke invoice_emitter';

const [A, B, C] = ['TEN-00113', 'TEN-00117', 'TEN-00121'] as const;

const run = (outcome: ExpectedRun['outcome'], branch: string | null, why: RegExp): ExpectedRun => ({
  playbook: PLAYBOOK,
  outcome,
  branch,
  why,
});
const issued = run(
  'resolved',
  'ready',
  /^0 invoices of \d{4}-\d\d are missing; alarm invoice-lag(-critical)? is OK$/,
);

/** Invoices that were never made, and what stands in the way of making them. */
export const invoiceLagFaults: readonly Fault[] = [
  {
    name: 'invoice-missing',
    about: 'The emitter never ran for one tenant of the closed month.',
    kind: 'fault',
    runs: [issued],
    actions: [EMIT],
    metric: METRIC,
    inject: (sandbox) => withoutInvoices(sandbox, [A]),
  },
  {
    name: 'invoices-missing',
    about: 'The emitter stopped in the middle: three tenants have no invoice, one of them an open header.',
    kind: 'fault',
    runs: [issued],
    actions: [EMIT, EMIT, EMIT],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A, B, C]);
      const period = await closedPeriod(sandbox);
      await sandbox.pool.query(
        `insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd)
         values ($1, $2, $3::date, $3::date + interval '1 month', 'open', 0, 0, 0)`,
        [`INV-${period}-${A}`, A, `${period}-01`],
      );
    },
  },
  {
    name: 'invoice-lag-critical',
    about:
      'Eleven invoices are missing for more than 120 hours: both alarms fire, and one run issues them one by one.',
    kind: 'fault',
    runs: [issued, run('refused', null, /^guard open-run: /)],
    actions: Array.from({ length: 11 }, () => EMIT),
    metric: METRIC,
    inject: (sandbox) =>
      withoutInvoices(
        sandbox,
        Array.from({ length: 11 }, (_, i) => `TEN-${String(112 + i).padStart(5, '0')}`),
        121,
      ),
  },
  {
    name: 'invoice-of-unknown-month',
    about: 'Somebody asks for the invoices of a month that the ledger does not know.',
    kind: 'fault',
    runs: [run('escalated', 'unknown-period', /^the ledger does not know the period 2027-03$/)],
    actions: [],
    metric: METRIC,
    inject: (sandbox) => ask(sandbox, PLAYBOOK, '2027-03'),
  },
  {
    name: 'invoice-usage-incomplete',
    about: 'The usage of the one tenant without an invoice is missing a day: nobody knows what to bill.',
    kind: 'fault',
    runs: [
      run(
        'escalated',
        'none-ready',
        /^1 of 1 .*TEN-00113: usage_snapshot_daily is missing 5 of \d+ values, on 1 days \(\d{4}-\d\d-14\)$/,
      ),
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A]);
      await withoutUsage(sandbox, A, 14);
    },
  },
  {
    name: 'invoice-some-incomplete',
    about: 'Three invoices are missing, and the usage of one of the tenants is incomplete.',
    kind: 'compound',
    runs: [
      run(
        'escalated',
        'some-ready',
        /^1 of 3 .*TEN-00117: usage_snapshot_daily is missing 10 of \d+ values, on 2 days \(.*\); the rest was done: 2 of 3 .* now 1 invoices of \d{4}-\d\d are missing$/,
      ),
    ],
    actions: [EMIT, EMIT],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A, B, C]);
      await withoutUsage(sandbox, B, 2);
      await withoutUsage(sandbox, B, 30);
    },
  },
  {
    name: 'invoice-failed-twice',
    about: 'The emitter has failed twice for the tenant, on usage that has not changed since.',
    kind: 'fault',
    runs: [
      run(
        'escalated',
        'none-ready',
        /TEN-00113: the emitter failed 2 times on the same inputs \(timed out\)$/,
      ),
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A]);
      await emitterFailed(sandbox, A, [50, 26]);
    },
  },
  {
    name: 'invoice-failed-before-usage-came',
    about: 'The emitter failed three times for the tenant, but its usage was completed since.',
    kind: 'fault',
    runs: [issued],
    actions: [EMIT],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A]);
      await emitterFailed(sandbox, A, [60, 50, 26]);
      const period = await closedPeriod(sandbox);
      await sandbox.pool.query(
        `update usage_snapshot_daily set last_updated_at = $3 where tenant_id = $1 and usage_date = $2::date`,
        [A, `${period}-14`, hoursAgo(sandbox, 5)],
      );
    },
  },
  {
    name: 'invoice-one-fails',
    about:
      'Three invoices are missing; the ledger refuses one of them, and the others are issued all the same.',
    kind: 'compound',
    runs: [
      run(
        'failed',
        'ready',
        /^2 of 3 actions were carried out; have invoice_emitter issue the invoice of TEN-00117 /,
      ),
    ],
    actions: [EMIT, EMIT, EMIT],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A, B, C]);
      await sandbox.pool.query(
        `create function refuse_invoice() returns trigger language plpgsql as
           $$ begin raise exception 'value too long for the archive of invoices'; end $$;
         create trigger refuse_invoice before insert on invoice_header
           for each row when (new.tenant_id = '${B}') execute function refuse_invoice()`,
      );
    },
  },
  {
    name: 'invoice-emitter-does-nothing',
    about: 'The emitter says that it completed, and has issued nothing.',
    kind: 'fault',
    runs: [run('ineffective', 'ready', /did not help: 1 invoices of \d{4}-\d\d are missing$/)],
    actions: [EMIT],
    metric: METRIC,
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await withoutInvoices(sandbox, [A]);
      await commercialOps.behave(estate.jobs.invoiceEmitter, { kind: 'noop' });
    },
  },
  {
    name: 'invoice-void-and-closed-account',
    about: 'One invoice is void, and another tenant has closed its account since.',
    kind: 'fault',
    runs: [
      run('escalated', 'none-ready', /TEN-00113: its invoice is void; TEN-00117: its account is closed$/),
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [B]);
      const period = await closedPeriod(sandbox);
      await sandbox.pool.query(`delete from payment_txn where invoice_id = $1`, [`INV-${period}-${A}`]);
      await sandbox.pool.query(
        `update invoice_header set status = 'void', paid_at = null where invoice_id = $1`,
        [`INV-${period}-${A}`],
      );
      await sandbox.pool.query(`update tenant_master set status = 'closed' where tenant_id = $1`, [B]);
    },
  },
  {
    name: 'invoice-plan-without-metrics',
    about: 'The tenant was bound to a plan that maps no metric: nothing would say what it used.',
    kind: 'poisoned',
    runs: [run('escalated', 'none-ready', /TEN-00113: no metric is mapped to its plan$/)],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A]);
      await sandbox.pool.query(
        `insert into plan_master (plan_code, plan_family, version, base_price_usd, base_seats, effective_from)
         values ('PLAN-EMPTY', 'empty', 1, 10, 1, '2020-01-01')`,
      );
      await sandbox.pool.query(
        `update tenant_plan_binding set plan_code = 'PLAN-EMPTY' where tenant_id = $1`,
        [A],
      );
    },
  },
  {
    name: 'invoices-of-very-many',
    about: 'Fifty-one tenants have no invoice at once: two people are asked, and approve.',
    kind: 'fault',
    runs: [{ ...issued, branch: 'many-tenants' }],
    actions: Array.from({ length: 51 }, () => EMIT),
    metric: METRIC,
    async inject(sandbox) {
      whenAsked(sandbox, approves('sre-one'), approves('finops-one'));
      await withoutInvoices(sandbox, [A]);
      const first = `${await closedPeriod(sandbox)}-01`;
      const { pool } = sandbox;
      await pool.query(
        `insert into tenant_master (tenant_id, tenant_name, status, created_at)
         select 'TEN-' || n, 'Newcomer ' || n, 'active', $1 from generate_series(20001, 20050) n`,
        [first],
      );
      await pool.query(
        `insert into tenant_plan_binding (tenant_id, plan_code, period_start, period_end, status)
         select 'TEN-' || n, plan_code, $1::date, $1::date + interval '1 month', 'expired'
         from generate_series(20001, 20050) n, tenant_plan_binding where tenant_id = $2`,
        [first, A],
      );
      await pool.query(
        `insert into usage_snapshot_daily
         select 'TEN-' || n, metric_code, metric_value, usage_date, cap_value, utilization, quota_event, last_updated_at
         from generate_series(20001, 20050) n, usage_snapshot_daily
         where tenant_id = $2 and usage_date >= $1::date and usage_date < $1::date + interval '1 month'`,
        [first, A],
      );
    },
  },
  {
    name: 'invoice-lag-after-reconciliation',
    about:
      'The reconciliation of a closed month does not balance, and one of its invoices is missing: first things first.',
    kind: 'compound',
    runs: [
      { playbook: 'recon-failed', outcome: 'escalated', branch: 'closed' },
      run(
        'refused',
        null,
        /^guard upstream: the link reconciliation is unhealthy .*recon-failed comes first/,
      ),
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A], 71.8);
      await sandbox.pool.query(
        `update recon_summary set status = 'warning', variance_pct = 0.7 where recon_id = $1 and service is null`,
        [`RECON-${await closedPeriod(sandbox)}`],
      );
    },
  },
  {
    name: 'invoice-of-provisional-month',
    about: 'An invoice is missing, and the reconciliation of its closed month was only ever provisional.',
    kind: 'fault',
    runs: [
      run(
        'escalated',
        'not-reconciled',
        /^1 invoices of \d{4}-\d\d are missing, but its reconciliation is provisional: none is issued/,
      ),
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await withoutInvoices(sandbox, [A]);
      await sandbox.pool.query(`update recon_summary set status = 'provisional' where recon_id = $1`, [
        `RECON-${await closedPeriod(sandbox)}`,
      ]);
    },
  },
  {
    name: 'invoice-within-objective',
    about: 'A month was closed 60 hours ago, and one of its invoices is not there yet.',
    kind: 'control',
    runs: [],
    actions: [],
    metric: METRIC,
    inject: (sandbox) => withoutInvoices(sandbox, [A], 60),
  },
  {
    name: 'invoice-alarm-by-hand',
    about: 'Somebody sets the alarm by hand, while every invoice is there.',
    kind: 'control',
    runs: [
      run(
        'self-healed',
        'nothing-missing',
        /^every tenant that had a plan in \d{4}-\d\d has its invoice; .*is OK$/,
      ),
    ],
    actions: [],
    metric: METRIC,
    inject: (sandbox) => setByHand(sandbox, 'invoice-lag'),
  },
  {
    name: 'invoice-of-closing-month',
    about: 'Somebody asks for the invoices of a month that is not closed yet.',
    kind: 'control',
    runs: [run('self-healed', 'not-closed', /is closing: no invoice is due before it is closed/)],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      const period = shiftPeriod(periodOf(sandbox.clock.now()), -1);
      await sandbox.services.lambda.invoke({
        function: 'responder-dispatcher',
        type: 'RequestResponse',
        payload: { run: PLAYBOOK, target: { period }, mode: 'live', by: 'drill', reason: 'early invoices' },
      });
    },
  },
];
