import { percent } from '../../../lambdas/domain/words.ts';
import * as fc from 'fast-check';
import type { Decision } from '../../../lambdas/domain/decision.ts';
import { reconFailed } from '../../../lambdas/catalog/playbooks/recon-failed.ts';
import type { CategoryRules } from '../../../lambdas/catalog/probes/allocation-rules.ts';
import type { CurFinal } from '../../../lambdas/catalog/probes/cur-final.ts';
import type { ReconExceptions } from '../../../lambdas/catalog/probes/recon-exceptions.ts';
import type { ReconSummary } from '../../../lambdas/catalog/probes/recon-summary.ts';
import type { ReconTotals } from '../../../lambdas/catalog/probes/recon-totals.ts';
import type { RerunHistory } from '../../../lambdas/catalog/probes/rerun-history.ts';
import { decidesByTable, decidesSoundly, type DecisionRow } from './properties.ts';

const target = { period: '2026-10' };
const NOW = new Date('2026-11-23T14:00:00Z');

interface Finding {
  period: string;
  summary: ReconSummary;
  exceptions: ReconExceptions;
  totals: ReconTotals;
  report: CurFinal;
  history: RerunHistory;
  rules: CategoryRules[];
}
/** Last month's reconciliation warned of totals that balance by now. */
const warns: Finding = {
  period: 'closing',
  summary: {
    rows: 10,
    status: 'warning',
    at: '2026-11-20T04:00Z',
    worstPct: 0.7,
    unsettled: 2,
    unbalanced: 2,
    worst: [],
  },
  exceptions: [],
  totals: {
    awsUsd: '500.000000',
    allocatedUsd: '500.000000',
    overheadUsd: '0',
    invoicedUsd: '0',
    nothingCharged: false,
    nothingAllocated: false,
    allocationPct: 0,
    worstPct: 0,
    stale: true,
  },
  report: { final: true, newest: '2026-11-01T00:00Z' },
  history: { status: 'completed', at: '2026-11-20T04:00Z', error: null, orderedAt: null },
  rules: [],
};
const summary = (change: Partial<ReconSummary>) => ({ summary: { ...warns.summary, ...change } });
const totals = (change: Partial<ReconTotals>) => ({ totals: { ...warns.totals, ...change } });
const history = (change: Partial<RerunHistory>) => ({ history: { ...warns.history, ...change } });
const rule = (version: number, startedInside: boolean) => ({
  version,
  startedInside,
  keyMetric: 'egress_gb',
  pinned: false,
  mapped: true,
  keyTotal: '1',
  nothingUsed: false,
});
const CHANGED = {
  rules: [{ category: 'NAT', sharedUsd: '9', hasShared: true, versions: [rule(2, true), rule(1, false)] }],
};
const shared = (category: string, versions: CategoryRules['versions']) => ({
  category,
  sharedUsd: '9',
  hasShared: true,
  versions,
});
const NO_RULE = [shared('EBS', [])];
const unfit: [string, CategoryRules[], RegExp][] = [
  ['a category without a rule', NO_RULE, /allocated again, but there is no rule for EBS$/],
  [
    'rules of no one version',
    [...CHANGED.rules, shared('S3', [rule(3, false)])],
    /but the rules of NAT changed within the period, and no one version covers all$/,
  ],
  [
    'a key metric that no plan knows',
    [shared('NAT', [{ ...rule(1, false), mapped: false }])],
    /but no plan knows the key metric of NAT by egress_gb$/,
  ],
  [
    'a key metric that nobody used',
    [shared('NAT', [{ ...rule(1, false), nothingUsed: true }])],
    /but nobody used anything of NAT by egress_gb$/,
  ],
];
const open = (...categories: ReconExceptions[number]['category'][]) => ({
  exceptions: categories.map((category) => ({ category, open: 2 })),
});
const unfinished = { report: { final: false, newest: '2026-10-30T06:00Z' } };
const NONE = summary({ rows: 0, status: null, at: null, worstPct: null, unsettled: 0, unbalanced: 0 });
const PROVISIONAL = summary({ status: 'provisional', worstPct: null, unsettled: 0, unbalanced: 0 });
const BY_HAND = { ...summary({ unbalanced: 0 }), ...totals({ stale: false }) };

const decide = (change: Partial<Finding>): Decision =>
  reconFailed.decide({ ...warns, ...change }, { target, now: NOW });

const step = (action: string) => ({ action, params: target });
const [reconcile, allocate, sync] = ['run-reconciliation', 'run-allocation', 'sync-tags'].map(step);

