import { dollars, moment, percent } from '../../domain/words.ts';
import * as z from 'zod';
import { markReconciled } from '../actions/mark-reconciled.ts';
import { runAllocation } from '../actions/run-allocation.ts';
import { runReconciliation } from '../actions/run-reconciliation.ts';
import { syncTags } from '../actions/sync-tags.ts';
import { deciding, type Plan, type Severity } from '../../domain/decision.ts';
import { Period, periodOf } from '../../domain/billing-period.ts';
import { TOLERANCE_PCT } from '../probes/allocation-comparison.ts';
import { allocationRules } from '../probes/allocation-rules.ts';
import { curFinal } from '../probes/cur-final.ts';
import { reconciliationHistory } from '../probes/rerun-history.ts';
import { periodState } from '../probes/period-state.ts';
import { reconExceptions, type ReconExceptions } from '../probes/recon-exceptions.ts';
import { describeJudged, reconSummary, type ReconSummary } from '../probes/recon-summary.ts';
import { reconTotals } from '../probes/recon-totals.ts';
import { chooseRules, type ChosenRules } from './allocation-variance-rules.ts';
import { worstReconciliation } from '../probes/worst-period.ts';
import { WHOLE_MONTH } from '../../domain/limits.ts';
import { changeableMonth } from './closed-period.ts';
import { monthCosts } from '../probes/month-costs.ts';
import { onAgreeingCosts } from './agreeing-copies.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook, type Recovery } from './definition.ts';

/** A failed reconciliation counts as over it, whatever its figure. */
const CRITICAL_PCT = 1;

const ONE_CHAIN = 'Reconcile only after an allocation on complete tags, in one chain';
const REVIEW_DIFFERENCES =
  'Review with FinOps how this kind of difference comes about, and check for it before the month closes';
const SCHEDULE_IT =
  'Run the reconciliation by schedule after each delivery, with an alarm when it does not run';
const MONTH = changeableMonth('it is never reconciled again');

const { branches, act, leave, escalate } = deciding({
  ...MONTH.branches,
  balanced: {
    when: `the reconciliation is final, and off by at most ${TOLERANCE_PCT} %`,
    then: 'nothing',
  },
  'balanced-by-person': {
    when: 'the reconciliation is marked as resolved: a person has balanced it',
    then: 'nothing',
    insteadOfHealed: 'settled by a person',
  },
  provisional: {
    when: 'the reconciliation is provisional, for AWS has not reported all of the period yet',
    then: 'nothing; it is looked at again after the next delivery',
  },
  'nothing-charged': {
    when: 'AWS charged nothing, but something is allocated',
    then: 'a person: find the costs; there is no variance against nothing',
  },
  'rules-unfit': {
    when: 'the costs would have to be allocated again, but no one version of the rules covers them',
    then: 'a person: fix the rules',
  },
  'allocation-gap': {
    when: `the allocation of a service differs from its costs by more than ${TOLERANCE_PCT} %`,
    then: 'allocate, then reconcile',
    prevention: ONE_CHAIN,
  },
  'invoice-mismatch': {
    when: 'an exception of category Invoice is open',
    then: 'a person: decide which side is right, resolve the exception, and start this playbook again',
    prevention: REVIEW_DIFFERENCES,
  },
  'fx-mismatch': {
    when: 'an exception of category FX is open',
    then: 'a person: decide on the rate, resolve the exception, and start this playbook again',
    prevention: REVIEW_DIFFERENCES,
  },
  'reconciled-by-hand': {
    when: "the final totals are today's and in balance and no exception is open, but the status still says failed or warning",
    then: 'mark it as resolved',
  },
  'no-cause': {
    when: 'the final totals do not balance, and none of the causes above is found',
    then: 'FinOps reconciles by hand',
    prevention: REVIEW_DIFFERENCES,
  },
  'rerun-in-vain': {
    when: 'the responder has re-run it within a day, on the same costs, tags and allocation',
    then: 'a person: check; another re-run would do the same',
    repeats: true,
  },
  'not-final': {
    when: 'AWS has not reported all of the period yet, so nothing could be final',
    then: 'reconcile: that makes it provisional',
  },
  'tagging-exceptions': {
    when: 'exceptions of category Tagging are open',
    then: 'synchronise the tags, allocate, then reconcile',
    prevention: ONE_CHAIN,
  },
  'never-run': { when: 'the period has no reconciliation', then: 'reconcile', prevention: SCHEDULE_IT },
  'final-now': {
    when: 'it is provisional, but AWS has reported everything since',
    then: 'reconcile',
    prevention: SCHEDULE_IT,
  },
  'out-of-date': {
    when: 'otherwise: the totals balance today, and the reconciliation is old or left exceptions open',
    then: 'reconcile',
    prevention: SCHEDULE_IT,
  },
});

