import * as z from 'zod';
import { checked } from './checked.ts';

class PayloadError extends Error {
  override readonly name = 'PayloadError';
}

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
