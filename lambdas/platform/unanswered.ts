import { errorCause } from './error-cause.ts';

/** A request was sent, or about to be, and no answer came: whether it took effect is unknown. */
export class UnansweredError extends Error {
  static readonly NAME = 'UnansweredError';
  override readonly name = UnansweredError.NAME;
}

/** The SDK's own names for it. */
const NAMES = new Set(['TimeoutError', 'AbortError']);

/** From Node's sockets, and from PostgreSQL when it closes a connection. */
const CODES = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
]);

/** Whether no answer came, rather than one that says no. An unknown error counts as an answer. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === UnansweredError.NAME || NAMES.has(error.name)) return true;
  return 'code' in error && typeof error.code === 'string' && CODES.has(error.code);
}

/** As one of our own errors, which people may read, where no answer came. */
export const unanswered = (error: Error): Error =>
  isUnanswered(error) && error.name !== UnansweredError.NAME
    ? new UnansweredError(`no answer came: ${errorCause(`${error.name}: ${error.message}`)}`, {
        cause: error,
      })
    : error;
