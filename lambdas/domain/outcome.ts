export type Outcome =
  | 'resolved'
  | 'self-healed'
  | 'refused'
  | 'escalated'
  | 'ineffective'
  | 'inconclusive'
  | 'failed'
  | 'rehearsed';
