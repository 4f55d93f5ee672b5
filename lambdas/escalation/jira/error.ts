/**
 * - `refused`: Jira surely did nothing, and will not do it as it is asked: a person must mend something.
 * - `away`: Jira surely did nothing; asked later, it may.
 * - `unclear`: Jira was asked to change something and its answer was lost. Look again before asking again.
 */
export type JiraFailure = 'refused' | 'away' | 'unclear';

export class JiraError extends Error {
  override readonly name = 'JiraError';
  readonly failure: JiraFailure;
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** How long Jira wants to be left alone. */
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
