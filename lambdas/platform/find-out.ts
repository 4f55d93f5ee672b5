import { known, unknown, type Known } from '../domain/known.ts';
import { tellError } from './tell-error.ts';
import { log } from './log.ts';

/**
 * The answer of `work`, or why there is none: an error becomes a fact.
 * @param describe the error for people; its own text may quote what it read, and goes to the log only
 */
export async function findOut<T>(
  work: () => Promise<T>,
  describe: (error: Error) => string = tellError,
): Promise<Known<T>> {
  try {
    return known(await work());
  } catch (error) {
    log.warn('something could not be found out', { error });
    return unknown(describe(error as Error));
  }
}
