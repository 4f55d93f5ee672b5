import { duration } from '../../domain/words.ts';
import * as z from 'zod';
import { runBudgetRefresh } from '../actions/run-budget-refresh.ts';
import { deciding, type Severity } from '../../domain/decision.ts';
import { LOG_HOURS, budgetLog, type BudgetLog } from '../probes/budget-log.ts';
import { budgetTopic, describeTopic, type BudgetTopic } from '../probes/budget-topic.ts';
import { budgetAges, STALE_HOURS, describeBudgets, type Budgets } from '../probes/budgets.ts';
import { jobEndings, describeEndings, type JobEndings } from '../probes/job-endings.ts';
import { WHOLE_MONTH } from '../../domain/limits.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook } from './definition.ts';

/** Missed twice: tenants decide on figures that are two days old. */
const CRITICAL_HOURS = 48;
/** Older throttling is over. */
const QUIET_MINUTES = 10;
/** After so many failures of one kind in a row another run does not help. */
const SAME_FAILURES = 2;
/** Budgets that a message names; the evidence has more. */
const NAMED = 5;

const WATCH_REFRESH = 'Have the nightly refresh raise an alarm of its own when it fails or does not run';
const KEEP_SCOPES = 'Refuse to end a tenant, plan or month while budgets still refer to it';

const { branches, act, leave, escalate } = deciding({
  fresh: { when: `no budget is older than ${STALE_HOURS} hours`, then: 'nothing' },
  unreachable: {
    when: 'no stale budget can be refreshed: the tenant, plan or month of each is gone',
    then: 'a person: delete them, or give them another scope',
    prevention: KEEP_SCOPES,
  },
  'still-throttled': {
    when: `the refresh was throttled within the last ${QUIET_MINUTES} minutes`,
    then: 'a person: check the limit; another run would add to it',
    prevention: 'Spread the refresh over time, or have its limit raised',
  },
  'keeps-failing': {
    when: `the last ${SAME_FAILURES} refreshes failed in the same way within ${LOG_HOURS} hours`,
    then: 'a person: fix the cause',
    prevention: WATCH_REFRESH,
  },
  'partly-unreachable': {
    when: 'some of the stale budgets cannot be refreshed: their tenant, plan or month is gone',
    then: 'refresh the others; a person: delete those, or give them another scope',
    prevention: KEEP_SCOPES,
  },
  'nobody-hears': {
    when: 'the topic of the budget alerts is gone, or nobody has confirmed a subscription',
    then: 'refresh; a person: fix the topic, or no tenant hears of a budget',
    prevention: 'Check the subscriptions of the budget alerts daily',
  },
  'failed-before': {
    when: 'the last refresh failed, or its log shows an error, and no row above fits',
    then: 'refresh',
    prevention: WATCH_REFRESH,
  },
  missed: { when: 'otherwise: nothing shows a failure', then: 'refresh', prevention: WATCH_REFRESH },
});

