import { periodOf } from '../../lambdas/domain/billing-period.ts';
import type { Sandbox } from '../sandbox.ts';
import { PLANS, TENANTS } from '../commercial-ops/seeds/platform.ts';
import { faultsOf, type Step } from './fault.ts';
import { ago, doesNothing, fails, setByHand, sql } from './steps.ts';

const PLAYBOOK = 'quota-reached';
const { fault, control, compound, poisoned, ...quota } = faultsOf(PLAYBOOK, 'quota_breach_count');
const { resolved, escalated } = quota;
const TOP_UP = 'ledger:top-up';
const NOTIFY = 'sns:Publish tenant-notices';
const REFRESH = 'lambda:Invoke dashboard_refresher';

/** Topped up by itself; the step is a tenth of the cap. */
export const AUTO = 'storage_gb_peak';
/** Topped up on demand only. */
export const ON_DEMAND = 'egress_gb';

export const TENANT = 'TEN-00113';

const today = ({ clock }: Sandbox): string => clock.now().toISOString().slice(0, 10);
const month = ({ clock }: Sandbox): string => periodOf(clock.now());

/** A tenant's use of a metric today, as a share of the cap of its plan. */
export const uses = (tenant: string, metric: string, share: number): Step =>
  sql(
    `insert into usage_snapshot_daily
       (tenant_id, metric_code, metric_value, usage_date, cap_value, utilization, quota_event, last_updated_at)
     select tenant_id, metric_code, cap_value * $3::numeric, $4::date, cap_value, $3::numeric,
            case when $3::numeric >= 1 then 'EVENT_QUOTA_100' when $3::numeric >= 0.95 then 'EVENT_QUOTA_95' end, $5
     from tenant_plan_binding join plan_metric_map using (plan_code)
     where tenant_id = $1 and metric_code = $2 and status = 'active'`,
    tenant,
    metric,
    share,
    today,
    ago(0),
  );
const OVER_CAP = uses(TENANT, AUTO, 1.05);

/** Tenants on three plans, each of which tops up storage by itself. */
export const THREE_BREACHES = ['TEN-00112', TENANT, 'TEN-00114'].map((tenant) => uses(tenant, AUTO, 1.02));

/** Something about the tenant's use of today is not as it was measured. */
const snapshot = (tenant: string, set: string): Step =>
  sql(
    `update usage_snapshot_daily set ${set} where tenant_id = $2 and usage_date = $1 and metric_code = $3`,
    today,
    tenant,
    AUTO,
  );

/** A top-up that the tenant was given on the open invoice of the month. */
async function toppedUp(sandbox: Sandbox): Promise<void> {
  const period = month(sandbox);
  const invoice = `INV-${period}-${TENANT}`;
  await sandbox.pool.query(
    `insert into invoice_header
     values ($1, $2, $3::date, $3::date + interval '1 month', 'open', 10, 0, 10, null, null)`,
    [invoice, TENANT, `${period}-01`],
  );
  await sandbox.pool.query(
    `insert into invoice_detail values ($1, 'topup', $2, 40, 'GB', 0.25, 10, '["an-earlier-one"]')`,
    [invoice, AUTO],
  );
}

/** A change of the responder's own that concerned the tenant. */
const did = (job: string, params: Readonly<Record<string, string>>, hours: number): readonly Step[] => {
  const id = `an-earlier-run-${TENANT}`;
  return [
    sql(
      `insert into job_run values ($1, $2, $3, $4, 1, 'completed', $5, $5, '{"message_id": "an-earlier-one"}')`,
      id,
      job,
      params['period'] ?? null,
      TENANT,
      ago(hours),
    ),
    sql(
      `insert into audit_event values (md5($1 || '/' || $2)::uuid, $3, 'system', 'an-earlier-run', $2, 'tenant', $4, $5)`,
      id,
      job,
      ago(hours),
      TENANT,
      { params: { tenant_id: TENANT, ...params } },
    ),
  ];
};

/** An hour ago the tenant was notified of the metric. */
const notifiedOf = (metric: string): readonly Step[] =>
  did('responder.tell-tenant', { plan_code: 'PLAN-TEAM', metric_code: metric }, 1);

