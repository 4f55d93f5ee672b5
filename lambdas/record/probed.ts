/** Probes and signals run these themselves: the statement is their evidence. */

/** $1: a function, $2: now. What its last restart, or the undo of one, left. */
export const LAST_RESTART = `
select decision #>> '{plan,0,params,revision}' as mark, decision #>> '{plan,0,params,fingerprint}' as fingerprint
from responder.run
where playbook = 'restart-functions' and target ->> 'function' = $1 and fence is not null
  and opened_at <= $2::timestamptz
order by fence desc limit 1`;

/** $1, $2: a time span. Runs that held the lock, so may have changed something. */
export const ACTED_BETWEEN = `
  select run_id from responder.run
  where fence is not null and opened_at > $1::timestamptz and opened_at <= $2::timestamptz`.trim();

/** $1: now. While people are asked, the run only waits for them; the request has its own limit. */
export const HOURS_OF_OLDEST_RUN = `
select round(extract(epoch from $1::timestamptz - min(greatest(opened_at, coalesce(decided_at, expires_at)))) / 3600, 3) as value
from responder.run left join responder.approval using (run_id)
where ended_at is null and mode = 'live' and not coalesce(state = 'open' and expires_at > $1::timestamptz, false)`;
