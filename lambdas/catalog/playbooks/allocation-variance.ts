import { dollars, moment, percent } from '../../domain/words.ts';
import * as z from 'zod';
import { runAllocation } from '../actions/run-allocation.ts';
import { syncTags } from '../actions/sync-tags.ts';
import { deciding, type Severity } from '../../domain/decision.ts';
import { Period, periodOf } from '../../domain/billing-period.ts';
import { TOLERANCE_PCT } from '../probes/allocation-comparison.ts';
import { allocationRules } from '../probes/allocation-rules.ts';
import { allocationTotals, type AllocationTotals } from '../probes/allocation-totals.ts';
import { allocationHistory } from '../probes/rerun-history.ts';
import { periodState } from '../probes/period-state.ts';
import { tagGap } from '../probes/tag-gap.ts';
import { chooseRules } from './allocation-variance-rules.ts';
import { worstAllocation } from '../probes/worst-period.ts';
import { WHOLE_MONTH } from '../../domain/limits.ts';
import { changeableMonth } from './closed-period.ts';
import { monthCosts } from '../probes/month-costs.ts';
import { onAgreeingCosts } from './agreeing-copies.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook, type Recovery } from './definition.ts';

/** From here on it blocks invoices; FinOps is asked when a re-run does not help. */
const CRITICAL_PCT = 1;

const CHECK_RULES =
  'Let rules take effect at the beginning of a period only, and check at each change that every category keeps a rule';
const CHECK_KEY_METRICS =
  'Check the key metrics of plans and rules against each other whenever one of them is changed';
const MONTH = changeableMonth('its allocation is never recomputed');

const { branches, act, leave, escalate } = deciding({
  ...MONTH.branches,
  within: { when: `no service is off by more than ${TOLERANCE_PCT} %`, then: 'nothing' },
  'no-costs': {
    when: 'the costs of the period come to nothing, but something is allocated',
    then: 'a person: find the costs; a re-run would erase the allocation',
  },
  'negative-usage': {
    when: 'the usage of an affected service has a negative cost',
    then: 'a person: check the cost lines; a re-run would hand the wrong figure on to tenants',
  },
  'rerun-in-vain': {
    when: 'the responder has re-run the allocation within a day, on the same costs and tags',
    then: 'a person: check; another re-run would do the same',
    repeats: true,
  },
  'version-unclear': {
    when: 'rules changed within the period, and no single earlier version covers every category',
    then: 'a person: pin a version',
    prevention: CHECK_RULES,
  },
  'rule-missing': {
    when: 'a category has no rule in effect',
    then: 'a person: write a rule; without it, the shared cost would be lost',
    prevention: CHECK_RULES,
  },
  'metric-unmapped': {
    when: 'no plan in plan_metric_map knows the key metric of a category with shared cost',
    then: 'a person: align plans and rules',
    prevention: CHECK_KEY_METRICS,
  },
  'key-total-zero': {
    when: 'nobody used anything of the key metric of a category with shared cost',
    then: 'a person: find the usage; a re-run would divide by nothing',
    prevention: CHECK_KEY_METRICS,
  },
  'tag-gap': {
    when: 'cost lines are missing a tenant that the inventory knows',
    then: 'synchronise the tags, then allocate',
    prevention: 'Synchronise tags before every allocation, not only after a variance',
  },
  'rule-changed': {
    when: 'a rule changed within the period, and one earlier version covers every category',
    then: 'allocate by the version in effect when the period began; a person: pin it, or the next run takes the later one',
    prevention: CHECK_RULES,
  },
  'out-of-step': {
    when: 'otherwise: the allocation is not that of the costs',
    then: 'allocate',
    prevention: 'Allocate again after every load of costs, by the same schedule',
  },
});

