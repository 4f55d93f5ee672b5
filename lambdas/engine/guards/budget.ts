import type { PlansBegun } from '../../record/standing.ts';
import { defineGuard } from './definition.ts';
import { allow, refuse, type Verdict } from '../../domain/guard-answer.ts';

const SPANS = [
  ['hour', 'perHour', 3_600_000],
  ['day', 'perDay', 86_400_000],
] as const;

/** Limits the number of plans, whatever else is wrong. */
export const budget = defineGuard({
  name: 'budget',
  about: 'So many plans an hour and a day are enough: overall, per playbook, per target.',
  slots: ['before-diagnosing', 'before-asking', 'before-acting'],
  blocks: 'action',
  needs: ['standing'],
  judge({ standing, all, limits }) {
    const { begun } = standing;
    const verdicts = [
      weigh('overall', begun.overall, all.overall),
      weigh('playbook', begun.playbook, limits.budget),
      weigh('target', begun.target, limits.targetBudget),
    ].flat();
    const refused = verdicts.filter(({ answer }) => answer === 'refuse');
    const figures = verdicts.map((verdict) => verdict.figures).join(', ');
    if (refused.length === 0) return allow(figures);
    const until = refused
      .map((verdict) => verdict.until ?? '')
      .sort()
      .at(-1);
    return refuse(
      `${refused.map((verdict) => verdict.figures).join(', ')} (all: ${figures})`,
      until ? { until } : {},
    );
  },
});

function weigh(whose: string, begun: PlansBegun, most: { perHour: number; perDay: number }): Verdict[] {
  return SPANS.map(([span, limit, ms]) => {
    const { count, oldest } = begun[span];
    const figures = `${whose} ${count} of ${most[limit]} this ${span}`;
    if (count < most[limit]) return allow(figures);
    // With a limit of 0 there is never room.
    const until = oldest === null ? undefined : new Date(Date.parse(oldest) + ms).toISOString();
    return refuse(figures, until === undefined ? {} : { until });
  });
}