export const budgetStale = definePlaybook({
  id: 'budget-stale',
  section: '3. Budget and Alerts',
  symptoms: [
    'The dashboard shows “Budget data stale”.',
    'budget_master.last_refreshed_at is older than 24 hours.',
  ],
  byHand: {
    'Dashboard shows': [{ probe: 'budgets', branch: 'missed' }],
    'CloudWatch alarm `budget-stale`': [{ alarm: 'budget-stale' }],
    '`budget_master.last_refreshed_at` older': [{ probe: 'budgets' }],
    'SELECT budget_id, last_refreshed_at': [{ probe: 'budgets' }],
    'aws logs tail /aws/lambda/budget-refresh': [{ probe: 'budget-log' }],
    'Re-run budget refresh': [{ action: 'run-budget-refresh' }],
    'Verify SNS topics exist': [{ probe: 'budget-topic', branch: 'nobody-hears' }],
  },
  alarms: [
    alarmOn('budget_age_hours', {
      name: 'budget-stale',
      threshold: { above: STALE_HOURS },
      severity: 'SEV-3',
      title: 'budgets are[ # hours] old',
      unit: 'hours',
      description: 'A budget was last refreshed more than 24 hours ago.',
    }),
    alarmOn('budget_age_hours', {
      name: 'budget-stale-critical',
      threshold: { above: CRITICAL_HOURS },
      severity: 'SEV-2',
      title: 'budgets are[ # hours] old',
      unit: 'hours',
      description:
        'A budget was last refreshed more than 48 hours ago: tenants are not warned of what they spend.',
    }),
  ],
  // One job refreshes all budgets.
  target: z.strictObject({}),
  targetOf: () => ({}),
  probes: {
    budgets: budgetAges,
    log: budgetLog,
    topic: budgetTopic,
    runs: jobEndings({
      name: 'budget-refresh-runs',
      question: 'When did the refresh last run, and how did it end?',
      job: ({ jobs }) => jobs.budgetRefresh,
    }),
  },

  branches,
  decide({ budgets, log, topic, runs }) {
    const figures = describeBudgets(budgets);
    if (budgets.stale === 0) return leave('fresh', `${figures}; ${describeTopic(topic)}`);

    // An unknown age may be any: it is not zero.
    const severity: Severity = (budgets.oldestHours ?? Infinity) > CRITICAL_HOURS ? 'SEV-2' : 'SEV-3';
    if (budgets.unreachable === budgets.stale) {
      return escalate('unreachable', `${figures}; ${describeUnreachable(budgets)}`, severity);
    }
    if (isThrottled(log)) {
      const ago = duration(Math.round(log.throttledMinutesAgo) * 60);
      return escalate(
        'still-throttled',
        `${figures}; the refresh is being throttled: ${log.throttled} times within ${LOG_HOURS} hours, last ${ago} ago; another run would add to it`,
        severity,
      );
    }
    const failures = sameFailures(runs);
    if (failures >= SAME_FAILURES) {
      return escalate(
        'keeps-failing',
        `${figures}; the last ${failures} refreshes failed in the same way within ${LOG_HOURS} hours: ${describeEndings('it', runs)}`,
        severity,
      );
    }
    const refresh = [{ action: runBudgetRefresh.name, params: {} }];
    const why = `${figures}; ${describeEndings('the refresh', runs)}`;
    const deaf = isDeaf(topic) ? [`${describeTopic(topic)}: tenants do not hear of their budgets`] : [];
    if (budgets.unreachable > 0) {
      const left = [describeUnreachable(budgets), ...deaf].join('; ');
      return act('partly-unreachable', why, refresh, { handOff: { why: left, severity } });
    }
    if (deaf.length > 0) {
      return act('nobody-hears', why, refresh, { handOff: { why: deaf.join('; '), severity } });
    }
    if (log.newest !== null || runs[0]?.status === 'failed') {
      const said = log.newest === null ? '' : `; the newest error within ${LOG_HOURS} hours: ${log.newest}`;
      return act('failed-before', `${why}${said}`, refresh);
    }
    return act('missed', why, refresh);
  },

  concerns({ budgets }, { kind, branch }) {
    const unreachable = budgets.unreachableIds.map((id) => `unreachable: ${id}`);
    if (branch === 'unreachable') return unreachable;
    const deaf = branch === 'nobody-hears' ? [branch] : [];
    return [kind === 'act' ? runBudgetRefresh.name : branch, ...unreachable, ...deaf];
  },
  actions: [runBudgetRefresh],
  withoutApproval: {
    [runBudgetRefresh.name]:
      'It shows what was spent and charges nobody; a stale budget warns no tenant, and it is what the daily schedule would have done.',
  },
  limits: { blastRadius: WHOLE_MONTH },

  recovery: {
    probes: { budgets: budgetAges },
    check: ({ budgets }) => ({ healthy: budgets.stale === 0, summary: describeBudgets(budgets) }),
  },
});

function describeUnreachable({ unreachable, unreachableIds }: Budgets): string {
  const more = unreachable > NAMED ? ` and ${unreachable - NAMED} more` : '';
  return (
    `no refresh reaches ${unreachableIds.slice(0, NAMED).join(', ')}${more}: ` +
    'their tenant or plan is gone, or their month is not open in period_state; open it, give them another scope, or delete them'
  );
}

const isThrottled = (log: BudgetLog): log is BudgetLog & { readonly throttledMinutesAgo: number } =>
  log.throttledMinutesAgo !== null && log.throttledMinutesAgo <= QUIET_MINUTES;

const isDeaf = ({ exists, confirmed }: BudgetTopic): boolean => !exists || confirmed === 0;

/** How many of the newest runs failed within the window, all in the same way. Throttling passes by itself. */
function sameFailures(runs: JobEndings): number {
  const cause = runs[0]?.cause ?? null;
  if (cause === null || cause === 'throttled') return 0;
  const other = runs.findIndex((run) => run.cause !== cause || run.minutesAgo > LOG_HOURS * 60);
  return other < 0 ? runs.length : other;
}
