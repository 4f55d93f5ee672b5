import * as z from 'zod';

/** CloudWatch's three states. */
export const AlarmState = z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']);
export type AlarmState = z.infer<typeof AlarmState>;

export const AlarmKind = z.enum(['metric', 'metric-math', 'anomaly', 'percentile', 'composite']);

/**
 * One transition of one alarm, whatever envelope brought it: the same transition gives the same value, so it
 * can be named, hashed and deduplicated.
 */
export const Alarm = z.strictObject({
  name: z.string().min(1),
  /** Old messages lack it. */
  arn: z.string().optional(),
  /** Twelve digits; a string, for the leading zeros. */
  account: z.string(),
  /** A Region's code such as `us-east-1`; `unknown` where the message gives neither ARN nor a known name. */
  region: z.string(),
  kind: AlarmKind,
  state: AlarmState,
  /** Missing on the first evaluation and in some old messages. */
  previous: AlarmState.optional(),
  /** When the state changed: ISO 8601, UTC, milliseconds, `Z`. */
  changedAt: z.iso.datetime(),
  /** CloudWatch's own words. */
  reason: z.string(),
  /** Who mutes the alarm's actions, when somebody does (`Alarm`, `WaitPeriod`, a mute rule…). */
  suppressedBy: z.string().optional(),
});
export type Alarm = z.infer<typeof Alarm>;
