import { playbookById } from '../../../lambdas/catalog/playbooks/registry.ts';
import { limitsOf } from '../../../lambdas/domain/limits.ts';
import { MODEL_LIMITS } from '../limits.ts';
import type { RunStory, Story } from '../story.ts';

type Acting = Story['acting'][number];

const HOUR_MS = 3_600_000;

const limitsInForce = (id: string) => limitsOf(MODEL_LIMITS, playbookById(id) ?? { id });

/** It acts within every limit: budgets, cooldown, breaker, recurrence, and what one plan may change. */
export function limits(story: Story): string[] {
  const { acting } = story;
  return acting.flatMap((run, i) => {
    const before = acting.slice(0, i);
    return [
      ...overBudget(run, before),
      ...tooLarge(run),
      // What a person has undone need not wait.
      ...(run.cause.kind === 'undo'
        ? []
        : [...tooSoon(run, before), ...tooOften(run, before), ...inARow(run, before, story)]),
    ].map((how) => `acts past a limit: ${run.run}, ${how}`);
  });
}

const sameTarget =
  (a: RunStory) =>
  (b: RunStory): boolean =>
    a.playbook === b.playbook && a.target === b.target;

function overBudget(run: Acting, before: readonly Acting[]): string[] {
  const own = limitsInForce(run.playbook);
  const budgets = [
    ['overall', MODEL_LIMITS.overall, before],
    ['of the playbook', own.budget, before.filter(({ playbook }) => playbook === run.playbook)],
    ['of the target', own.targetBudget, before.filter(sameTarget(run))],
  ] as const;
  return budgets.flatMap(([whose, { perHour, perDay }, runs]) =>
    (
      [
        ['hour', 1, perHour],
        ['day', 24, perDay],
      ] as const
    ).flatMap(([span, hours, most]) => {
      const since = run.claim.at.getTime() - hours * HOUR_MS;
      const count = runs.filter(({ claim }) => claim.at.getTime() > since + 1_000).length;
      return count >= most
        ? [`the ${count + 1}th plan ${whose} within the ${span}; wanted at most ${most}`]
        : [];
    }),
  );
}

function tooSoon(run: Acting, before: readonly Acting[]): string[] {
  const { cooldownMinutes } = limitsInForce(run.playbook);
  return before.filter(sameTarget(run)).flatMap(({ run: other, acts }) => {
    const minutes = (run.claim.at.getTime() - (acts.at(-1)?.at.getTime() ?? 0)) / 60_000;
    return minutes < cooldownMinutes
      ? [`${minutes.toFixed(1)} minutes after ${other}; wanted ${cooldownMinutes}`]
      : [];
  });
}

function tooOften(run: Acting, before: readonly Acting[]): string[] {
  const { returnsADay } = limitsInForce(run.playbook);
  const resolved = before.filter(
    (other) => sameTarget(run)(other) && other.outcome === 'resolved' && isWithinADay(other, run),
  );
  // Each of them has closed the incident, which has come back since.
  return resolved.length >= returnsADay
    ? [`after ${resolved.length} returns of its incident; wanted fewer than ${returnsADay}`]
    : [];
}

const isWithinADay = ({ endedAt }: RunStory, { claim }: Acting): boolean =>
  endedAt !== undefined &&
  endedAt < claim.at &&
  endedAt.getTime() > claim.at.getTime() - 24 * HOUR_MS + 60_000;

function inARow(run: Acting, before: readonly Acting[], { world }: Story): string[] {
  const { breakerAfter } = limitsInForce(run.playbook);
  const reset = world.orders.resets.findLast(
    ({ playbook, at }) => playbook === run.playbook && at < run.claim.at,
  );
  const ended = before
    .filter(
      ({ playbook, endedAt }) => playbook === run.playbook && endedAt !== undefined && endedAt < run.claim.at,
    )
    .filter(({ endedAt }) => !reset || (endedAt ?? reset.at) > reset.at)
    .sort((a, b) => (a.endedAt?.getTime() ?? 0) - (b.endedAt?.getTime() ?? 0));
  const helped = ended.findLastIndex(({ outcome }) => outcome === 'resolved');
  const vain = ended
    .slice(helped + 1)
    .filter(({ outcome }) => outcome === 'ineffective' || outcome === 'failed').length;
  return vain >= breakerAfter
    ? [`after ${vain} plans in a row that did not help; wanted a person's reset`]
    : [];
}

function tooLarge({ playbook, acts }: Acting): string[] {
  const { usd: most } = limitsInForce(playbook).blastRadius;
  const usd = acts.reduce((sum, act) => sum + (act.usd ?? 0), 0);
  return usd > most ? [`${usd.toFixed(2)} USD; wanted at most ${most}`] : [];
}
