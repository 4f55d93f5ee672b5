import { percent } from '../../../lambdas/domain/words.ts';
import * as fc from 'fast-check';
import type { Decision } from '../../../lambdas/domain/decision.ts';
import { allocationVariance } from '../../../lambdas/catalog/playbooks/allocation-variance.ts';
import type { CategoryRules } from '../../../lambdas/catalog/probes/allocation-rules.ts';
import type { AllocationTotals } from '../../../lambdas/catalog/probes/allocation-totals.ts';
import type { RerunHistory } from '../../../lambdas/catalog/probes/rerun-history.ts';
import type { TagGap } from '../../../lambdas/catalog/probes/tag-gap.ts';
import { decidesByTable, decidesSoundly, type DecisionRow } from './properties.ts';

const target = { period: '2026-11' };
const NOW = new Date('2026-11-23T14:00:00Z');

type Version = CategoryRules['versions'][number];
const rule = (category: string, ...changes: Partial<Version>[]): CategoryRules => ({
  category,
  sharedUsd: '11.500000',
  hasShared: true,
  versions: (changes.length > 0 ? changes : [{}]).map((change) => ({
    version: 1,
    keyMetric: 'egress_gb',
    pinned: false,
    startedInside: false,
    mapped: true,
    keyTotal: '42.000000',
    nothingUsed: false,
    ...change,
  })),
});
const service = (name: string, change: Partial<AllocationTotals['affected'][number]> = {}) => ({
  service: name,
  rawUsd: '100.000000',
  allocatedUsd: '99.300000',
  pct: 0.7,
  rows: 12,
  negativeUsage: false,
  ...change,
});

interface Finding {
  period: string;
  totals: AllocationTotals;
  history: RerunHistory;
  rules: CategoryRules[];
  tags: TagGap;
}
/** One service is off by 0.7 %, every rule is in order, every line is tagged. */
const off: Finding = {
  period: 'open',
  totals: {
    services: 9,
    lines: 1_600,
    rawUsd: '500.000000',
    allocatedUsd: '499.300000',
    nothingCharged: false,
    worstPct: 0.7,
    affectedCount: 1,
    affected: [service('AmazonEC2')],
  },
  history: { status: 'completed', at: '2026-11-23T13:00Z', error: null, orderedAt: null },
  rules: ['NAT', 'S3', 'OTHER'].map((category) => rule(category)),
  tags: { taggable: 1_500, untagged: 0, fromInventory: 0 },
};
const totals = (change: Partial<AllocationTotals>) => ({ totals: { ...off.totals, ...change } });
const rules = (...changed: CategoryRules[]) => ({ rules: [...changed, rule('S3'), rule('OTHER')] });
const CHANGED = rule('NAT', { version: 2, startedInside: true }, { version: 1 });

const decide = (change: Partial<Finding>): Decision =>
  allocationVariance.decide({ ...off, ...change }, { target, now: NOW });

const run = { action: 'run-allocation', params: target };
const runV1 = { action: 'run-allocation', params: { ...target, rule_version: '1' } };
const sync = { action: 'sync-tags', params: target };

