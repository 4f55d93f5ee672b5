import * as z from 'zod';
import { Alarm } from './alarm.ts';

/**
 * What a run is about; the playbook defines its keys. Locks, cooldowns and budgets are per playbook
 * and target.
 */
export const Target = z.record(z.string().max(64), z.string().max(256, 'at most 256 characters'));
export type Target = z.infer<typeof Target>;

/** `period 2026-11, tenant TEN-1` */
export const targetWords = (target: Target): string =>
  Object.entries(target)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');

/** `cur-freshness, period 2026-11` */
export const aboutWords = (playbook: string, target: Target): string =>
  [playbook, targetWords(target)].filter(Boolean).join(', ');

export const Mode = z.enum(['live', 'dry-run']);
export type Mode = z.infer<typeof Mode>;

/**
 * Who requested it, verified by AWS: by signed command, never by plain invoke. Two ARNs of one person
 * are one person.
 */
export const Caller = z.strictObject({ arn: z.string().min(1), person: z.string().min(1) });
export type Caller = z.infer<typeof Caller>;

/** Commands take less; it travels into checkpoints, which have a limit of their own. */
const LONGEST_WORDS = 1_200;

const person = {
  /** Who says they requested it. A plain invoke does not prove it: kept as a claim. */
  by: z.string().min(1).max(LONGEST_WORDS),
  /** Missing: `by` is only a claim. */
  caller: Caller.optional(),
  reason: z.string().min(1).max(LONGEST_WORDS),
  /** ISO 8601: when the dispatcher received the request. */
  at: z.iso.datetime(),
};

/** Why a run was started. */
export const Cause = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('alarm'),
    alarm: Alarm,
    /**
     * Why CloudWatch does not confirm it: such a run is a dry run.
     */
    unproven: z
      .string()
      .min(1)
      .max(LONGEST_WORDS * 2)
      .optional(),
    /** In which it was claimed, `2026-11-23T14`: one such run an hour. */
    hour: z.string().max(13).optional(),
  }),
  /** The sweep found this alarm in ALARM without a run working on it. */
  z.strictObject({ kind: z.literal('sweep'), alarm: Alarm, slot: z.string() }),
  /** An incident is open although none of its alarms is: is it over? Such a run only checks. */
  z.strictObject({ kind: z.literal('recovery'), incident: z.string(), slot: z.iso.datetime() }),
  /** Runs of later links of the billing chain wait for this incident: its own playbook works on it. */
  z.strictObject({ kind: z.literal('upstream'), incident: z.string(), slot: z.iso.datetime() }),
  z.strictObject({ kind: z.literal('manual'), ...person }),
  /** `evidence: kept` decides again on what the old run found; `today` probes again. */
  z.strictObject({
    kind: z.literal('replay'),
    of: z.string(),
    evidence: z.enum(['today', 'kept']),
    ...person,
  }),
  /** A person rolls back the ineffective run `of`. */
  z.strictObject({
    kind: z.literal('undo'),
    of: z.string(),
    ...person,
    caller: Caller,
  }),
]);
export type Cause = z.infer<typeof Cause>;

/** The order for one run. */
export const RunRequest = z.strictObject({
  /** The durable execution's name begins with it. */
  run: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  playbook: z.string().min(1),
  cause: Cause,
  /** Given by people; for alarms the playbook derives it. */
  target: Target.optional(),
  mode: Mode,
  /** The person through whom it exists although an alarm is its cause: who catches up with a skipped run. */
  startedBy: Caller.optional(),
});
export type RunRequest = z.infer<typeof RunRequest>;

/** As it is sent; `platform/order.ts` says what a proof is. */
export const SignedRun = RunRequest.extend({ proof: z.string().max(200).optional() });

/** The proven person through whom a run exists, whatever its cause. They do not approve of its plan. */
export const requesterOf = ({
  cause,
  startedBy,
}: Pick<RunRequest, 'cause' | 'startedBy'>): Caller | undefined =>
  startedBy ?? ('caller' in cause ? cause.caller : undefined);