export const allocationVariance = definePlaybook({
  id: 'allocation-variance',
  section: '2. Allocation Failures',
  symptoms: [
    'The allocated costs of a service differ from its raw costs by more than 0.5 %.',
    'Cost lines are missing in fact_cost_allocated.',
  ],
  byHand: {
    'Alarm `allocation-variance` or': [
      { alarm: 'allocation-variance' },
      { alarm: 'allocation-variance-critical' },
    ],
    'Variance > 0.5% by service': [{ probe: 'allocation-totals', branch: 'out-of-step' }],
    'Missing cost lines': [{ probe: 'allocation-totals', action: 'run-allocation' }],
    'Identify affected service(s)': [{ probe: 'allocation-totals' }],
    'Compare raw vs allocated': [{ probe: 'allocation-totals' }],
    'Inspect allocation rules': [{ probe: 'allocation-rules', branch: 'rule-changed' }],
    'Rerun allocation pipeline': [{ action: 'run-allocation' }],
    'If tagging gap detected': [{ branch: 'tag-gap', action: 'sync-tags' }],
    'Verify `plan_metric_map`': [{ branch: 'metric-unmapped' }],
    'Escalate to FinOps': [{ branch: 'rerun-in-vain' }],
  },
  alarms: [
    alarmOn('allocation_variance_pct', {
      name: 'allocation-variance',
      threshold: { above: TOLERANCE_PCT },
      severity: 'SEV-3',
      title: 'allocated costs are off[ by # %]',
      unit: '%',
      description: 'Allocated costs differ from raw costs by more than 0.5 % in a service.',
      datapoints: { breaching: 3, outOf: 3 },
    }),
    alarmOn('allocation_variance_pct', {
      name: 'allocation-variance-critical',
      threshold: { above: CRITICAL_PCT },
      severity: 'SEV-2',
      title: 'allocated costs are off[ by # %]',
      unit: '%',
      description:
        'Allocated costs differ from raw costs by more than 1 % in a service: invoices are blocked.',
      datapoints: { breaching: 3, outOf: 3 },
    }),
  ],
  target: z.strictObject({ period: Period }),
  targetOf: ({ changedAt }) => ({ period: periodOf(changedAt) }),
  locate: worstAllocation,
  probes: {
    period: periodState,
    totals: allocationTotals,
    history: allocationHistory,
    rules: allocationRules,
    tags: tagGap,
  },

  branches,
  decide({ period, totals, history, rules, tags }, { target }) {
    const severity: Severity = (totals.worstPct ?? 0) > CRITICAL_PCT ? 'SEV-2' : 'SEV-3';
    const month = target.period;
    const refused = MONTH.refuse({ month, state: period, severity }, escalate);
    if (refused) return refused;
    if (!isOff(totals)) return leave('within', `${month}: ${describeWorst(totals)}`);

    const off = `${month}: ${describeWorst(totals)}; ${describeAffected(totals)}`;
    if (totals.nothingCharged) {
      const why = `${off}. Its ${totals.lines} cost lines come to nothing, but ${dollars(totals.allocatedUsd)} are allocated: a re-run would erase them`;
      return escalate('no-costs', why, severity);
    }
    const negative = totals.affected.filter(({ negativeUsage }) => negativeUsage);
    if (negative.length > 0) {
      const named = negative.map(({ service, rawUsd }) => `${service} (${dollars(rawUsd)} raw)`).join(', ');
      return escalate('negative-usage', `${off}. The usage of ${named} cost less than nothing`, severity);
    }
    if (history.orderedAt !== null) {
      const why = `${off}. It was re-run from here at ${moment(history.orderedAt)} on the same costs and tags, and is off again or still`;
      return escalate('rerun-in-vain', why, severity);
    }

    const { version, changed, unclear, missing, unmapped, unweighted } = chooseRules(rules);
    const rerun = runOf(month, version);
    if (unclear) {
      const why = `${off}. The rules of ${changed.join(', ')} changed within the period, and no one earlier version covers every category: pin one in rule_version_map`;
      return escalate('version-unclear', why, severity);
    }
    if (missing.length > 0) {
      const why = `${off}. rule_version_map has no rule with a key metric for ${missing.join(', ')}: shared cost would be lost`;
      return escalate('rule-missing', why, severity);
    }
    if (unmapped.length > 0) {
      const why = `${off}. No plan in plan_metric_map knows the key metric of ${unmapped.join(', ')}`;
      return escalate('metric-unmapped', why, severity, [rerun]);
    }
    if (unweighted.length > 0) {
      const why = `${off}. The key total is zero for the shared cost of ${unweighted.join(', ')}: a re-run would divide by nothing`;
      return escalate('key-total-zero', why, severity, [rerun]);
    }
    const last =
      history.status === 'failed' ? `. Its last run failed (${history.error ?? 'no message'})` : '';
    const pin =
      version === undefined
        ? ''
        : `. The rules of ${changed.join(', ')} changed within the period: version ${version} was in effect when it began. ` +
          `Pinning it in rule_version_map is for a person to do, or the next run takes the later one`;
    if (tags.fromInventory > 0) {
      const why = `${off}. ${tags.fromInventory} of ${tags.untagged} untagged lines have an owner in the inventory${pin}${last}`;
      return act('tag-gap', why, [{ action: syncTags.name, params: { period: month } }, rerun]);
    }
    if (version !== undefined) return act('rule-changed', `${off}${pin}${last}`, [rerun]);
    return act('out-of-step', `${off}${last}`, [rerun]);
  },

  actions: [syncTags, runAllocation],
  withoutApproval: {
    [syncTags.name]:
      'It fills empty tags with what the inventory says and overwrites none; without it, the allocation that follows would leave those lines to nobody.',
    [runAllocation.name]:
      'The period is not closed, so no invoice rests on it; the figures that it replaces are off, and every input that could make the new ones wrong was looked at first.',
  },
  limits: { blastRadius: WHOLE_MONTH },

  recovery: {
    probes: { totals: allocationTotals, costs: monthCosts },
    check: ({ totals, costs }) => onAgreeingCosts(costs, checkAllocation(totals)),
  },
  // Later links ask for the costs themselves.
  asCause: {
    probes: { totals: allocationTotals },
    check: ({ totals }) => checkAllocation(totals),
  },
  finops: ['ineffective'],
});

const runOf = (period: string, version: number | undefined) => ({
  action: runAllocation.name,
  params: { period, ...(version !== undefined && { rule_version: String(version) }) },
});

const checkAllocation = (totals: AllocationTotals): Recovery => ({
  healthy: !isOff(totals),
  summary: describeWorst(totals),
});

const isOff = ({ worstPct }: AllocationTotals): boolean => (worstPct ?? 0) > TOLERANCE_PCT;

const describeWorst = ({ worstPct }: AllocationTotals): string =>
  worstPct === null
    ? 'no cost to compare'
    : `worst allocation variance ${percent(worstPct)} (limit ${TOLERANCE_PCT} %)`;

/** Services that a message names; the evidence has all. */
const NAMED = 3;

function describeAffected({ affected, affectedCount }: AllocationTotals): string {
  const named = affected
    .slice(0, NAMED)
    .map(
      ({ service, allocatedUsd, rawUsd, rows }) =>
        `${service} ${rows === 0 ? 'is not allocated' : `${dollars(allocatedUsd)} allocated`} of ${dollars(rawUsd)}`,
    );
  const more = affectedCount - named.length;
  return `${named.join(', ')}${more > 0 ? ` and ${more} more services` : ''}`;
}
