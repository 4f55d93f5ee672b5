import { createHash } from 'node:crypto';
import type { Alarm } from '../../domain/alarm.ts';

/** Where one message came from: for the log, for people, and to answer the queue that sent it. */
export interface Origin {
  /** The envelopes from outside in: `SNS`, `SQS > SNS > EventBridge`, `CloudWatch`, `invoke`. */
  readonly via: string;
  /** ARN of the topic or queue, where the envelope says so. */
  readonly source?: string;
  /** The SQS record to report when it can't be handled; messages of other envelopes fail as a whole event. */
  readonly sqsMessageId?: string;
}

/** What one message of an event turned out to be. `body` is the innermost text, as it was received. */
export type Received =
  | { readonly kind: 'alarm'; readonly alarm: Alarm; readonly body: string; readonly origin: Origin }
  /** Understood, and nothing for us to do. */
  | { readonly kind: 'ignored'; readonly reason: string; readonly body: string; readonly origin: Origin }
  /** A person has to look: perhaps an alarm is hidden in it. */
  | { readonly kind: 'unrecognised'; readonly reason: string; readonly body: string; readonly origin: Origin }
  /** Somebody invoked the function by hand; only ever alone in its event. */
  | {
      readonly kind: 'manual';
      readonly payload: Readonly<Record<string, unknown>>;
      readonly body: string;
      readonly origin: Origin;
    };

/** What a parser makes of one message; `readEvent` adds body and origin. */
export type Verdict =
  | { readonly kind: 'alarm'; readonly alarm: Alarm }
  | { readonly kind: 'ignored' | 'unrecognised'; readonly reason: string };

export const ignored = (reason: string): Verdict => ({ kind: 'ignored', reason });
export const unrecognised = (reason: string): Verdict => ({ kind: 'unrecognised', reason });

/** SHA-256 (hex) of a body: how an unrecognised message is named, so that a redelivery is found to be one. */
export const digestOf = (body: string): string => createHash('sha256').update(body).digest('hex');
