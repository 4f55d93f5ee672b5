import * as z from 'zod';

/** What a run leaves behind while it waits for its alarm to go OK: `wait-for-alarm.ts` writes it, `wake.ts` reads it. */
export const Waiting = z.object({
  callbackId: z.string().min(1),
  run: z.string().min(1),
  /** An OK of before this moment is not meant for the run. */
  since: z.iso.datetime({ offset: true }).optional(),
});
export type Waiting = z.infer<typeof Waiting>;

/** Where all runs that wait for an alarm leave it, in the record bucket. */
export const waitingFor = (alarm: string): string => `waiting/${alarm}/`;

export const waitingKey = (alarm: string, run: string): string => `${waitingFor(alarm)}${run}.json`;
