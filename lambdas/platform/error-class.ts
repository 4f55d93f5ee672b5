/**
 * What an error says about the request that it answers:
 * - `not-now`: it asks for a later try, or nobody took the request. A search proves that nothing began.
 * - `refused`: nothing began, and the same request is refused again.
 * - `unanswered`: whether it began is unknown.
 */
export type ErrorClass = 'not-now' | 'refused' | 'unanswered';

export interface Classified {
  readonly class: ErrorClass;
  /** For people, with the code: "throttled (ThrottlingException)". Undefined for an error without a code. */
  readonly words: string | undefined;
  /** What is asked for takes one at a time. */
  readonly inUse?: true;
  /** For how long the service asks not to be asked. */
  readonly retryAfterSeconds?: number;
}

/** As much of an error as outlives a durable step: its name and message. The rest, where there is more. */
export interface ErrorLike {
  readonly name: string;
  readonly message: string;
}

type Row = readonly [names: RegExp, words: string, of: ErrorClass];

const IN_USE = 'in use by another';

/**
 * By the error's name, first row first: of the services' models and of the errors that all services share. What is not
 * here is classed by its HTTP status.
 */
const NAMES: readonly Row[] = [
  [/^(TimeoutError|AbortError|RequestAborted(Exception)?)$/, 'no answer came', 'unanswered'],
  [/^(Credentials|Token)ProviderError$/, 'no credentials', 'not-now'],
  [/ExpiredToken|RequestExpired|TimeTooSkewed/, 'the session had expired', 'not-now'],
  [
    /Access_?Denied|Unauthori[sz]ed|NotAuthori[sz]ed|Authorization|OptIn|UnrecognizedClient|InvalidClientToken|Authentication|Signature|InvalidSecurity(Exception)?$/i,
    'denied',
    'refused',
  ],
  [/NotFound|NoSuch|DoesNotExist|UnknownOperation|Deleted/, 'not there', 'refused'],
  [/Disabled/, 'disabled', 'refused'],
  [
    /Invalid|Validation|Malformed|TooLarge|TooMany(Entries|Parts)|Unsupported|Precondition/,
    'invalid',
    'refused',
  ],
  [/Throttl|TooManyRequests|SlowDown|RequestLimit|OverLimit/i, 'throttled', 'not-now'],
  [/Limit(Exceeded|Reached)|QuotaExceeded/, 'a limit of the account is reached', 'not-now'],
  [
    /ConcurrentRuns|ConcurrentModification|Conflict|InProgress|Contention|InUse|NotReady|Pending|OperationAborted/,
    IN_USE,
    'not-now',
  ],
  [
    /Internal|^ServiceException$|Unavailable|Retryable|Timeout|Connectivity|Unexpected/,
    'the service failed',
    'not-now',
  ],
];

/** Of Node's sockets and names. */
const SOCKETS: Readonly<Record<string, readonly [words: string, of: ErrorClass]>> = {
  ENOTFOUND: ['its name was not found', 'not-now'],
  EAI_AGAIN: ['its name was not found', 'not-now'],
  ...Object.fromEntries(
    ['ECONNABORTED', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'ETIMEDOUT'].map(
      (code) => [code, ['no answer came', 'unanswered'] as const],
    ),
  ),
};

/**
 * By PostgreSQL's SQLSTATE, first row first. Of a statement, before the commit: what ends the connection leaves it open
 * here, and `transaction` knows better.
 */
const SQLSTATES: readonly Row[] = [
  [/^40001$/, 'another transaction came first', 'not-now'],
  [/^40P01$/, 'deadlock', 'not-now'],
  [/^40003$|^08/, 'the connection broke', 'unanswered'],
  [/^40/, 'the transaction was rolled back', 'not-now'],
  [/^25006$/, 'the server is read-only', 'not-now'],
  [/^25P0[34]$|^57014$/, 'it took too long', 'not-now'],
  [/^53300$/, 'too many connections', 'not-now'],
  [/^53/, 'the server has no room', 'not-now'],
  [/^55(P03|006)$/, IN_USE, 'not-now'],
  [/^57P03$/, 'the server takes no connections yet', 'not-now'],
  [/^57P04$/, 'the database is gone', 'refused'],
  [/^57P/, 'the server ended the connection', 'unanswered'],
  [/^(58|XX000)/, 'the server failed', 'not-now'],
  [/^28/, 'the login is refused', 'refused'],
  [/^42501$/, 'denied', 'refused'],
  // After a deployment, until the ledger's schema is as new.
  [/^42(P01|703)$/, 'a table or column is missing, perhaps until responder-migrate is invoked', 'refused'],
  [/^(42|3[DF])/, 'not there, or not as wanted', 'refused'],
  [/^23/, 'against a rule of the ledger', 'refused'],
];

