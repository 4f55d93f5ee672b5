import * as z from 'zod';
import { Freeze } from './freeze-window.ts';

/**
 * How far the responder may go by itself. Every default is the careful one; `npm run respond --
 * limits` shows each with its unit. A value applies from the deployment that brings it.
 */

/** A playbook is first rehearsed beside people, then acts with approval, then by itself. */
export const TRUST_LEVELS = ['shadow', 'approve', 'auto'] as const;
export const Trust = z.enum(TRUST_LEVELS);
export type Trust = z.infer<typeof Trust>;

const count = (unit: string) => z.int().min(0).describe(unit);

const budget = (whose: string) =>
  z.strictObject({
    perHour: count(`plans of ${whose} an hour`),
    perDay: count(`plans of ${whose} in 24 hours`),
  });

const Own = budget('the playbook');
const OnTarget = budget('the playbook on one target');

const BlastRadius = z.strictObject({
  rows: count('rows that one plan may write'),
  usd: count('USD that one plan may charge, settle or distribute again'),
  tenants: count('tenants whose figures one plan may change'),
});

const times = (what: string) => z.int().min(1).max(100).describe(what);

const PlaybookLimits = z.strictObject({
  cooldownMinutes: count('minutes of rest after a plan on the same target'),
  budget: Own,
  targetBudget: OnTarget,
  blastRadius: BlastRadius,
  breakerAfter: times('plans in a row, ineffective or failed, that open the breaker'),
  returnsADay: times('returns of one incident within 24 hours, of which the last is left to people'),
});
export type PlaybookLimits = z.infer<typeof PlaybookLimits>;

/** Any part of them; the rest is the default. */
const SomeLimits = PlaybookLimits.extend({
  budget: Own.partial(),
  targetBudget: OnTarget.partial(),
  blastRadius: BlastRadius.partial(),
}).partial();
export type SomeLimits = z.infer<typeof SomeLimits>;

/** For a playbook that changes single things. */
const USUAL: PlaybookLimits = {
  cooldownMinutes: 30,
  budget: { perHour: 4, perDay: 12 },
  targetBudget: { perHour: 2, perDay: 4 },
  blastRadius: { rows: 1_000, usd: 100_000, tenants: 50 },
  breakerAfter: 3,
  returnsADay: 3,
};

/** Blast radius of a playbook whose job recomputes a whole month, for every tenant. */
export const WHOLE_MONTH: PlaybookLimits['blastRadius'] = {
  rows: 200_000_000,
  usd: 50_000_000,
  tenants: 10_000,
};

const Overall = budget('all playbooks');

export const Limits = z.strictObject({
  /** People raise it by command; the ledger keeps the current level. */
  trust: z
    .strictObject({
      initial: Trust.default('shadow').describe('trust level that every playbook begins with'),
    })
    .prefault({}),
  overall: Overall.extend({
    perHour: Overall.shape.perHour.default(10),
    perDay: Overall.shape.perDay.default(40),
  }).prefault({}),
  others: SomeLimits.default({}).describe('playbooks without limits of their own'),
  /** By the playbook's id; they override the playbook's own. */
  playbooks: z.record(z.string(), SomeLimits).default({}),
  freeze: Freeze.prefault({}),
  leaseMinutes: z
    .int()
    .min(60)
    .max(1_440)
    .default(120)
    .describe('minutes that a lock is held without being renewed'),
  approvalHours: z
    .int()
    .min(1)
    .max(72)
    .default(8)
    .describe('hours after which a request for approval expires'),
  evidenceDays: z
    .int()
    .min(7)
    .max(1_096)
    .default(90)
    .describe(
      'days that the ledger shows rows of evidence; hashes stay, and the bucket has its own retention',
    ),
});
export type Limits = z.infer<typeof Limits>;

/** A playbook's own limits; `npm run new-playbook` writes none. */
export interface Limited {
  readonly id: string;
  readonly limits?: SomeLimits;
}

/** The limits of a playbook: configuration overrides its own, which override the defaults. */
export function limitsOf({ playbooks, others }: Limits, { id, limits }: Limited): PlaybookLimits {
  const configured = playbooks[id];
  const own = limits === undefined && configured === undefined ? [others] : [limits, configured];
  return PlaybookLimits.parse(own.reduce<SomeLimits>(changed, USUAL));
}

const changed = (below: SomeLimits, above: SomeLimits = {}): SomeLimits => ({
  ...below,
  ...above,
  budget: { ...below.budget, ...above.budget },
  targetBudget: { ...below.targetBudget, ...above.targetBudget },
  blastRadius: { ...below.blastRadius, ...above.blastRadius },
});
