import { Limits } from '../../lambdas/domain/limits.ts';

/** So small that a dozen commands come to each of them. */
const few = {
  cooldownMinutes: 10,
  budget: { perHour: 2, perDay: 4 },
  targetBudget: { perHour: 2, perDay: 3 },
  blastRadius: { rows: 1_000, usd: 1_500, tenants: 50 },
  breakerAfter: 2,
  returnsADay: 2,
};

/** A freeze begins every four hours, on the hour. */
export const FREEZE = { everyHours: 4, minutes: 30 };

export const MODEL_LIMITS = Limits.parse({
  trust: { initial: 'auto' },
  overall: { perHour: 3, perDay: 6 },
  others: few,
  playbooks: {
    'allocation-variance': {
      ...few,
      blastRadius: { rows: 1_000_000, usd: 1_000_000, tenants: 100 },
    },
  },
  freeze: {
    windows: [{ name: 'of the model', cron: `0 */${FREEZE.everyHours} * * *`, minutes: FREEZE.minutes }],
  },
  leaseMinutes: 60,
  approvalHours: 1,
});

/** Short where a run would only look again and again. */
export const MODEL_PACE = { jobLimit: 600 };
