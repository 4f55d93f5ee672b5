import { createHash } from 'node:crypto';
import type { Alarm } from '../../domain/alarm.ts';

/** Where a message came from: for the log, for people, and to answer its queue. */
export interface Origin {
  /** From outside in: `SNS`, `SQS > SNS > EventBridge`, `CloudWatch`, `invoke`. */
  readonly via: string;
  /** ARN of the topic or queue, if the envelope has it. */
  readonly source?: string;
  /** The SQS record to report on failure; messages of other envelopes fail as a whole event. */
  readonly sqsMessageId?: string;
}

interface OfAlarm {
  readonly kind: 'alarm';
  readonly alarm: Alarm;
  /** The one of the alarm's time series that changed. What it says is never true of the alarm as a whole. */
  readonly contributor?: string;
}

/** `body` is the innermost text, as received. */
export type Received =
  | (OfAlarm & { readonly body: string; readonly origin: Origin })
  /** Understood, and nothing to do. */
  | { readonly kind: 'ignored'; readonly reason: string; readonly body: string; readonly origin: Origin }
  /** A person must check: it may hide an alarm. */
  | { readonly kind: 'unrecognised'; readonly reason: string; readonly body: string; readonly origin: Origin }
  /** Somebody invoked the function by hand; always alone in its event. */
  | {
      readonly kind: 'manual';
      readonly payload: Readonly<Record<string, unknown>>;
      readonly body: string;
      readonly origin: Origin;
    };

/** A parser's result for one message; `readEvent` adds body and origin. */
export type Verdict = OfAlarm | { readonly kind: 'ignored' | 'unrecognised'; readonly reason: string };

export const ignored = (reason: string): Verdict => ({ kind: 'ignored', reason });
export const unrecognised = (reason: string): Verdict => ({ kind: 'unrecognised', reason });

/** SHA-256 (hex): names an unrecognised message, so that a redelivery is recognised. */
export const digestOf = (body: string): string => createHash('sha256').update(body).digest('hex');
