import * as z from 'zod';
import type { Restartable } from './function-configuration.ts';
import { ledgerProbe } from './ledger-probe.ts';

/** What the last run that restarted the function had found before; null: none is on record. */
export const RestartIntent = z.object({ actionId: z.string(), fingerprint: z.string() }).nullable();
export type RestartIntent = z.infer<typeof RestartIntent>;

export const restartIntent = ledgerProbe<
  { function: Restartable },
  RestartIntent,
  { actionId: string; fingerprint: string }
>({
  name: 'restart-intent',
  question: 'Which variables did the function have before it was restarted?',
  sql: `
select run_id || '-1' as "actionId", decision #>> '{plan,0,params,fingerprint}' as fingerprint
from responder.run
where playbook = 'restart-functions' and target ->> 'function' = $1 and fence is not null
  and opened_at <= $2::timestamptz
order by fence desc limit 1`,
  values: ({ target, now }) => [target.function, now.toISOString()],
  value: RestartIntent,
  read: ([newest]) => newest ?? null,
  tell: (intent) => (intent === null ? 'no restart is on record' : `as found by ${intent.actionId}`),
});
