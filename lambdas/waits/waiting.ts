import * as z from 'zod';

/** What a run stores while it waits for its alarm's OK: `wait-for-alarm.ts` writes it, `wake.ts` reads it. */
export const Waiting = z.object({
  callbackId: z.string().min(1),
  run: z.string().min(1),
  /** An earlier OK is not for this run. */
  since: z.iso.datetime({ offset: true }).optional(),
});
export type Waiting = z.infer<typeof Waiting>;

/** Where runs that wait for an alarm store it, in the record bucket. */
export const waitingFor = (alarm: string): string => `waiting/${alarm}/`;

export const waitingKey = (alarm: string, run: string): string => `${waitingFor(alarm)}${run}.json`;
