import type { Sandbox } from '../sandbox.ts';
import { hoursAgo, setByHand, type ExpectedRun, type Fault } from './fault.ts';

const PLAYBOOK = 'budget-stale';
const METRIC = 'budget_age_hours';
const REFRESH = 'lambda:Invoke budget_refresh_prod';
/** Over the limit of 24 hours, and below the critical 48. */
const STALE_HOURS = 30;

const refreshed = (branch: string): ExpectedRun => ({
  playbook: PLAYBOOK,
  outcome: 'resolved',
  branch,
  why: /^0 of 16 budgets stale; the oldest 0\.\d h \(limit 24 h\); alarm budget-stale is OK$/,
});
const escalated = (branch: string, why: RegExp): ExpectedRun => ({
  playbook: PLAYBOOK,
  outcome: 'escalated',
  branch,
  why,
});

/** Budgets that nobody refreshed, or that nobody can refresh or hear of. */
export const budgetStaleFaults: readonly Fault[] = [
  {
    name: 'budgets-missed',
    about: 'The nightly refresh of the budgets never ran: they are 30 hours old.',
    kind: 'fault',
    metric: METRIC,
    runs: [refreshed('missed')],
    actions: [REFRESH],
    inject: (sandbox) => age(sandbox, STALE_HOURS),
  },
  {
    name: 'budget-refresh-failed',
    about: 'The refresh of the budgets failed once, with AccessDenied.',
    kind: 'fault',
    metric: METRIC,
    runs: [refreshed('failed-before')],
    actions: [REFRESH],
    async inject(sandbox) {
      await age(sandbox, STALE_HOURS);
      await pastFailure(
        sandbox,
        'AccessDenied: not authorized to perform: secretsmanager:GetSecretValue',
        60,
      );
    },
  },
  {
    name: 'budget-refresh-keeps-failing',
    about: 'The refresh of the budgets failed twice within two hours, in the same way.',
    kind: 'fault',
    metric: METRIC,
    actions: [],
    runs: [
      escalated(
        'keeps-failing',
        /the last 2 refreshes failed in the same way within 2 h: .*\(AccessDenied\)$/,
      ),
    ],
    async inject(sandbox) {
      await age(sandbox, STALE_HOURS);
      await pastFailure(
        sandbox,
        'AccessDenied: not authorized to perform: secretsmanager:GetSecretValue',
        70,
      );
      await pastFailure(
        sandbox,
        'AccessDenied: not authorized to perform: secretsmanager:GetSecretValue',
        30,
      );
    },
  },
  {
    name: 'budget-refresh-throttled',
    about: 'The refresh of the budgets is being throttled, again and again.',
    kind: 'fault',
    metric: METRIC,
    actions: [],
    runs: [
      escalated('still-throttled', /the refresh is being throttled: \d+ times within 2 h, last \d min ago/),
    ],
    async inject(sandbox) {
      await age(sandbox, STALE_HOURS);
      // What is dated ahead is not told before its time.
      for (let minute = 20; minute >= -30; minute -= 2) sayThrottled(sandbox, minute);
    },
  },
  {
    name: 'budget-refresh-was-throttled',
    about: 'The refresh of the budgets was throttled an hour ago, and not since.',
    kind: 'fault',
    metric: METRIC,
    runs: [refreshed('failed-before')],
    actions: [REFRESH],
    async inject(sandbox) {
      await age(sandbox, STALE_HOURS);
      await pastFailure(sandbox, 'ThrottlingException: Rate exceeded', 62);
      await pastFailure(sandbox, 'ThrottlingException: Rate exceeded', 60);
    },
  },
  {
    name: 'budget-refresh-fails-again',
    about: 'The refresh that the responder starts fails, too.',
    kind: 'fault',
    metric: METRIC,
    actions: [REFRESH],
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'failed',
        branch: 'missed',
        why: /^run budget_refresh_prod: budget_refresh_prod failed \(AccessDenied\)$/,
      },
    ],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await age(sandbox, STALE_HOURS);
      await commercialOps.behave(estate.jobs.budgetRefresh, {
        kind: 'fail',
        message: 'AccessDenied: not authorized to perform: secretsmanager:GetSecretValue',
      });
    },
  },
  {
    name: 'budget-refresh-does-nothing',
    about: 'The refresh that the responder starts says that it completed, and has refreshed nothing.',
    kind: 'fault',
    metric: METRIC,
    actions: [REFRESH],
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'ineffective',
        branch: 'missed',
        why: /^the plan was carried out, but it did not help: 16 of 16 budgets stale/,
      },
    ],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await age(sandbox, STALE_HOURS);
      await commercialOps.behave(estate.jobs.budgetRefresh, { kind: 'noop' });
    },
  },
  {
    name: 'budget-topic-gone',
    about: 'The budgets are stale, and the topic on which tenants hear of them was deleted.',
    kind: 'compound',
    metric: METRIC,
    actions: [REFRESH],
    runs: [
      escalated(
        'nobody-hears',
        /^topic tenant-budget-alerts does not exist: tenants do not hear of their budgets; the rest was done: .*; now 0 of 16 budgets stale/,
      ),
    ],
    async inject(sandbox) {
      const { sns } = sandbox.services;
      await age(sandbox, STALE_HOURS);
      await sns.deleteTopic(budgetTopic(sandbox));
    },
  },
  {
    name: 'budget-nobody-confirmed',
    about: 'The budgets are stale, and nobody has confirmed a subscription to their alerts.',
    kind: 'compound',
    metric: METRIC,
    actions: [REFRESH],
    runs: [
      escalated(
        'nobody-hears',
        /^topic tenant-budget-alerts has 0 confirmed subscriptions and 1 that wait for their confirmation: tenants do not hear/,
      ),
    ],
    async inject(sandbox) {
      const { sns } = sandbox.services;
      await age(sandbox, STALE_HOURS);
      const topicArn = budgetTopic(sandbox);
      for (const { arn } of sns.subscriptionsOf(topicArn)) await sns.unsubscribe(arn);
      await sns.subscribe({ topicArn, protocol: 'email', endpoint: 'budgets@tenant.example' });
    },
  },
  {
    name: 'budget-of-nobody',
    about: 'One budget is stale: that of a tenant who does not exist.',
    kind: 'poisoned',
    metric: METRIC,
    actions: [],
    runs: [
      escalated(
        'unreachable',
        /^1 of 17 budgets stale, 1 of them out of a refresh's reach; .*no refresh reaches BUD-OF-NOBODY: /,
      ),
    ],
    inject: (sandbox) => orphan(sandbox),
  },
  {
    name: 'budget-of-nobody-two-days',
    about: 'The budget of a tenant who does not exist is stale, and grows older than two days meanwhile.',
    kind: 'poisoned',
    metric: METRIC,
    actions: [],
    // The second alarm, a quarter of an hour later, is about the same fault, and graver.
    runs: [
      escalated('unreachable', /the oldest 47\.9 h .*no refresh reaches BUD-OF-NOBODY/),
      escalated('unreachable', /the oldest 48\.[01] h .*no refresh reaches BUD-OF-NOBODY/),
    ],
    inject: (sandbox) => orphan(sandbox, 47.8),
  },
  {
    name: 'budgets-stale-one-of-nobody',
    about: 'All budgets are stale, and one of them is of a tenant who does not exist.',
    kind: 'compound',
    metric: METRIC,
    actions: [REFRESH],
    runs: [
      escalated(
        'partly-unreachable',
        /^no refresh reaches BUD-OF-NOBODY: .*; the rest was done: 17 of 17 budgets stale.*; now 1 of 17 budgets stale/,
      ),
    ],
    async inject(sandbox) {
      await age(sandbox, STALE_HOURS);
      await orphan(sandbox);
    },
  },
  {
    name: 'budgets-20-hours',
    about: 'The budgets are 20 hours old, which is normal.',
    kind: 'control',
    metric: METRIC,
    runs: [],
    actions: [],
    inject: (sandbox) => age(sandbox, 20),
  },
  {
    name: 'budgets-of-last-month',
    about: 'A budget of a month that is over has not been refreshed since.',
    kind: 'control',
    metric: METRIC,
    runs: [],
    actions: [],
    async inject({ pool }) {
      await pool.query(
        `insert into budget_master
         select 'BUD-OVER', scope_type, scope_ref, metric_type, to_char(over.period_start, 'YYYY-MM'), target_usd,
                actual_usd, thresholds_json, budget.status, last_refreshed_at - interval '20 days'
         from (select * from budget_master order by budget_id limit 1) budget,
              (select * from period_state where state = 'closing' limit 1) over`,
      );
    },
  },
  {
    name: 'budget-alarm-by-hand',
    about: 'Somebody sets the alarm by hand, while the budgets are fresh.',
    kind: 'control',
    metric: METRIC,
    actions: [],
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'self-healed',
        branch: 'fresh',
        why: /^0 of 16 budgets stale; .*; topic tenant-budget-alerts has 1 confirmed .*alarm budget-stale is OK$/,
      },
    ],
    inject: (sandbox) => setByHand(sandbox, 'budget-stale'),
  },
];

