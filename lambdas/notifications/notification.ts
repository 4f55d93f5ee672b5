import {} from '../domain/words.ts';
import type { Severity } from '../domain/decision.ts';
import { OUTCOMES } from '../domain/outcome.ts';

/** Every kind of message, as a code: programs and SNS filters use it. An outcome is a run's end. */
export const MESSAGE_KINDS = [
  ...OUTCOMES,
  'acting',
  'approval',
  'called',
  'joined',
  'acknowledged',
  'over',
  'postmortem',
  'order',
  'silenced',
  'unrecognised',
  'report',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** Subject and body are enough; the rest is for shorter channels. */
export interface Notification {
  readonly event: MessageKind;
  /** Any text: it is adapted to SNS. */
  readonly subject: string;
  readonly body: string;
  /** In chat one incident is one thread. */
  readonly incident?: AboutIncident;
  readonly asks?: Asks;
}

export interface AboutIncident {
  readonly id: string;
  /** `INC-<number>`; missing while the ledger is unavailable. */
  readonly number?: number;
  /** The run that reports. */
  readonly run?: string;
  readonly severity: Severity;
  /** Playbook and target, e.g. `cur-freshness 2026-11`. */
  readonly about: string;
  /** The fault in a few words: `costs are 4.3 days old`. */
  readonly title: string;
  /** The news in one sentence, without what it is about. */
  readonly says: string;
  /** Addresses, such as of evidence. */
  readonly resources?: readonly string[];
}

export interface Asks {
  /** In two or three words: `acknowledge`, `approve a plan`. */
  readonly what: string;
  /** ISO 8601: the deadline. */
  readonly by?: string;
  readonly episode?: number;
  /** A page with one button. */
  readonly link?: string;
  /** The same page, by an address that fits into an SMS. */
  readonly shortLink?: string;
  readonly commands: readonly string[];
}