const table: DecisionRow<Partial<Finding>>[] = [
  ['a closed period', { period: 'closed' }, 'escalate closed', /^2026-11 is closed/],
  ['an unknown period', { period: 'unknown' }, 'escalate unknown-period', /does not know the state/],
  ['exactly on the limit', totals({ worstPct: 0.5 }), 'leave within', /0\.5 % \(limit 0\.5 %\)/],
  ['nothing to compare', totals({ worstPct: null, nothingCharged: true }), 'leave within', /no cost/],
  [
    'all costs are zero',
    totals({ nothingCharged: true, worstPct: 100 }),
    'escalate no-costs',
    /1600 cost lines come to nothing, but 499\.30 USD/,
  ],
  [
    'usage that cost less than nothing',
    totals({ affected: [service('AmazonRDS', { rawUsd: '-7.000000', negativeUsage: true })] }),
    'escalate negative-usage',
    /AmazonRDS \(-7\.00 USD raw\)/,
  ],
  [
    're-run before',
    { history: { ...off.history, orderedAt: '2026-11-23T12:00Z' } },
    'escalate rerun-in-vain',
    /from here at 23 Nov 2026 12:00 UTC/,
  ],
  [
    'two rules changed from different versions',
    rules(CHANGED, rule('EBS', { version: 3, startedInside: true }, { version: 2 })),
    'escalate version-unclear',
    /rules of NAT, EBS changed/,
  ],
  [
    'the earlier version is not everybody’s',
    rules(CHANGED, rule('EBS', { version: 5 })),
    'escalate version-unclear',
    /rules of NAT changed.*pin one/,
  ],
  [
    'another category is pinned to another version',
    rules(CHANGED, rule('EBS', { version: 2, pinned: true }, { version: 1 })),
    'escalate version-unclear',
    /no one earlier version covers every category: pin one/,
  ],
  ['no rule', { rules: [{ ...rule('EBS'), versions: [] }] }, 'escalate rule-missing', /for EBS: shared/],
  [
    'a metric of no plan',
    rules(rule('NAT', { mapped: false, keyMetric: 'gpu_hours' })),
    'escalate metric-unmapped',
    /NAT by gpu_hours/,
    [run],
  ],
  [
    'a key total of zero',
    rules(rule('NAT', { nothingUsed: true, keyTotal: '0' })),
    'escalate key-total-zero',
    /shared cost of NAT by egress_gb/,
    [run],
  ],
  [
    'a key total of zero for a pool of zero',
    rules({ ...rule('NAT', { nothingUsed: true, mapped: false }), hasShared: false, sharedUsd: '0' }),
    'act out-of-step',
    /^2026-11: worst allocation variance 0\.7 % .* of 100\.00 USD$/,
    [run],
  ],
  [
    'the later version would divide by nothing, the earlier does not',
    rules(rule('NAT', { version: 2, startedInside: true, nothingUsed: true }, { version: 1 })),
    'act rule-changed',
    /version 1 was in effect.*Pinning it .* is for a person/,
    [runV1],
  ],
  [
    'the pinned version is taken, though it is not the newest',
    rules(rule('NAT', { version: 1, pinned: true }, { version: 2, mapped: false })),
    'act out-of-step',
    /^2026-11: worst allocation variance 0\.7 % .* of 100\.00 USD$/,
    [run],
  ],
  [
    'a rule that changed within the period, pinned by a person',
    rules(rule('NAT', { version: 2, startedInside: true, pinned: true }, { version: 1 })),
    'act out-of-step',
    /^2026-11: worst allocation variance 0\.7 % .* of 100\.00 USD$/,
    [run],
  ],
  [
    'a rule that began within the period, before which there was none',
    rules(rule('NAT', { startedInside: true })),
    'act out-of-step',
    /^2026-11: worst allocation variance 0\.7 % .* of 100\.00 USD$/,
    [run],
  ],
  [
    'a tag gap',
    { tags: { taggable: 1_500, untagged: 9, fromInventory: 7 } },
    'act tag-gap',
    /7 of 9 untagged lines/,
    [sync, run],
  ],
  [
    'untagged lines that the inventory does not know',
    { tags: { taggable: 1_500, untagged: 9, fromInventory: 0 } },
    'act out-of-step',
    /^2026-11: worst allocation variance 0\.7 % .* of 100\.00 USD$/,
    [run],
  ],
  [
    'a tag gap and a changed rule',
    { ...rules(CHANGED), tags: { taggable: 1_500, untagged: 9, fromInventory: 7 } },
    'act tag-gap',
    /7 of 9.*rules of NAT changed/,
    [sync, runV1],
  ],
  [
    'a changed rule',
    rules(CHANGED),
    'act rule-changed',
    /rules of NAT changed within the period: version 1/,
    [runV1],
  ],
  [
    'the last run failed',
    { history: { ...off.history, status: 'failed', error: 'timed out' } },
    'act out-of-step',
    /Its last run failed \(timed out\)$/,
    [run],
  ],
  [
    'the last run failed without a word',
    { history: { ...off.history, status: 'failed' } },
    'act out-of-step',
    /failed \(no message\)$/,
    [run],
  ],
  ['a closing period', { period: 'closing' }, 'act out-of-step', /99\.30 USD allocated of 100/, [run]],
  [
    'many services: three are named, the rest is counted',
    totals({
      affectedCount: 40,
      affected: ['A', 'B', 'C', 'D'].map((name) => service(name, { rows: name === 'A' ? 0 : 12 })),
    }),
    'act out-of-step',
    /A is not allocated of 100\.00 USD, B .*, C .* and 37 more services$/,
    [run],
  ],
];

