import * as z from 'zod';
import { SEVERITIES } from './decision.ts';

/** Calls the people of one level of the severity's ladder. Levels count from 1. */
const Call = z.strictObject({
  kind: z.literal('call'),
  severity: z.enum(SEVERITIES),
  level: z.int().positive(),
});
export type Call = Readonly<z.infer<typeof Call>>;

/** Done once for an episode, and retried until it succeeds. */
const FollowUp = z.enum(['jira', 'jira-comment', 'draft']);
export type FollowUp = z.infer<typeof FollowUp>;

/** An event for a pager, which has an alert of its own for each severity of an episode. */
const PagerEvent = z.strictObject({
  kind: z.enum(['pager-trigger', 'pager-acknowledge', 'pager-resolve']),
  severity: z.enum(SEVERITIES),
});
export type PagerEvent = Readonly<z.infer<typeof PagerEvent>>;

/** What the escalation of an episode sends or does, once for each recipient. */
export const EscalationMessage = z.union([
  Call,
  // Counts the runs that joined since the batch before. Batches count from 1.
  z.strictObject({ kind: z.literal('joined'), batch: z.int().positive() }),
  // Once for each severity: a higher one is acknowledged again.
  z.strictObject({ kind: z.literal('acknowledged'), severity: z.enum(SEVERITIES) }),
  z.strictObject({ kind: z.enum(['stand-down', 'reminder', 'postmortem-late']) }),
  z.strictObject({ kind: FollowUp }),
  PagerEvent,
]);
export type EscalationMessage = Readonly<z.infer<typeof EscalationMessage>>;

/** Part of step names and of the audit's keys, which are contracts. Never parsed. */
export function messageName(message: EscalationMessage): string {
  switch (message.kind) {
    case 'call':
      return `${message.severity}/rung-${message.level}`;
    case 'joined':
      return `joined/${message.batch}`;
    case 'acknowledged':
      return `acknowledged/${message.severity}`;
    case 'pager-trigger':
    case 'pager-acknowledge':
    case 'pager-resolve':
      return `${message.kind}/${message.severity}`;
    default:
      return message.kind;
  }
}

export const isSameMessage = (a: EscalationMessage, b: EscalationMessage): boolean =>
  messageName(a) === messageName(b);

/** How a message to one recipient ended. `nobody`: it has no confirmed subscription. */
export type Receipt = 'told' | 'nobody' | 'failed';

export const receiptOf = (of: {
  readonly toldAt: string | null;
  readonly confirmed: number | null;
}): Receipt => (of.toldAt !== null ? 'told' : of.confirmed === 0 ? 'nobody' : 'failed');
