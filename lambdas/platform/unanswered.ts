import { classify } from './error-class.ts';

/** A request was sent, or about to be, and no answer came: whether it took effect is unknown. */
export class UnansweredError extends Error {
  static readonly NAME = 'UnansweredError';
  override readonly name = UnansweredError.NAME;
}

/** Whether no answer came, rather than one that says no. */
export const isUnanswered = (error: unknown): boolean => classify(error).class === 'unanswered';

/** As one of our own errors, which people may read, where no answer came. */
export const unanswered = (error: Error): Error =>
  isUnanswered(error) && error.name !== UnansweredError.NAME
    ? new UnansweredError(classify(error).words ?? 'no answer came', { cause: error })
    : error;