export const reconFailed = definePlaybook({
  id: 'recon-failed',
  section: '4. Reconciliation Variances',
  symptoms: [
    'The reconciliation has the status failed, or a variance of more than 1 %.',
    'Invoices of the period are blocked.',
  ],
  byHand: {
    'Reconciliation job status `failed`': [{ probe: 'recon-summary', branch: 'out-of-date' }],
    '`variance_pct` > 1%': [{ alarm: 'recon-failed-critical' }],
    'SELECT * FROM recon_summary': [{ probe: 'recon-summary' }],
    'SELECT * FROM recon_exceptions': [{ probe: 'recon-exceptions' }],
    'Validate upstream allocation totals': [
      { probe: 'recon-totals' },
      { branch: 'allocation-gap', action: 'run-allocation' },
    ],
    'Manually reconcile differences': [{ branch: 'no-cause' }, { branch: 'reconciled-by-hand' }],
    'Rerun reconciliation job': [{ action: 'run-reconciliation' }],
    'Mark as resolved': [{ action: 'mark-reconciled' }],
  },
  alarms: [
    alarmOn('recon_variance_pct', {
      name: 'recon-failed',
      threshold: { above: TOLERANCE_PCT },
      severity: 'SEV-3',
      title: 'reconciliation is off[ by # %]',
      unit: '%',
      description: 'A reconciliation is off by more than 0.5 %, or failed.',
    }),
    alarmOn('recon_variance_pct', {
      name: 'recon-failed-critical',
      threshold: { above: CRITICAL_PCT },
      severity: 'SEV-2',
      title: 'reconciliation is off[ by # %]',
      unit: '%',
      description: 'A reconciliation is off by more than 1 %, or failed: invoices are blocked.',
    }),
  ],
  target: z.strictObject({ period: Period }),
  targetOf: ({ changedAt }) => ({ period: periodOf(changedAt) }),
  locate: worstReconciliation,
  probes: {
    period: periodState,
    summary: reconSummary,
    exceptions: reconExceptions,
    totals: reconTotals,
    report: curFinal,
    history: reconciliationHistory,
    rules: allocationRules,
  },

  branches,
  decide({ period, summary, exceptions, totals, report, history, rules }, { target }) {
    const month = target.period;
    const severity: Severity = (summary.worstPct ?? 0) > CRITICAL_PCT ? 'SEV-2' : 'SEV-3';
    const reconcile = { action: runReconciliation.name, params: { period: month } };
    // By default the job would take a version that came into effect within the month.
    const chosen = chooseRules(rules);
    const { version } = chosen;
    const unfit = whyUnfit(chosen);
    const allocate = {
      action: runAllocation.name,
      params: { period: month, ...(version !== undefined && { rule_version: String(version) }) },
    };
    const refused = MONTH.refuse(
      { month, state: period, severity, figures: describeSummary(summary) },
      escalate,
    );
    if (refused) return refused;
    const provisional = summary.status === 'provisional';
    if (isSettled(summary) && !(provisional && report.final)) {
      const said = `${month}: ${describeSummary(summary)}`;
      if (summary.status === 'resolved') return leave('balanced-by-person', said);
      if (!provisional) return leave('balanced', said);
      const until = `AWS has reported ${month} as far as ${report.newest ?? 'nothing'}`;
      return leave('provisional', `${said}; ${until}, so it is looked at again after the next delivery`);
    }

    const off = `${month}: ${describeSummary(summary)}`;
    const today = `today ${dollars(totals.allocatedUsd)} are allocated and ${dollars(totals.overheadUsd)} borne of ${dollars(totals.awsUsd)} charged`;
    if (totals.nothingCharged && !totals.nothingAllocated) {
      const why = `${off}; ${today}: there is no variance against nothing, and no allocation to be kept or erased on a guess`;
      return escalate('nothing-charged', why, severity);
    }
    const [allocationPct, totalPct] = [totals.allocationPct ?? 0, totals.worstPct ?? 0];
    if (unfit !== undefined && (allocationPct > TOLERANCE_PCT || count(exceptions, 'Tagging') > 0)) {
      const why = `${off}; the costs would have to be allocated again, but ${unfit}`;
      return escalate('rules-unfit', why, severity);
    }
    if (allocationPct > TOLERANCE_PCT) {
      const why = `${off}; the allocation is off by ${percent(allocationPct)}: ${today}`;
      return act('allocation-gap', why, [allocate, reconcile]);
    }
    const open = describeOpen(exceptions);
    const after: Plan = [reconcile];
    if (count(exceptions, 'Invoice') > 0) {
      const why = `${off}; open exceptions: ${open}. What was invoiced is not what was allocated: a person decides which is right`;
      return escalate('invoice-mismatch', why, severity, after);
    }
    if (count(exceptions, 'FX') > 0) {
      const why = `${off}; open exceptions: ${open}. A person decides on the rate`;
      return escalate('fx-mismatch', why, severity, after);
    }
    const balanced = totalPct <= TOLERANCE_PCT;
    const corrected = summary.unsettled > 0 && summary.unbalanced === 0 && !totals.stale;
    if (report.final && balanced && corrected && exceptions.length === 0) {
      const why = `${off}, but its totals are today's and in balance (${today}), and no exception is open`;
      return act('reconciled-by-hand', why, [{ action: markReconciled.name, params: { period: month } }]);
    }
    if (report.final && !balanced) {
      const why = `${off}; ${today}, which is off by ${percent(totalPct)}, and the allocation is not the cause`;
      return escalate('no-cause', why, 'SEV-2');
    }
    if (history.orderedAt !== null) {
      const why = `${off}. It was re-run from here at ${moment(history.orderedAt)} on the same costs, tags and allocation`;
      return escalate('rerun-in-vain', why, severity, after);
    }
    const last =
      history.status === 'failed' ? `. Its last run failed (${history.error ?? 'no message'})` : '';
    if (!report.final) {
      const why = `${off}, but AWS has reported ${month} only as far as ${report.newest ?? 'nothing'}: reconciling makes it provisional${last}`;
      return act('not-final', why, after);
    }
    if (count(exceptions, 'Tagging') > 0) {
      const sync = { action: syncTags.name, params: { period: month } };
      return act('tagging-exceptions', `${off}; open exceptions: ${open}${last}`, [
        sync,
        allocate,
        reconcile,
      ]);
    }
    if (summary.rows === 0) return act('never-run', `${off}; ${today}${last}`, after);
    if (isSettled(summary))
      return act('final-now', `${off}; AWS has reported everything since${last}`, after);
    return act('out-of-date', `${off}; but ${today}, which balances; open exceptions: ${open}${last}`, after);
  },

  actions: [runReconciliation, runAllocation, syncTags, markReconciled],
  withoutApproval: {
    [runReconciliation.name]:
      'It only compares, keeps what people entered, and the period is not closed; a wrong verdict blocks invoices, it lets none through that does not balance.',
    [runAllocation.name]:
      'The period is not closed, its allocation is off against its costs, and the rules cover all of it: what it replaces could not be invoiced anyway.',
    [syncTags.name]:
      'An open exception names the lines without tags; it fills these from the inventory and overwrites none.',
  },
  limits: { blastRadius: WHOLE_MONTH },

  recovery: {
    probes: { summary: reconSummary, costs: monthCosts },
    check: ({ summary, costs }) => onAgreeingCosts(costs, checkSummary(summary)),
  },
  // Later links ask for the costs themselves.
  asCause: {
    probes: { summary: reconSummary },
    check: ({ summary }) => checkSummary(summary),
  },
  // FinOps is notified at once when money does not add up.
  finops: ['escalated', 'ineffective'],
});

