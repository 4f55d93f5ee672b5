import { OLDEST_RUN } from '../../domain/metrics.ts';
import { ledgerSignal } from './ledger-signal.ts';

/** Hours since the oldest run was opened that has not ended. */
export const oldestRun = ledgerSignal({
  metric: OLDEST_RUN,
  unit: 'None',
  worst: 'highest',
  whenNone: 0,
  // While people are asked, the run only waits for them; the request itself limits for how long.
  sql: `
select round(extract(epoch from $1::timestamptz - min(greatest(opened_at, coalesce(decided_at, expires_at)))) / 3600, 3) as value
from responder.run left join responder.approval using (run_id)
where ended_at is null and mode = 'live' and not coalesce(state = 'open' and expires_at > $1::timestamptz, false)`,
});