/** Tenants that use more than their plans hold. */
export const quotaReachedFaults = [
  fault('quota-reached', 'A tenant stores 5 % more than its cap; its plan tops that up by itself.')
    .inject(OVER_CAP)
    .expect(resolved('top-up', /^nobody is over a cap; the dashboards show it/), TOP_UP, REFRESH),

  compound(
    'quota-reached-by-several',
    'Three tenants on three plans store more than their caps; all of their plans top that up.',
  )
    .inject(...THREE_BREACHES)
    .expect(resolved('top-up'), TOP_UP, TOP_UP, TOP_UP, REFRESH),

  compound(
    'quota-mixed',
    'One breach is topped up by the plan, one is not, one is too large for a step, and one cap is zero.',
  )
    .inject(
      uses('TEN-00112', AUTO, 1.05),
      uses(TENANT, ON_DEMAND, 1.05),
      uses('TEN-00114', AUTO, 1.5),
      uses('TEN-00115', AUTO, 1.01),
      snapshot('TEN-00115', 'cap_value = 0'),
    )
    .expect(
      escalated('top-up-some', /^a person must look at TEN-00115 .*the rest was done: TEN-00112/),
      TOP_UP,
      NOTIFY,
      NOTIFY,
      REFRESH,
    ),

  fault('quota-on-demand', 'A tenant exceeds its egress, for which its plan has top-ups on demand only.')
    .inject(uses(TENANT, ON_DEMAND, 1.02))
    .expect(escalated('tell', /its plan gives no automatic top-up/), NOTIFY),

  fault(
    'quota-far-exceeded',
    'A tenant stores a quarter more than its cap: one step of the top-up is not enough.',
  )
    .inject(uses(TENANT, AUTO, 1.25))
    .expect(escalated('tell', /one step is not enough/), NOTIFY),

  fault('quota-topped-up-before', 'The tenant had its automatic top-up of the month, and has used it up.')
    .inject(toppedUp, OVER_CAP)
    .expect(escalated('tell', /topped up in \d{4}-\d{2} already/), NOTIFY),

  fault('quota-told-before', 'The tenant was notified of the same breach an hour ago.')
    .inject(...notifiedOf(ON_DEMAND), uses(TENANT, ON_DEMAND, 1.02))
    .expect(escalated('told-already', /was notified within a day/)),

  fault(
    'quota-told-of-another',
    'The tenant was notified an hour ago, but of another metric, and of this one two days ago.',
  )
    .inject(...notifiedOf(AUTO), uses(TENANT, ON_DEMAND, 1.02))
    .expect(escalated('tell'), NOTIFY),

  fault('quota-month-over', 'The month of the breach is over: nothing is put on its invoice any more.')
    .inject(OVER_CAP, (sandbox) => sandbox.services.commercialOps.setPeriodState(month(sandbox), 'closing'))
    .expect(escalated('tell', /is closing/), NOTIFY),

  fault(
    'quota-refresh-does-nothing',
    'The refresh of the dashboards says that it completed, and has refreshed nothing.',
  )
    .inject(doesNothing('dashboardRefresher'), OVER_CAP)
    .expect(quota.ineffective('top-up', /do not show it/), TOP_UP, REFRESH),

  fault('quota-refresh-fails', 'The refresh of the dashboards fails.')
    .inject(fails('dashboardRefresher', 'out of memory'), OVER_CAP)
    .expect(
      quota.failed('top-up', /^refresh the dashboards: dashboard_refresher failed \(out of memory\)$/),
      TOP_UP,
      REFRESH,
    ),

  fault('quota-unshown', 'A quota was topped up, but the dashboards were not refreshed since.')
    .inject(async (sandbox) => {
      for (const step of did('responder.top-up', { period: month(sandbox) }, 0.5)) await step(sandbox);
    }, setByHand(PLAYBOOK))
    .expect(resolved('unshown'), REFRESH),

  poisoned('quota-without-plan', 'A tenant over a cap has no plan any more.')
    .inject(OVER_CAP, sql(`update tenant_plan_binding set status = 'expired' where tenant_id = $1`, TENANT))
    .expect(escalated('absurd', /the tenant has 0 active plans/)),

  poisoned('quota-cap-zero', 'The cap of a snapshot is zero: nothing can be divided by it.')
    .inject(OVER_CAP, snapshot(TENANT, 'cap_value = 0'))
    .expect(escalated('absurd', /the cap is not above zero/)),

  poisoned(
    'quota-contradiction',
    'A snapshot says 140 %, but its value is half of its cap: nobody is charged for that.',
  )
    .inject(uses(TENANT, AUTO, 0.5), snapshot(TENANT, 'utilization = 1.4'))
    .expect(escalated('absurd', /the utilisation is not value by cap/)),

  poisoned(
    'quota-everywhere',
    'Every tenant exceeds two caps at once: the metering is broken, and nobody is charged.',
  )
    .inject(...TENANTS.flatMap(({ id }) => [uses(id, AUTO, 1.05), uses(id, ON_DEMAND, 1.05)]))
    .expect(escalated('too-many', new RegExp(`^${2 * TENANTS.length} caps are exceeded at once`))),

  control('quota-nearly-reached', 'Every plan has a tenant that uses 99 % of its cap.')
    .inject(...TENANTS.slice(0, PLANS.length).map(({ id }) => uses(id, AUTO, 0.99)))
    .expectNothing(),

  control('quota-alarm-by-hand', 'Somebody sets the alarm by hand, while nobody is over a cap.')
    .inject(setByHand(PLAYBOOK))
    .expect(quota.selfHealed('within')),
];
