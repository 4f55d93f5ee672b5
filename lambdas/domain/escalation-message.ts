import type { Severity } from './decision.ts';

/** What the escalation of an episode sends, or does, once for each recipient. */
export type EscalationMessage =
  | Call
  /** Counts the runs that have joined since the batch before. Batches count from 1. */
  | { readonly kind: 'joined'; readonly batch: number }
  | { readonly kind: 'stand-down' | 'reminder' | 'postmortem-late' }
  | { readonly kind: FollowUp };

/** Calls the people of one level of the severity's ladder. Levels count from 1. */
export interface Call {
  readonly kind: 'call';
  readonly severity: Severity;
  readonly level: number;
}

/** Done once for an episode, and tried again until it is. */
export type FollowUp = 'jira' | 'jira-comment' | 'draft';

/** Its name in step names and in the audit's keys, which are contracts. It is made here, and never parsed. */
export function messageName(message: EscalationMessage): string {
  switch (message.kind) {
    case 'call':
      return `${message.severity}/rung-${message.level}`;
    case 'joined':
      return `joined/${message.batch}`;
    default:
      return message.kind;
  }
}

export const isSameMessage = (a: EscalationMessage, b: EscalationMessage): boolean =>
  messageName(a) === messageName(b);

/** What became of a message to one recipient. `nobody`: nobody was there to get it. */
export type Receipt = 'told' | 'nobody' | 'failed';

export const receiptOf = (of: {
  readonly toldAt: string | null;
  readonly confirmed: number | null;
}): Receipt => (of.toldAt !== null ? 'told' : of.confirmed === 0 ? 'nobody' : 'failed');
