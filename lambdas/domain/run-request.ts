import * as z from 'zod';
import { Alarm } from './alarm.ts';

/**
 * What a run is about; which keys it has is the playbook's business. Locks, cooldowns and budgets are per
 * playbook and target.
 */
export const Target = z.record(z.string(), z.string());
export type Target = z.infer<typeof Target>;

/** `period 2026-11, tenant TEN-1`, for people. */
export const targetWords = (target: Target): string =>
  Object.entries(target)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

/** `cur-freshness, period 2026-11`: what a run or an incident is about. */
export const aboutWords = (playbook: string, target: Target): string =>
  [playbook, targetWords(target)].filter(Boolean).join(', ');

export const Mode = z.enum(['live', 'dry-run']);
export type Mode = z.infer<typeof Mode>;

/** Who asked, as AWS has verified it: by the signed command, never by a plain invoke. Two ARNs of one person are one person. */
export const Caller = z.strictObject({ arn: z.string().min(1), person: z.string().min(1) });
export type Caller = z.infer<typeof Caller>;

const person = {
  /** Who says they asked. A plain invoke does not prove it: kept as a claim. */
  by: z.string().min(1),
  /** Undefined: `by` is only a claim. */
  caller: Caller.optional(),
  reason: z.string().min(1),
  /** ISO 8601: when the dispatcher took the request. */
  at: z.iso.datetime(),
};

/** Why a run was started. */
export const Cause = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('alarm'), alarm: Alarm }),
  /** The sweep found this alarm in ALARM with nobody at work on it. */
  z.strictObject({ kind: z.literal('sweep'), alarm: Alarm, slot: z.string() }),
  /** An incident is open although none of its alarms stands: is it over? Such a run looks, and does nothing else. */
  z.strictObject({ kind: z.literal('recovery'), incident: z.string(), slot: z.iso.datetime() }),
  z.strictObject({ kind: z.literal('manual'), ...person }),
  /** `evidence: kept` decides again on what the old run saw; `today` looks anew. */
  z.strictObject({
    kind: z.literal('replay'),
    of: z.string(),
    evidence: z.enum(['today', 'kept']),
    ...person,
  }),
  /** A person has the ineffective run `of` undone. */
  z.strictObject({
    kind: z.literal('undo'),
    of: z.string(),
    ...person,
    caller: Caller,
  }),
]);
export type Cause = z.infer<typeof Cause>;

/** The event of the runner function: the dispatcher's (or the sweep's) order for one run. */
export const RunRequest = z.strictObject({
  /** The run's id, which is the durable execution's name too: `[A-Za-z0-9_-]`, at most 64. */
  run: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  playbook: z.string().min(1),
  cause: Cause,
  /** Given by people; for alarms the playbook derives it. */
  target: Target.optional(),
  mode: Mode,
});
export type RunRequest = z.infer<typeof RunRequest>;