function whyUnfit({ unclear, changed, missing, unmapped, unweighted }: ChosenRules): string | undefined {
  if (unclear)
    return `the rules of ${changed.join(', ')} changed within the period, and no one version covers all`;
  if (missing.length > 0) return `there is no rule for ${missing.join(', ')}`;
  if (unmapped.length > 0) return `no plan knows the key metric of ${unmapped.join(', ')}`;
  return unweighted.length > 0 ? `nobody used anything of ${unweighted.join(', ')}` : undefined;
}

/** A missing reconciliation blocks invoices like a failed one. */
const isSettled = ({ rows, worstPct }: ReconSummary): boolean => rows > 0 && (worstPct ?? 0) <= TOLERANCE_PCT;

const checkSummary = (summary: ReconSummary): Recovery => ({
  healthy: isSettled(summary),
  summary: describeSummary(summary),
});

function describeSummary({ rows, status, at, worstPct }: ReconSummary): string {
  if (rows === 0) return 'there is no reconciliation';
  const judged = describeJudged({ status, worstPct });
  return `reconciliation ${status ?? 'without a total'} of ${at === null ? 'an unknown time' : moment(at)}, ${judged} (limit ${TOLERANCE_PCT} %)`;
}

const count = (exceptions: ReconExceptions, of: ReconExceptions[number]['category']): number =>
  exceptions.find(({ category }) => category === of)?.open ?? 0;

const describeOpen = (exceptions: ReconExceptions): string =>
  exceptions.length === 0 ? 'none' : exceptions.map(({ category, open }) => `${category} ${open}`).join(', ');