describe('allocation-variance decides', () => {
  decidesByTable(allocationVariance, table, decide);

  test('over 1 % is SEV-2', () => {
    const closed = (worstPct: number) => decide({ period: 'closed', ...totals({ worstPct }) });
    expect([closed(1), closed(1.01)]).toMatchObject([{ severity: 'SEV-3' }, { severity: 'SEV-2' }]);
  });

  test('without a known period the alarm is about its own month', () => {
    expect(allocationVariance.targetOf({ name: 'allocation-variance', changedAt: NOW })).toEqual(target);
  });

  test('a repair is proven by the same figure, within the tolerance', () => {
    const holds = (worstPct: number | null) =>
      allocationVariance.recovery.check({ ...totals({ worstPct }), costs: [] }, { target, now: NOW }).healthy;
    expect([holds(0.5), holds(0.5001), holds(null)]).toEqual([true, false, true]);
  });
});

const usd = fc.integer({ min: -9_000, max: 900_000 }).map((cents) => (cents / 100).toFixed(6));
const version = fc.record({
  version: fc.integer({ min: 1, max: 3 }),
  keyMetric: fc.constantFrom('egress_gb', 'active_users'),
  pinned: fc.boolean(),
  startedInside: fc.boolean(),
  mapped: fc.boolean(),
  keyTotal: usd,
  nothingUsed: fc.boolean(),
});
const finding = fc.record({
  period: fc.constantFrom('open', 'closing', 'closed', 'unknown'),
  totals: fc
    .array(
      fc.record({
        service: fc.constantFrom('AmazonEC2', 'AmazonS3'),
        rawUsd: usd,
        allocatedUsd: usd,
        pct: fc.double({ min: 0.51, max: 200, noNaN: true }),
        rows: fc.nat(9),
        negativeUsage: fc.boolean(),
      }),
      { maxLength: 4 },
    )
    .map((affected) => ({
      services: 9,
      lines: 100,
      rawUsd: '10.000000',
      allocatedUsd: '11.000000',
      nothingCharged: false,
      worstPct: affected[0]?.pct ?? null,
      affectedCount: affected.length,
      affected,
    })),
  history: fc.record({
    status: fc.constantFrom('started', 'completed', 'failed', null),
    at: fc.constant(null),
    error: fc.constantFrom('timed out', null),
    orderedAt: fc.constantFrom('2026-11-23T12:00Z', null, null, null),
  }),
  rules: fc.uniqueArray(
    fc.record({
      category: fc.constantFrom('NAT', 'S3', 'EBS', 'OTHER'),
      sharedUsd: usd,
      hasShared: fc.boolean(),
      versions: fc.uniqueArray(version, { minLength: 1, maxLength: 3, selector: (one) => one.version }),
    }),
    { minLength: 1, selector: ({ category }) => category },
  ),
  tags: fc.record({ taggable: fc.nat(99), untagged: fc.nat(99), fromInventory: fc.nat(2) }),
}) as fc.Arbitrary<Finding>;

decidesSoundly(allocationVariance, {
  finding,
  target,
  mayNotAct: ({ period, totals: { worstPct }, history, rules }) =>
    period === 'closed' ||
    period === 'unknown' ||
    worstPct === null ||
    history.orderedAt !== null ||
    rules.some(({ versions, hasShared }) => hasShared && versions.every(({ nothingUsed }) => nothingUsed)),
  cites: ({ period, totals: { worstPct } }) =>
    period === 'open' && worstPct !== null ? [percent(worstPct)] : [],
});
