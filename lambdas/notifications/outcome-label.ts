import type { Outcome } from '../domain/outcome.ts';

/** What the reason of an outcome is the reason of, for a message's line; figures of after an action say so. */
export const OUTCOME_LABELS: Readonly<Record<Outcome, string>> = {
  resolved: 'Now',
  'self-healed': 'Now',
  refused: 'Not repaired',
  rehearsed: 'Not repaired',
  escalated: 'Outcome',
  ineffective: 'After acting',
  inconclusive: 'After acting',
  failed: 'What failed',
};
