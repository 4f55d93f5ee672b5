import * as z from 'zod';
import type { Restartable } from './function-configuration.ts';
import { LAST_RESTART } from '../../record/probed.ts';
import { ledgerProbe } from './ledger-probe.ts';

/** What the last restart, or its undo, left; null: none is on record. */
export const RestartIntent = z
  .object({
    /** Its variable's value; null: it was removed. */
    mark: z.string().nullable(),
    /** Of all other variables, as found. */
    fingerprint: z.string(),
  })
  .nullable();
export type RestartIntent = z.infer<typeof RestartIntent>;

export const restartIntent = ledgerProbe<
  { function: Restartable },
  RestartIntent,
  NonNullable<RestartIntent>
>({
  name: 'restart-intent',
  question: 'Which variables did the function have before it was restarted?',
  sql: LAST_RESTART,
  values: ({ target, now }) => [target.function, now.toISOString()],
  value: RestartIntent,
  read: ([newest]) => newest ?? null,
  describe: (intent) =>
    intent === null ? 'no restart is on record' : `as of revision ${intent.mark ?? 'unknown'}`,
});
