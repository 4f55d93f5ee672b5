import type { Severity } from '../domain/decision.ts';

/** Subject and body are enough; the rest is for shorter channels. */
export interface Notification {
  /** A code: `acting`, `escalated`, `approval`. Programs and SNS filters use it. */
  readonly event: string;
  /** Any text: it is adapted to SNS. */
  readonly subject: string;
  readonly body: string;
  /** In chat one incident is one thread. */
  readonly incident?: AboutIncident;
  readonly asks?: Asks;
}

export interface AboutIncident {
  readonly id: string;
  /** The run that reports. */
  readonly run?: string;
  readonly severity: Severity;
  /** Playbook and target, e.g. `cur-freshness 2026-11`. */
  readonly about: string;
  /** The news in one sentence, without what it is about. */
  readonly says: string;
  /** Addresses, such as of evidence. */
  readonly resources?: readonly string[];
}

export interface Asks {
  /** In two or three words: `take over`, `approve a plan`. */
  readonly what: string;
  /** ISO 8601: the deadline. */
  readonly by?: string;
  readonly episode?: number;
  /** A page with one button. */
  readonly link?: string;
  readonly commands: readonly string[];
}