const REFUSED: Row = [/^/, 'refused', 'refused'];

/** Of PostgreSQL's client, which gives no code: the statement may have arrived. */
const CLIENT =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded when trying to connect)/;

/** The ledger fell silent before the commit: a later try is worth it, and nothing was changed. */
export class RolledBackError extends Error {
  static readonly NAME = 'RolledBackError';
  override readonly name = RolledBackError.NAME;
}

/** KMS's refusal, under the name that the calling service gives it. */
const KEY =
  /^KMS\w*AccessDenied|not authorized to perform: kms:|Access to KMS is not allowed|the KMS access was denied/i;

interface Coded {
  readonly code?: unknown;
  readonly severity?: unknown;
  readonly $retryable?: { readonly throttling?: boolean } | undefined;
  readonly $metadata?: { readonly httpStatusCode?: number } | undefined;
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> } | undefined;
}

/** SQLSTATE, of PostgreSQL's own error or of `carried`. */
const sqlStateOf = ({ name, code, severity }: ErrorLike & Coded): string | undefined =>
  /^PostgreSQL ([0-9A-Z]{5})$/.exec(name)?.[1] ??
  (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && (severity !== undefined || name === 'error')
    ? code
    : undefined);

/** The ledger has no such table or column. */
export const isNotThere = (error: unknown): boolean =>
  error instanceof Error && /^42(P01|703)$/.test(sqlStateOf(error) ?? '');

/** PostgreSQL takes such values at no time: they don't fit their columns, or a rule of the table. */
export const isUnfit = (error: unknown): boolean =>
  error instanceof Error && /^2[23]/.test(sqlStateOf(error) ?? '');

/** A durable step keeps only an error's name and message: the SQLSTATE becomes the name. */
export function carried(error: unknown): unknown {
  const state = error instanceof Error ? sqlStateOf(error) : undefined;
  if (state === undefined) return error;
  const { message } = error as Error;
  return Object.assign(new Error(message, { cause: error }), { name: `PostgreSQL ${state}` });
}

/** The one place where errors are told apart. An unknown one counts as an answer that says no. */
export function classify(error: unknown, now: Date = new Date()): Classified {
  if (typeof error !== 'object' || error === null || !('message' in error))
    return { class: 'refused', words: undefined };
  const { name, message, code, $retryable, $metadata, $response } = error as ErrorLike & Coded;
  // Our own, whose texts quote nothing.
  if (name === 'UnansweredError') return { class: 'unanswered', words: message };
  if (name === RolledBackError.NAME) return { class: 'not-now', words: message };

  const state = sqlStateOf(error as ErrorLike & Coded);
  if (state !== undefined) {
    const [, words, of] = SQLSTATES.find(([states]) => states.test(state)) ?? REFUSED;
    return { class: of, words: `${words} (PostgreSQL ${state})` };
  }
  const socket = typeof code === 'string' ? SOCKETS[code] : undefined;
  if (socket) return { class: socket[1], words: `${socket[0]} (${String(code)})` };
  if (CLIENT.test(message)) {
    const words = /time/i.test(message)
      ? 'the ledger did not answer in time'
      : 'the connection to the ledger broke';
    return { class: 'unanswered', words };
  }
  const after = retryAfterSeconds($response?.headers?.['retry-after'], now);
  const asks = after === undefined ? {} : { retryAfterSeconds: after };
  if (KEY.test(`${name} ${message}`))
    return { class: 'refused', words: `denied the use of an encryption key (${name})` };
  const row = NAMES.find(([names]) => names.test(name));
  if (row)
    return {
      class: row[2],
      words: `${row[1]} (${name})`,
      ...(row[1] === IN_USE && { inUse: true as const }),
      ...asks,
    };

  const status = $metadata?.httpStatusCode;
  if ($retryable?.throttling || status === 429)
    return { class: 'not-now', words: `throttled (${name})`, ...asks };
  if ($retryable || (status !== undefined && status >= 500))
    return { class: 'not-now', words: `the service failed (${name})`, ...asks };
  return { class: 'refused', words: status === undefined ? undefined : `refused (${name})` };
}

/** HTTP's Retry-After: seconds, or a date. @returns undefined when it is neither */
export function retryAfterSeconds(header: string | null | undefined, now: Date): number | undefined {
  if (header == null || header.trim() === '') return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds));
  // JavaScript takes half a date, too, and fills in a year.
  const until = /\d{2}:\d{2}:\d{2}/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(until) ? undefined : Math.max(0, Math.ceil((until - now.getTime()) / 1_000));
}
