import type { Sandbox } from '../sandbox.ts';
import { faultsOf, type Step } from './fault.ts';
import { ago, doesNothing, failedBefore, fails, hoursAgo, setByHand, sql } from './steps.ts';

const PLAYBOOK = 'budget-stale';
const { fault, control, compound, poisoned, ...budgets } = faultsOf(PLAYBOOK, 'budget_age_hours');
const { escalated } = budgets;
const REFRESH = 'lambda:Invoke budget_refresh_prod';

const refreshed = (branch: string) =>
  budgets.resolved(
    branch,
    /^0 of 16 budgets stale; the oldest 0\.\d+ hours \(limit 24 hours\); alarm budget-stale is OK$/,
  );

const age = (hours: number): Step => sql('update budget_master set last_refreshed_at = $1', ago(hours));

/** Over the limit of 24 hours, and below the critical 48. */
const STALE_HOURS = 30;
/** The nightly refresh never ran. */
export const budgetsMissed = age(STALE_HOURS);

/** A budget of a tenant who does not exist. */
export const orphan = (hours = STALE_HOURS): Step =>
  sql(
    `insert into budget_master
     select 'BUD-OF-NOBODY', 'tenant', 'TEN-99999', metric_type, period, target_usd, 0, thresholds_json, 'ok', $1
     from budget_master order by budget_id limit 1`,
    ago(hours),
  );

const DENIED = 'AccessDenied: not authorized to perform: secretsmanager:GetSecretValue';
const THROTTLED = 'ThrottlingException: Rate exceeded';

/** Runs of the refresh that failed, as the job leaves them: in `job_run` and in its log. */
const pastFailures =
  (error: string, ...minutesAgo: readonly number[]): Step =>
  async (sandbox) => {
    await failedBefore('budgetRefresh', error, ...minutesAgo)(sandbox);
    const { estate, logs } = sandbox.services;
    for (const minutes of minutesAgo) {
      const line = `ERROR ${estate.jobs.budgetRefresh} run=by-hand-${minutes} failed: ${error}`;
      logs.append(estate.logGroups.budgetRefresh, 'nightly', line, hoursAgo(sandbox, minutes / 60));
    }
  };

function keepsBeingThrottled(sandbox: Sandbox): void {
  const { estate, logs } = sandbox.services;
  const message = `ERROR ${estate.jobs.budgetRefresh} failed: ${THROTTLED}`;
  // CloudWatch shows a line that is dated ahead only when its time has come.
  for (let minute = 20; minute >= -30; minute -= 2)
    logs.append(estate.logGroups.budgetRefresh, 'loop', message, hoursAgo(sandbox, minute / 60));
}

function budgetTopic({ services: { sns, estate } }: Sandbox): string {
  const topic = sns.topics.all().find(({ arn }) => arn.endsWith(`:${estate.notices.budgets}`));
  if (!topic) throw new Error(`the sandbox has no topic ${estate.notices.budgets}`);
  return topic.arn;
}

async function nobodyConfirmed(sandbox: Sandbox): Promise<void> {
  const { sns } = sandbox.services;
  const topicArn = budgetTopic(sandbox);
  for (const { arn } of sns.subscriptionsOf(topicArn)) await sns.unsubscribe(arn);
  await sns.subscribe({ topicArn, protocol: 'email', endpoint: 'budgets@tenant.example' });
}

