import * as z from 'zod';
import { checked } from './checked.ts';

/** A person typed something wrong: nothing was done. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
}

export interface Mistaken {
  readonly ok: false;
  readonly text: string;
}

/** A mistyped payload is answered: as a failed invocation it would raise the function's alarm, and call people. */
export const answeringMistakes =
  <T>(handler: (event: unknown) => Promise<T>) =>
  async (event: unknown): Promise<T | Mistaken> => {
    try {
      return await handler(event);
    } catch (error) {
      if (error instanceof PayloadError) return { ok: false, text: error.message };
      throw error;
    }
  };

/**
 * What a function is asked that a schedule or a person invokes: a schedule's event, or nothing, asks nothing in
 * particular.
 * @param example a payload that people may copy
 * @throws with every mistake, a mistyped key included: otherwise the function would do something else than was meant
 */
export function readPayload<Shape extends z.ZodRawShape>(
  shape: Shape,
  event: unknown,
  example: z.output<z.ZodObject<Shape>>,
): z.output<z.ZodObject<Shape>> {
  const isSchedules = typeof event === 'object' && event !== null && 'detail-type' in event;
  const read = checked(z.strictObject(shape), isSchedules ? {} : (event ?? {}));
  if ('data' in read) return read.data;
  throw new PayloadError(
    `Correct the payload; nothing was done. One is ${JSON.stringify(example)}.\n${read.mistakes}`,
  );
}
