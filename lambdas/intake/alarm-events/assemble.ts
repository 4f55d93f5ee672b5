import type * as z from 'zod';
import { oneLine } from '../../domain/foreign-text.ts';
import { AlarmState, type Alarm, type AlarmKind } from '../../domain/alarm.ts';
import { textOf } from './json.ts';
import { unrecognised, type Verdict } from './received.ts';
import { placeOfArn, regionCode } from './region.ts';
import { normaliseTime } from './state-time.ts';

/** An alarm as an envelope states it, before validation. */
export interface StatedAlarm {
  readonly name: unknown;
  readonly state: unknown;
  readonly changedAt: unknown;
  readonly previous?: unknown;
  readonly reason?: unknown;
  readonly arn?: unknown;
  readonly account?: unknown;
  /** A code or a display name. */
  readonly region?: unknown;
  /** Topic that brought it: alarms notify topics of their own Region only. */
  readonly topicArn?: string | undefined;
  readonly kind: z.infer<typeof AlarmKind>;
  readonly suppressedBy?: string | undefined;
  /** Its id, or what else names one. */
  readonly contributor?: unknown;
}

/** CloudWatch's limit is 1,023; longer text is somebody else's, and the run's payload is bounded, too. */
export const LONGEST_REASON = 2_000;
/** CloudWatch's limit for a name; an ARN, an account or a rule with more is none. */
const LONGEST_NAME = 255;

/** One `Alarm` from what an envelope states; names everything that is missing or wrong at once. */
export function assemble(stated: StatedAlarm): Verdict {
  const name = text(stated.name, LONGEST_NAME);
  const state = AlarmState.safeParse(stated.state);
  const changedAt = text(stated.changedAt) && normaliseTime(text(stated.changedAt) ?? '');
  if (name === undefined || !state.success || !changedAt) {
    const mistakes = [
      name === undefined &&
        `its name is ${shown(stated.name)} instead of a text of at most ${LONGEST_NAME} characters`,
      !state.success && `its state is ${shown(stated.state)} instead of OK, ALARM or INSUFFICIENT_DATA`,
      !changedAt && `its time of change is ${shown(stated.changedAt)} instead of an ISO 8601 time`,
    ];
    return unrecognised(
      `looks like an alarm${name ? ` "${name}"` : ''}, but ${mistakes.filter(Boolean).join('; ')}`,
    );
  }
  const arn = text(stated.arn, 2_048);
  const previous = AlarmState.safeParse(stated.previous);
  const alarm: Alarm = {
    name,
    ...(arn && { arn }),
    ...placeOf(stated, arn),
    kind: stated.kind,
    state: state.data,
    ...(previous.success && { previous: previous.data }),
    changedAt,
    reason: oneLine(text(stated.reason, Infinity) ?? '', LONGEST_REASON),
    ...(stated.suppressedBy && { suppressedBy: oneLine(stated.suppressedBy, LONGEST_NAME) }),
  };
  const { contributor } = stated;
  if (contributor === undefined || contributor === false) return { kind: 'alarm', alarm };
  return { kind: 'alarm', alarm, contributor: oneLine(textOf(contributor), LONGEST_NAME) };
}

/**
 * Region and account: the ARN's, else as stated, else the topic's. The same for all envelopes, since
 * both are part of the run's name.
 */
function placeOf(stated: StatedAlarm, arn: string | undefined): { account: string; region: string } {
  const own = placeOfArn(arn ?? '');
  const topic = placeOfArn(stated.topicArn ?? '');
  return {
    region: own.region ?? regionCode(text(stated.region) ?? '') ?? topic.region ?? 'unknown',
    account: own.account ?? accountOf(stated.account) ?? topic.account ?? 'unknown',
  };
}

/** A number has lost its leading zeros on the way. */
function accountOf(stated: unknown): string | undefined {
  if (typeof stated === 'number' && Number.isSafeInteger(stated)) return String(stated).padStart(12, '0');
  return text(stated);
}

const text = (value: unknown, most = LONGEST_NAME) =>
  typeof value === 'string' && value.trim() !== '' && value.length <= most ? value : undefined;

const shown = (value: unknown) =>
  value === undefined ? 'missing' : (JSON.stringify(value) ?? typeof value).slice(0, 60);
