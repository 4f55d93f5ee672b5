import { UnansweredError } from './unanswered.ts';

/**
 * Milliseconds for one try: of a probe, or of a check that is made repeatedly. Less than an invocation of the runner has (5 minutes):
 * one that Lambda ends counts as no try, so that a step without this bound would hang again and again.
 */
export const ANSWER_MS = 200_000;

/**
 * The answer of `read`, which goes on unheeded after the limit: only for what may be done twice.
 * @throws UnansweredError at the limit
 */
export async function answeredWithin<T>(read: () => Promise<T>, limitMs = ANSWER_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new UnansweredError(`it did not answer within ${limitMs / 1_000} s`)),
      limitMs,
    );
  });
  try {
    return await Promise.race([read(), late]);
  } finally {
    clearTimeout(timer);
  }
}