async function age(sandbox: Sandbox, hours: number): Promise<void> {
  await sandbox.pool.query('update budget_master set last_refreshed_at = $1', [hoursAgo(sandbox, hours)]);
}

async function orphan(sandbox: Sandbox, hours = STALE_HOURS): Promise<void> {
  await sandbox.pool.query(
    `insert into budget_master
     select 'BUD-OF-NOBODY', 'tenant', 'TEN-99999', metric_type, period, target_usd, 0, thresholds_json, 'ok', $1
     from budget_master order by budget_id limit 1`,
    [hoursAgo(sandbox, hours)],
  );
}

/** A run of the refresh that failed, as the job leaves it: in `job_run` and in its log. */
async function pastFailure(sandbox: Sandbox, error: string, minutes: number): Promise<void> {
  const { estate, logs } = sandbox.services;
  const job = estate.jobs.budgetRefresh;
  const at = hoursAgo(sandbox, minutes / 60);
  const run = `by-hand-${minutes}`;
  await sandbox.pool.query(
    `insert into job_run (run_id, job, period, status, started_at, finished_at, result)
     select $1, $2, to_char(period_start, 'YYYY-MM'), 'failed', $3, $3, jsonb_build_object('error', $4::text)
     from period_state where state = 'open'`,
    [run, job, at, error],
  );
  logs.append(estate.logGroups.budgetRefresh, 'nightly', `ERROR ${job} run=${run} failed: ${error}`, at);
}

function sayThrottled(sandbox: Sandbox, minutesAgo: number): void {
  const { estate, logs } = sandbox.services;
  const message = `ERROR ${estate.jobs.budgetRefresh} failed: ThrottlingException: Rate exceeded`;
  logs.append(estate.logGroups.budgetRefresh, 'loop', message, hoursAgo(sandbox, minutesAgo / 60));
}

function budgetTopic({ services: { sns, estate } }: Sandbox): string {
  const topic = sns.topics.all().find(({ arn }) => arn.endsWith(`:${estate.notices.budgets}`));
  if (!topic) throw new Error(`the sandbox has no topic ${estate.notices.budgets}`);
  return topic.arn;
}
