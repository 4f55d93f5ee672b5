import * as z from 'zod';
import { Freeze } from './freeze-window.ts';

/**
 * How far the responder may go by itself: all of it is here, every default is the careful one, and `npm run
 * respond -- limits` shows each with its unit. A value is in force from the deployment that brings it.
 */

/** A playbook is rehearsed beside people, then acts with their approval, then by itself. */
export const TRUST_LEVELS = ['shadow', 'approve', 'auto'] as const;
export const Trust = z.enum(TRUST_LEVELS);
export type Trust = z.infer<typeof Trust>;

const count = (unit: string, fallback: number) => z.int().min(0).default(fallback).describe(unit);

const budget = (whose: string, { perHour, perDay }: { perHour: number; perDay: number }) =>
  z
    .strictObject({
      perHour: count(`plans of ${whose} an hour`, perHour),
      perDay: count(`plans of ${whose} in 24 hours`, perDay),
    })
    .prefault({});

const blastRadius = (most: { rows: number; usd: number; tenants: number }) =>
  z
    .strictObject({
      rows: count('rows that one plan may write', most.rows),
      usd: count('USD that one plan may charge, settle or distribute anew', most.usd),
      tenants: count('tenants whose figures one plan may change', most.tenants),
    })
    .prefault({});

/** What holds for one playbook; all of it may be set for each by its id. */
const playbookLimits = (most: { rows: number; usd: number; tenants: number }) =>
  z.strictObject({
    cooldownMinutes: count('minutes of rest after a plan on the same target', 30),
    budget: budget('the playbook', { perHour: 4, perDay: 12 }),
    targetBudget: budget('the playbook on one target', { perHour: 2, perDay: 4 }),
    blastRadius: blastRadius(most),
    breakerAfter: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe('plans in a row, ineffective or failed, that open the breaker'),
    returnsADay: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .describe('returns of one incident within 24 hours, of which the last is left to people'),
  });
export type PlaybookLimits = z.infer<ReturnType<typeof playbookLimits>>;

/** Of playbooks that change single things. */
const SINGLE = { rows: 1_000, usd: 100_000, tenants: 50 };
/** Beyond fifty invoices two people approve of them first; a run knows no more tenants than these. */
const INVOICES = { ...SINGLE, tenants: 200 };
/** Of those that compute a month anew from what AWS delivered: the whole month, every tenant of it, is what they are for. */
const WHOLE_MONTH = { rows: 200_000_000, usd: 50_000_000, tenants: 10_000 };

const Playbooks = z
  .strictObject({
    'cur-freshness': playbookLimits(WHOLE_MONTH).prefault({}),
    'allocation-variance': playbookLimits(WHOLE_MONTH).prefault({}),
    'recon-failed': playbookLimits(WHOLE_MONTH).prefault({}),
    'budget-stale': playbookLimits(WHOLE_MONTH).prefault({}),
    'tag-coverage-drop': playbookLimits(WHOLE_MONTH).prefault({}),
    'invoice-lag': playbookLimits(INVOICES).prefault({}),
  })
  .catchall(playbookLimits(SINGLE))
  .prefault({});

export const Limits = z.strictObject({
  /** A new playbook begins in the shadow; people raise it by command, and the ledger keeps where it stands. */
  trust: z
    .strictObject({
      initial: Trust.default('shadow').describe('rung on which every playbook begins'),
    })
    .prefault({}),
  overall: budget('all playbooks', { perHour: 10, perDay: 40 }),
  others: playbookLimits(SINGLE).prefault({}).describe('playbooks without limits of their own'),
  playbooks: Playbooks,
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
  /** Of an assumed role only these count as people, by the session's name; of any other, all sessions are one person. */
  peoplesRoles: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'roles whose trust enforces that the session bears its person’s name; Identity Center’s always do',
    ),
});
export type Limits = z.infer<typeof Limits>;

export const limitsOf = ({ playbooks, others }: Limits, playbook: string): PlaybookLimits =>
  playbooks[playbook] ?? others;