const table: DecisionRow<Partial<Finding>>[] = [
  ['a closed period', { period: 'closed' }, 'escalate closed', /2026-10 is closed.*worst 0\.7 %/],
  ['an unknown period', { period: 'unknown' }, 'escalate unknown-period', /does not know the state/],
  ['exactly on the limit', summary({ worstPct: 0.5 }), 'leave balanced', /worst 0\.5 % \(limit 0\.5 %\)/],
  [
    'resolved',
    summary({ status: 'resolved', worstPct: null }),
    'leave balanced-by-person',
    /^2026-\d\d: reconciliation resolved of .*, a person has balanced it \(limit/,
  ],
  [
    'provisional, and not final',
    { ...PROVISIONAL, ...unfinished },
    'leave provisional',
    /as far as 2026-10-30T06:00Z, so it is looked at again after the next delivery/,
  ],
  [
    'provisional, and nothing reported',
    { ...PROVISIONAL, report: { final: false, newest: null } },
    'leave provisional',
    /as far as nothing/,
  ],
  [
    'allocated of nothing',
    totals({ nothingCharged: true, allocationPct: 100 }),
    'escalate nothing-charged',
    /no variance against nothing/,
  ],
  [
    'nothing charged and nothing allocated',
    totals({ nothingCharged: true, nothingAllocated: true, allocationPct: null, worstPct: null }),
    'act out-of-date',
    /which balances; open exceptions: none$/,
    [reconcile],
  ],
  [
    'an allocation gap',
    totals({ allocationPct: 0.7, worstPct: 0.7 }),
    'act allocation-gap',
    /allocation is off by 0\.7 %: today 500\.00 USD are allocated/,
    [allocate, reconcile],
  ],
  [
    'an invoice mismatch',
    open('Invoice', 'Tagging', 'FX'),
    'escalate invoice-mismatch',
    /open exceptions: Invoice 2, Tagging 2, FX 2/,
    [reconcile],
  ],
  ['an FX mismatch', open('FX'), 'escalate fx-mismatch', /FX 2\. A person decides/, [reconcile]],
  [
    'brought into balance by people',
    BY_HAND,
    'act reconciled-by-hand',
    /in balance \(today 500\.00 USD/,
    [step('mark-reconciled')],
  ],
  [
    'by people, after a re-run from here',
    { ...BY_HAND, ...history({ orderedAt: '2026-11-23T12:00Z' }) },
    'act reconciled-by-hand',
    /but its totals are today's and in balance .*, and no exception is open$/,
    [step('mark-reconciled')],
  ],
  [
    'by people, but an exception is open',
    { ...BY_HAND, ...open('Allocation') },
    'act out-of-date',
    /open exceptions: Allocation 2/,
    [reconcile],
  ],
  [
    'by people, but the month is not final',
    { ...BY_HAND, ...unfinished },
    'act not-final',
    /but AWS has reported 2026-10 only as far as 2026-10-30T06:00Z: reconciling makes it provisional$/,
    [reconcile],
  ],
  [
    'out of balance without a cause',
    totals({ worstPct: 0.8, overheadUsd: '4.000000' }),
    'escalate no-cause',
    /4\.00 USD borne .* off by 0\.8 %, and the allocation is not the cause/,
  ],
  [
    're-run before',
    history({ orderedAt: '2026-11-23T12:00Z' }),
    'escalate rerun-in-vain',
    /from here at 23 Nov 2026 12:00 UTC/,
    [reconcile],
  ],
  [
    'out of balance, but not final',
    { ...totals({ worstPct: 0.8 }), ...unfinished },
    'act not-final',
    /only as far as 2026-10-30T06:00Z: reconciling makes it provisional/,
    [reconcile],
  ],
  [
    'not final, nothing reported',
    { report: { final: false, newest: null } },
    'act not-final',
    /as far as nothing/,
    [reconcile],
  ],
  ['Tagging exceptions', open('Tagging'), 'act tagging-exceptions', /Tagging 2/, [sync, allocate, reconcile]],
  ...unfit.map(([name, rules, why]): DecisionRow<Partial<Finding>> => [
    `Tagging exceptions, and ${name}`,
    { ...open('Tagging'), rules },
    'escalate rules-unfit',
    why,
  ]),
  [
    'an allocation gap, and no rule',
    { ...totals({ allocationPct: 0.7, worstPct: 0.7 }), rules: NO_RULE },
    'escalate rules-unfit',
    /there is no rule for EBS/,
  ],
  [
    'no rule, but nothing to allocate',
    { ...open('Timing'), rules: NO_RULE },
    'act out-of-date',
    /Timing/,
    [reconcile],
  ],
  [
    'Tagging exceptions, in a month within which a rule changed',
    { ...open('Tagging'), ...CHANGED },
    'act tagging-exceptions',
    /Tagging 2/,
    [sync, { action: 'run-allocation', params: { ...target, rule_version: '1' } }, reconcile],
  ],
  ['never reconciled', NONE, 'act never-run', /there is no reconciliation/, [reconcile]],
  ['provisional, and final now', PROVISIONAL, 'act final-now', /everything since/, [reconcile]],
  ['Timing alone', open('Timing'), 'act out-of-date', /Timing 2/, [reconcile]],
  ['old totals', {}, 'act out-of-date', /which balances; open exceptions: none$/, [reconcile]],
  [
    'the last run failed',
    history({ status: 'failed', error: 'timed out' }),
    'act out-of-date',
    /Its last run failed \(timed out\)$/,
    [reconcile],
  ],
  [
    'the last run failed without a word',
    history({ status: 'failed' }),
    'act out-of-date',
    /failed \(no message\)$/,
    [reconcile],
  ],
  [
    'a summary that is missing its total',
    summary({ status: null, at: null }),
    'act out-of-date',
    /reconciliation without a total of an unknown time/,
    [reconcile],
  ],
];

describe('recon-failed decides', () => {
  decidesByTable(reconFailed, table, decide);

  test('failed, or over 1 %, is SEV-2', () => {
    const closed = (worstPct: number | null) => decide({ period: 'closed', ...summary({ worstPct }) });
    expect([closed(null), closed(1), closed(1.01)]).toMatchObject([
      { severity: 'SEV-3' },
      { severity: 'SEV-3' },
      { severity: 'SEV-2' },
    ]);
  });

  test('without any reconciliation the alarm is about its own month', () => {
    expect(reconFailed.targetOf({ name: 'recon-failed', changedAt: NOW })).toEqual({ period: '2026-11' });
  });

  test('a repair is proven by the reconciliation itself: one that is not there is none', () => {
    const holds = (change: { summary: ReconSummary }) =>
      reconFailed.recovery.check({ ...change, costs: [] }, { target, now: NOW }).healthy;
    expect([holds(summary({ worstPct: 0.5 })), holds(PROVISIONAL), holds(NONE), holds(summary({}))]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

const pct = fc.option(fc.double({ min: 0, max: 200, noNaN: true }));
const finding = fc.record({
  period: fc.constantFrom('open', 'closing', 'closed', 'unknown'),
  summary: fc.record({
    rows: fc.nat(3),
    status: fc.constantFrom('ok', 'warning', 'failed', 'resolved', 'provisional', null),
    at: fc.constantFrom('2026-11-20T04:00Z', null),
    worstPct: pct,
    unsettled: fc.nat(2),
    unbalanced: fc.nat(2),
    worst: fc.constant([]),
  }),
  exceptions: fc.uniqueArray(
    fc.record({
      category: fc.constantFrom('Tagging', 'Allocation', 'Invoice', 'Timing', 'FX'),
      open: fc.integer({ min: 1, max: 9 }),
    }),
    { selector: ({ category }) => category },
  ),
  totals: fc.record({
    awsUsd: fc.constant('5.000000'),
    allocatedUsd: fc.constant('5.000000'),
    overheadUsd: fc.constant('0'),
    invoicedUsd: fc.constant('0'),
    nothingCharged: fc.boolean(),
    nothingAllocated: fc.boolean(),
    allocationPct: pct,
    worstPct: pct,
    stale: fc.boolean(),
  }),
  report: fc.record({ final: fc.boolean(), newest: fc.constantFrom('2026-10-30T06:00Z', null) }),
  history: fc.record({
    status: fc.constantFrom('started', 'completed', 'failed', null),
    at: fc.constant(null),
    error: fc.constantFrom('timed out', null),
    orderedAt: fc.constantFrom('2026-11-23T12:00Z', null, null),
  }),
  rules: fc.constantFrom([], CHANGED.rules),
}) as fc.Arbitrary<Finding>;

const isOpen = ({ exceptions }: Finding, of: string): boolean =>
  exceptions.some(({ category }) => category === of);

decidesSoundly(reconFailed, {
  finding,
  target,
  mayNotAct: (found) => found.period === 'closed' || found.period === 'unknown',
  cites: ({ period, summary: { rows, worstPct } }) =>
    rows > 0 && worstPct !== null && period !== 'unknown' ? [percent(worstPct)] : [],
});

/** Marked resolved as it stands, and with a part or two of another finding perhaps not. */
const nearlyByHand = fc
  .tuple(finding, fc.subarray(Object.keys(warns) as (keyof Finding)[], { maxLength: 2 }))
  .map(([other, parts]): Finding => ({
    ...warns,
    ...BY_HAND,
    ...Object.fromEntries(parts.map((part) => [part, other[part]])),
  }));

test('nothing is marked resolved while anything is open, out of balance, old or not final', () => {
  fc.assert(
    fc.property(nearlyByHand, (found) => {
      const decision = decide(found);
      fc.pre(decision.branch === 'reconciled-by-hand');
      expect(found.exceptions).toEqual([]);
      expect(found.summary.unbalanced).toBe(0);
      expect(found.totals.stale).toBe(false);
      expect(found.totals.worstPct ?? 0).toBeLessThanOrEqual(0.5);
      expect(found.report.final).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('what is invoiced wrongly is no machine’s to settle', () => {
  fc.assert(
    fc.property(finding, (found) => {
      fc.pre(isOpen(found, 'Invoice') && (found.totals.allocationPct ?? 0) <= 0.5);
      expect(['escalate', 'leave']).toContain(decide(found).kind);
    }),
  );
});
