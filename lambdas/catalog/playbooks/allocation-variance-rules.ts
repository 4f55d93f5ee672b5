import type { CategoryRules } from '../probes/allocation-rules.ts';

/** What a run of the allocation would split the shared cost by. */
export interface ChosenRules {
  /** The version to ask for, where a rule was changed within the period; undefined: those in effect. */
  readonly version: number | undefined;
  /** Categories whose rule was changed within the period by nobody's pin. */
  readonly changed: readonly string[];
  /** The earlier version can't be asked for: the changed rules disagree on it, or a category is missing it or is pinned to another. */
  readonly unclear: boolean;
  /** Categories without any rule: the run would refuse, and the shared cost has nowhere to go. */
  readonly missing: readonly string[];
  /** Categories with shared cost whose key metric no plan knows, as "NAT by egress_gb". */
  readonly unmapped: readonly string[];
  /** Categories with shared cost whose key totals zero. */
  readonly unweighted: readonly string[];
}

/**
 * A month is split by one rule: of one that changed within the period the version is taken that was in effect when it
 * began. A version that a person pinned is theirs, and stays.
 */
export function chooseRules(rules: readonly CategoryRules[]): ChosenRules {
  const changed = rules.filter(
    ({ versions }) =>
      versions.some(({ startedInside }) => startedInside) &&
      versions.some(({ startedInside }) => !startedInside) &&
      !versions.some(({ pinned }) => pinned),
  );
  const earlier = new Set(changed.map((rule) => earlierVersion(rule)));
  const [version] = earlier;
  const takes = ({ versions }: CategoryRules): boolean =>
    versions.some((one) => one.version === version) &&
    !versions.some((one) => one.pinned && one.version !== version);
  const unclear = version !== undefined && (earlier.size > 1 || !rules.every(takes));

  const chosen = rules.map((of) => ({
    ...of,
    rule: unclear || version === undefined ? newest(of) : of.versions.find((one) => one.version === version),
  }));
  const named = (bad: (rule: CategoryRules['versions'][number]) => boolean): string[] =>
    chosen.flatMap(({ category, hasShared, rule }) =>
      hasShared && rule && bad(rule) ? [`${category} by ${rule.keyMetric}`] : [],
    );
  return {
    version: unclear ? undefined : version,
    changed: changed.map(({ category }) => category),
    unclear,
    missing: chosen.flatMap(({ category, rule }) => (rule ? [] : [category])),
    unmapped: named(({ mapped }) => !mapped),
    unweighted: named(({ nothingUsed }) => nothingUsed),
  };
}

const highest = (versions: CategoryRules['versions']) =>
  [...versions].sort((a, b) => b.version - a.version).at(0);

/** As the job takes it, when it is asked for none. */
const newest = ({ versions }: CategoryRules) =>
  highest(versions.filter(({ pinned }) => pinned)) ?? highest(versions);

const earlierVersion = ({ versions }: CategoryRules): number | undefined =>
  highest(versions.filter(({ startedInside }) => !startedInside))?.version;
