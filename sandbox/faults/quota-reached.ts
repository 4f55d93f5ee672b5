import { periodOf } from '../../lambdas/domain/billing-period.ts';
import type { Sandbox } from '../sandbox.ts';
import { hoursAgo, setByHand, type ExpectedRun, type Fault } from './fault.ts';
import { PLANS, TENANTS } from '../commercial-ops/seeds/platform.ts';

const PLAYBOOK = 'quota-reached';
const METRIC = 'quota_breach_count';
const TOP_UP = 'ledger:top-up';
const TELL = 'sns:Publish tenant-notices';
const REFRESH = 'lambda:Invoke dashboard_refresher';

/** Topped up by itself; the step is a tenth of the cap. */
const AUTO = 'storage_gb_peak';
/** Topped up on demand only. */
const ON_DEMAND = 'egress_gb';

const run = (outcome: ExpectedRun['outcome'], branch: string, why?: RegExp): readonly ExpectedRun[] => [
  { playbook: PLAYBOOK, outcome, branch, ...(why && { why }) },
];
const fault = (of: Omit<Fault, 'kind' | 'metric'> & { kind?: Fault['kind'] }): Fault => ({
  kind: 'fault',
  metric: METRIC,
  ...of,
});

const today = ({ clock }: Sandbox): string => clock.now().toISOString().slice(0, 10);

/** A tenant's use of a metric today, as a share of the cap of its plan. */
async function uses(sandbox: Sandbox, tenant: string, metric: string, share: number): Promise<void> {
  await sandbox.pool.query(
    `insert into usage_snapshot_daily
       (tenant_id, metric_code, metric_value, usage_date, cap_value, utilization, quota_event, last_updated_at)
     select tenant_id, metric_code, cap_value * $3::numeric, $4::date, cap_value, $3::numeric,
            case when $3::numeric >= 1 then 'EVENT_QUOTA_100' when $3::numeric >= 0.95 then 'EVENT_QUOTA_95' end, $5
     from tenant_plan_binding join plan_metric_map using (plan_code)
     where tenant_id = $1 and metric_code = $2 and status = 'active'`,
    [tenant, metric, share, today(sandbox), sandbox.clock.now()],
  );
}

/** Of tenants on three plans, each of which tops up storage by itself. */
export async function threeBreaches(sandbox: Sandbox): Promise<void> {
  for (const tenant of ['TEN-00112', 'TEN-00113', 'TEN-00114']) await uses(sandbox, tenant, AUTO, 1.02);
}

/** A top-up that the tenant was given on the open invoice of the month. */
async function toppedUp(sandbox: Sandbox, tenant: string, metric: string): Promise<void> {
  const period = periodOf(sandbox.clock.now());
  const invoice = `INV-${period}-${tenant}`;
  await sandbox.pool.query(
    `insert into invoice_header
     values ($1, $2, $3::date, $3::date + interval '1 month', 'open', 10, 0, 10, null, null)`,
    [invoice, tenant, `${period}-01`],
  );
  await sandbox.pool.query(
    `insert into invoice_detail values ($1, 'topup', $2, 40, 'GB', 0.25, 10, '["an-earlier-one"]')`,
    [invoice, metric],
  );
}

/** A change of the responder's own, an hour ago. */
async function did(
  sandbox: Sandbox,
  job: string,
  params: Readonly<Record<string, string>>,
  hours = 1,
): Promise<void> {
  const id = `an-earlier-run-${params['tenant_id'] ?? ''}`;
  const at = hoursAgo(sandbox, hours);
  await sandbox.pool.query(
    `insert into job_run values ($1, $2, $3, $4, 1, 'completed', $5, $5, '{"message_id": "an-earlier-one"}')`,
    [id, job, params['period'] ?? null, params['tenant_id'] ?? null, at],
  );
  await sandbox.pool.query(
    `insert into audit_event values (md5($1 || '/' || $2)::uuid, $3, 'system', 'an-earlier-run', $2, 'tenant', $4, $5)`,
    [id, job, at, params['tenant_id'] ?? '', { params }],
  );
}

