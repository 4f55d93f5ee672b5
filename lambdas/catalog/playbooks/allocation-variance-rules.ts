import type { CategoryRules } from '../probes/allocation-rules.ts';

/** The rules by which an allocation would split the shared cost. */
export interface ChosenRules {
  /** The version to request, if a rule changed within the period; undefined: those in effect. */
  readonly version: number | undefined;
  /** Categories whose rule changed within the period, without a pin. */
  readonly changed: readonly string[];
  /**
   * No single earlier version: the changed rules disagree, or a category does not have it or is pinned
   * to another.
   */
  readonly unclear: boolean;
  /** Categories without a rule: the run would refuse. */
  readonly missing: readonly string[];
  /** Categories with shared cost whose key metric no plan has, as "NAT by egress_gb". */
  readonly unmapped: readonly string[];
  /** Categories with shared cost whose key total is zero. */
  readonly unweighted: readonly string[];
}

/**
 * A month is split by one rule: if it changed within the period, by the version in effect when the
 * period began. A version that a person pinned stays.
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

/** What the job takes if no version is requested. */
const newest = ({ versions }: CategoryRules) =>
  highest(versions.filter(({ pinned }) => pinned)) ?? highest(versions);

const earlierVersion = ({ versions }: CategoryRules): number | undefined =>
  highest(versions.filter(({ startedInside }) => !startedInside))?.version;