/** Budgets that nobody refreshed, or that nobody can refresh or hear of. */
export const budgetStaleFaults = [
  fault('budgets-missed', 'The nightly refresh of the budgets never ran: they are 30 hours old.')
    .inject(budgetsMissed)
    .expect(refreshed('missed'), REFRESH),

  fault('budget-refresh-failed', 'The refresh of the budgets failed once, with AccessDenied.')
    .inject(budgetsMissed, pastFailures(DENIED, 60))
    .expect(refreshed('failed-before'), REFRESH),

  fault(
    'budget-refresh-keeps-failing',
    'The refresh of the budgets failed twice within two hours, in the same way.',
  )
    .inject(budgetsMissed, pastFailures(DENIED, 70, 30))
    .expect(
      escalated(
        'keeps-failing',
        /the last 2 refreshes failed in the same way within 2 hours: .*\(AccessDenied\)$/,
      ),
    ),

  fault('budget-refresh-throttled', 'The refresh of the budgets keeps being throttled.')
    .inject(budgetsMissed, keepsBeingThrottled)
    .expect(
      escalated(
        'still-throttled',
        /the refresh is being throttled: \d+ times within 2 hours, last \d+ \w+ ago/,
      ),
    ),

  fault(
    'budget-refresh-was-throttled',
    'The refresh of the budgets was throttled an hour ago, and not since.',
  )
    .inject(budgetsMissed, pastFailures(THROTTLED, 62, 60))
    .expect(refreshed('failed-before'), REFRESH),

  fault('budget-refresh-fails-again', 'The refresh that the responder starts fails, too.')
    .inject(budgetsMissed, fails('budgetRefresh', DENIED))
    .expect(
      budgets.failed('missed', /^run budget_refresh_prod: budget_refresh_prod failed \(AccessDenied\)$/),
      REFRESH,
    ),

  fault(
    'budget-refresh-does-nothing',
    'The refresh that the responder starts says that it completed, and has refreshed nothing.',
  )
    .inject(budgetsMissed, doesNothing('budgetRefresh'))
    .expect(
      budgets.ineffective('missed', /^the plan was carried out, but it did not help: 16 of 16 budgets stale/),
      REFRESH,
    ),

  compound(
    'budget-topic-gone',
    'The budgets are stale, and the topic on which tenants hear of them was deleted.',
  )
    .inject(budgetsMissed, (sandbox) => sandbox.services.sns.deleteTopic(budgetTopic(sandbox)))
    .expect(
      escalated(
        'nobody-hears',
        /^topic tenant-budget-alerts does not exist: tenants do not hear of their budgets; the rest was done: .*; now 0 of 16 budgets stale/,
      ),
      REFRESH,
    ),

  compound(
    'budget-nobody-confirmed',
    'The budgets are stale, and nobody has confirmed a subscription to their alerts.',
  )
    .inject(budgetsMissed, nobodyConfirmed)
    .expect(
      escalated(
        'nobody-hears',
        /^topic tenant-budget-alerts has 0 confirmed subscriptions and 1 that wait for their confirmation: tenants do not hear/,
      ),
      REFRESH,
    ),

  poisoned('budget-of-nobody', 'One budget is stale: that of a tenant who does not exist.')
    .inject(orphan())
    .expect(
      escalated(
        'unreachable',
        /^1 of 17 budgets stale, 1 of them out of a refresh's reach; .*no refresh reaches BUD-OF-NOBODY: /,
      ),
    ),

  poisoned(
    'budget-of-nobody-two-days',
    'The budget of a tenant who does not exist is stale, and grows older than two days meanwhile.',
  )
    .inject(orphan(47.8))
    // The second alarm, a quarter of an hour later, is about the same fault, with a higher severity.
    .expect([
      escalated('unreachable', /the oldest 47\.\d+ hours .*no refresh reaches BUD-OF-NOBODY/),
      escalated('unreachable', /the oldest 48\.\d+ hours .*no refresh reaches BUD-OF-NOBODY/),
    ]),

  compound(
    'budgets-stale-one-of-nobody',
    'All budgets are stale, and one of them is of a tenant who does not exist.',
  )
    .inject(budgetsMissed, orphan())
    .expect(
      escalated(
        'partly-unreachable',
        /^no refresh reaches BUD-OF-NOBODY: .*; the rest was done: 17 of 17 budgets stale.*; now 1 of 17 budgets stale/,
      ),
      REFRESH,
    ),

  control('budgets-20-hours', 'The budgets are 20 hours old, which is normal.')
    .inject(age(20))
    .expectNothing(),

  control('budgets-of-last-month', 'A budget of a month that is over has not been refreshed since.')
    .inject(
      sql(`insert into budget_master
           select 'BUD-OVER', scope_type, scope_ref, metric_type, to_char(over.period_start, 'YYYY-MM'), target_usd,
                  actual_usd, thresholds_json, budget.status, last_refreshed_at - interval '20 days'
           from (select * from budget_master order by budget_id limit 1) budget,
                (select * from period_state where state = 'closing' limit 1) over`),
    )
    .expectNothing(),

  control(
    'budgets-of-next-month',
    "Next month's budgets were made ready 40 hours ago; no refresh reaches them before their month opens.",
  )
    .inject(
      sql(`insert into budget_master
           select 'NEXT-' || budget_id, scope_type, scope_ref, metric_type,
                  to_char(to_date(period, 'YYYY-MM') + interval '1 month', 'YYYY-MM'), target_usd, 0, thresholds_json,
                  'ok', last_refreshed_at - interval '40 hours'
           from budget_master`),
    )
    .expectNothing(),

  fault(
    'budgets-of-both-months',
    "Next month's budgets are made ready, and those of the running month are stale: these are refreshed.",
  )
    .inject(
      budgetsMissed,
      sql(`insert into budget_master
           select 'NEXT-' || budget_id, scope_type, scope_ref, metric_type,
                  to_char(to_date(period, 'YYYY-MM') + interval '1 month', 'YYYY-MM'), target_usd, 0, thresholds_json,
                  'ok', last_refreshed_at - interval '60 hours'
           from budget_master`),
    )
    .expect(refreshed('missed'), REFRESH),

  control('budget-alarm-by-hand', 'Somebody sets the alarm by hand, while the budgets are fresh.')
    .inject(setByHand(PLAYBOOK))
    .expect(
      budgets.selfHealed(
        'fresh',
        /^0 of 16 budgets stale; .*; topic tenant-budget-alerts has 1 confirmed .*alarm budget-stale is OK$/,
      ),
    ),
];
