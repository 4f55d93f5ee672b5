/** One question and its answer, kept for 24 months. */
export interface Evidence {
  /** `athena`, `ledger`, or the AWS operation, e.g. `glue:GetJobRuns`. */
  readonly source: string;
  /** SQL text or operation, exactly as sent. */
  readonly query: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** The record keeps the first `ROWS_KEPT` and counts all. */
  readonly rows: readonly unknown[];
}

/** Evidence of an AWS call, such as `glue:GetJobRuns`: its source is the service. */
export const evidenceOf = (
  query: string,
  parameters: Evidence['parameters'],
  rows: Evidence['rows'],
): Evidence => ({ source: query.replace(/:.*/, ''), query, parameters, rows });
