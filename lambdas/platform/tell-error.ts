import { errorCause } from './error-cause.ts';
import { classify, RolledBackError, type ErrorLike } from './error-class.ts';

/** Errors of our own code, whose texts are written for people. */
const OURS = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'ZodError',
  'NotSentError',
  'StepInterruptedError',
  'UnansweredError',
  RolledBackError.NAME,
]);

/** An error for people: its class and code, our own text, or only the kind of anybody else's. */
export const tellError = (error: ErrorLike): string =>
  classify(error).words ?? (OURS.has(error.name) ? error.message : kindOf(error));

/** The same of an error whose text may quote what was read, even if it is our own: never the text. */
export const causeOf = (error: unknown): string =>
  classify(error).words ?? kindOf(error instanceof Error ? error : { name: 'Error', message: String(error) });

/** "Error: …" says nothing of its kind. */
const kindOf = ({ name, message }: ErrorLike): string =>
  errorCause(name === 'Error' || name === 'error' ? message : `${name}: ${message}`);
