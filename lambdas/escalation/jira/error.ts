/**
 * - `refused`: Jira did nothing, and will not as requested: a person must fix something.
 * - `away`: Jira did nothing; later it may.
 * - `unclear`: Jira was asked to change something and the answer was lost: check before asking again.
 */
export type JiraFailure = 'refused' | 'away' | 'unclear';

export class JiraError extends Error {
  override readonly name = 'JiraError';
  readonly failure: JiraFailure;
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** From Jira's Retry-After. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    failure: JiraFailure,
    message: string,
    {
      status,
      retryAfterSeconds,
      cause,
    }: { status?: number; retryAfterSeconds?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, cause === undefined ? {} : { cause });
    this.failure = failure;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