/** Tenants that use more than their plans hold. */
export const quotaReachedFaults: readonly Fault[] = [
  fault({
    name: 'quota-reached',
    about: 'A tenant stores 5 % more than its cap; its plan tops that up by itself.',
    runs: run('resolved', 'top-up', /^nobody is over a cap; the dashboards show it/),
    actions: [TOP_UP, REFRESH],
    inject: (sandbox) => uses(sandbox, 'TEN-00113', AUTO, 1.05),
  }),
  fault({
    name: 'quota-reached-by-several',
    about: 'Three tenants on three plans store more than their caps; all of their plans top that up.',
    kind: 'compound',
    runs: run('resolved', 'top-up'),
    actions: [TOP_UP, TOP_UP, TOP_UP, REFRESH],
    inject: threeBreaches,
  }),
  fault({
    name: 'quota-mixed',
    about:
      'One breach is topped up by the plan, one is not, one is too large for a step, and one cap is zero.',
    kind: 'compound',
    runs: run('escalated', 'top-up-some', /^a person must look at TEN-00115 .*the rest was done: TEN-00112/),
    actions: [TOP_UP, TELL, TELL, REFRESH],
    async inject(sandbox) {
      await uses(sandbox, 'TEN-00112', AUTO, 1.05);
      await uses(sandbox, 'TEN-00113', ON_DEMAND, 1.05);
      await uses(sandbox, 'TEN-00114', AUTO, 1.5);
      await uses(sandbox, 'TEN-00115', AUTO, 1.01);
      await sandbox.pool.query(
        `update usage_snapshot_daily set cap_value = 0 where tenant_id = 'TEN-00115' and usage_date = $1 and metric_code = $2`,
        [today(sandbox), AUTO],
      );
    },
  }),
  fault({
    name: 'quota-on-demand',
    about: 'A tenant exceeds its egress, for which its plan has top-ups on demand only.',
    runs: run('escalated', 'tell', /its plan gives no automatic top-up/),
    actions: [TELL],
    inject: (sandbox) => uses(sandbox, 'TEN-00113', ON_DEMAND, 1.02),
  }),
  fault({
    name: 'quota-far-exceeded',
    about: 'A tenant stores a quarter more than its cap: one step of the top-up is not enough.',
    runs: run('escalated', 'tell', /one step is not enough/),
    actions: [TELL],
    inject: (sandbox) => uses(sandbox, 'TEN-00113', AUTO, 1.25),
  }),
  fault({
    name: 'quota-topped-up-before',
    about: 'The tenant had its automatic top-up of the month, and has used it up.',
    runs: run('escalated', 'tell', /topped up in \d{4}-\d{2} already/),
    actions: [TELL],
    async inject(sandbox) {
      await toppedUp(sandbox, 'TEN-00113', AUTO);
      await uses(sandbox, 'TEN-00113', AUTO, 1.05);
    },
  }),
  fault({
    name: 'quota-told-before',
    about: 'The tenant was told of the same breach an hour ago.',
    runs: run('escalated', 'told-already', /was told within a day/),
    actions: [],
    async inject(sandbox) {
      const told = { tenant_id: 'TEN-00113', plan_code: 'PLAN-TEAM', metric_code: ON_DEMAND };
      await did(sandbox, 'responder.tell-tenant', told);
      await uses(sandbox, 'TEN-00113', ON_DEMAND, 1.02);
    },
  }),
  fault({
    name: 'quota-told-of-another',
    about: 'The tenant was told an hour ago, but of another metric, and of this one two days ago.',
    runs: run('escalated', 'tell'),
    actions: [TELL],
    async inject(sandbox) {
      const told = { tenant_id: 'TEN-00113', plan_code: 'PLAN-TEAM', metric_code: AUTO };
      await did(sandbox, 'responder.tell-tenant', told);
      await uses(sandbox, 'TEN-00113', ON_DEMAND, 1.02);
    },
  }),
  fault({
    name: 'quota-month-over',
    about: 'The month of the breach is over: nothing is put on its invoice any more.',
    runs: run('escalated', 'tell', /is closing/),
    actions: [TELL],
    async inject(sandbox) {
      await uses(sandbox, 'TEN-00113', AUTO, 1.05);
      await sandbox.services.commercialOps.setPeriodState(periodOf(sandbox.clock.now()), 'closing');
    },
  }),
  fault({
    name: 'quota-refresh-does-nothing',
    about: 'The refresh of the dashboards says that it completed, and has refreshed nothing.',
    runs: run('ineffective', 'top-up', /do not show it/),
    actions: [TOP_UP, REFRESH],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await commercialOps.behave(estate.jobs.dashboardRefresher, { kind: 'noop' });
      await uses(sandbox, 'TEN-00113', AUTO, 1.05);
    },
  }),
  fault({
    name: 'quota-refresh-fails',
    about: 'The refresh of the dashboards fails.',
    runs: run('failed', 'top-up', /^refresh the dashboards: dashboard_refresher failed \(out of memory\)$/),
    actions: [TOP_UP, REFRESH],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await commercialOps.behave(estate.jobs.dashboardRefresher, { kind: 'fail', message: 'out of memory' });
      await uses(sandbox, 'TEN-00113', AUTO, 1.05);
    },
  }),
  fault({
    name: 'quota-unshown',
    about: 'A quota was topped up, but the dashboards were not refreshed since.',
    runs: run('resolved', 'unshown'),
    actions: [REFRESH],
    async inject(sandbox) {
      await did(
        sandbox,
        'responder.top-up',
        { tenant_id: 'TEN-00113', period: periodOf(sandbox.clock.now()) },
        0.5,
      );
      await setByHand(sandbox, PLAYBOOK);
    },
  }),
  fault({
    name: 'quota-without-plan',
    about: 'A tenant over a cap has no plan any more.',
    kind: 'poisoned',
    runs: run('escalated', 'absurd', /the tenant has 0 active plans/),
    actions: [],
    async inject(sandbox) {
      await uses(sandbox, 'TEN-00113', AUTO, 1.05);
      await sandbox.pool.query(
        `update tenant_plan_binding set status = 'expired' where tenant_id = 'TEN-00113'`,
      );
    },
  }),
  fault({
    name: 'quota-cap-zero',
    about: 'The cap of a snapshot is zero: nothing can be divided by it.',
    kind: 'poisoned',
    runs: run('escalated', 'absurd', /the cap is not above zero/),
    actions: [],
    async inject(sandbox) {
      await uses(sandbox, 'TEN-00113', AUTO, 1.05);
      await sandbox.pool.query(
        `update usage_snapshot_daily set cap_value = 0 where tenant_id = 'TEN-00113' and usage_date = $1`,
        [today(sandbox)],
      );
    },
  }),
  fault({
    name: 'quota-contradiction',
    about: 'A snapshot says 140 %, but its value is half of its cap: nobody is charged for that.',
    kind: 'poisoned',
    runs: run('escalated', 'absurd', /the utilisation is not value by cap/),
    actions: [],
    async inject(sandbox) {
      await uses(sandbox, 'TEN-00113', AUTO, 0.5);
      await sandbox.pool.query(
        `update usage_snapshot_daily set utilization = 1.4 where tenant_id = 'TEN-00113' and usage_date = $1`,
        [today(sandbox)],
      );
    },
  }),
  fault({
    name: 'quota-everywhere',
    about: 'Every tenant exceeds two caps at once: the metering is broken, and nobody is charged.',
    kind: 'poisoned',
    runs: run('escalated', 'too-many', new RegExp(`^${2 * TENANTS.length} caps are exceeded at once`)),
    actions: [],
    async inject(sandbox) {
      for (const { id } of TENANTS) {
        await uses(sandbox, id, AUTO, 1.05);
        await uses(sandbox, id, ON_DEMAND, 1.05);
      }
    },
  }),
  fault({
    name: 'quota-nearly-reached',
    about: 'Every plan has a tenant that uses 99 % of its cap.',
    kind: 'control',
    runs: [],
    actions: [],
    async inject(sandbox) {
      for (const { id } of TENANTS.slice(0, PLANS.length)) await uses(sandbox, id, AUTO, 0.99);
    },
  }),
  fault({
    name: 'quota-alarm-by-hand',
    about: 'Somebody sets the alarm by hand, while nobody is over a cap.',
    kind: 'control',
    runs: run('self-healed', 'within'),
    actions: [],
    inject: (sandbox) => setByHand(sandbox, PLAYBOOK),
  }),
];
