import type { Severity } from '../domain/decision.ts';

/** A message to people. Subject and body are enough; the rest is for channels that are shorter than a letter. */
export interface Notification {
  /** What has happened, as a code: `acting`, `escalated`, `approval`. Programs and filters of SNS go by it. */
  readonly event: string;
  /** Any text: it is made fit for SNS. */
  readonly subject: string;
  readonly body: string;
  /** What it is about. In chat one incident is one thread. */
  readonly incident?: AboutIncident;
  /** What is asked of people, in parts. */
  readonly asks?: Asks;
}

export interface AboutIncident {
  readonly id: string;
  /** The run that tells of itself. */
  readonly run?: string;
  readonly severity: Severity;
  /** Playbook and target, e.g. `cur-freshness 2026-11`. */
  readonly about: string;
  /** The news in one sentence, without what it is about. */
  readonly says: string;
  /** Addresses of evidence and the like. */
  readonly resources?: readonly string[];
}

export interface Asks {
  /** In two or three words: `take over`, `approve a plan`. */
  readonly what: string;
  /** ISO 8601: until when. */
  readonly by?: string;
  readonly episode?: number;
  /** A page with one button. */
  readonly link?: string;
  /** Lines to type. */
  readonly commands: readonly string[];
}
