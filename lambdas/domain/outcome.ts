export const OUTCOMES = [
  'resolved',
  'self-healed',
  'refused',
  'escalated',
  'ineffective',
  'inconclusive',
  'failed',
  'rehearsed',
] as const;
export type Outcome = (typeof OUTCOMES)[number];
