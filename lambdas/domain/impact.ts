/** What an action would change at most: the figures that blast-radius limits apply to. */
export interface Impact {
  /** Rows (lines, messages, instances, notices) written at most. */
  readonly rows: number;
  /** Money charged, settled or distributed again, in USD: a decimal as text, never a float. */
  readonly usd: string;
  /** Ids of tenants whose figures would change. */
  readonly tenants: readonly string[];
}
