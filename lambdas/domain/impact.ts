/** What an action would change, foreseen by looking only: the figures that blast-radius limits are about. */
export interface Impact {
  /** Rows (lines, messages, instances, notices) that would be written, at most. */
  readonly rows: number;
  /** Money that would be charged, settled or distributed anew, in USD: a decimal as text, never a float. */
  readonly usd: string;
  /** Tenants whose figures would change, by id. */
  readonly tenants: readonly string[];
}
