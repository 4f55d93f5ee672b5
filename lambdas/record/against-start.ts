import { targetKey } from '../domain/run-record.ts';
import { HOUR_MS } from '../domain/milliseconds.ts';
import { aboutWords, type RunRequest } from '../domain/run-request.ts';
import { firstRow, type Queryable } from '../platform/ledger/queryable.ts';

/** Runs an hour that unauthenticated callers may start, all together: their names are only claims. */
const MOST_AN_HOUR = 20;

const AGAINST = `
select (select count(*)::int from responder.run
        where opened_at > $4 and request #>> '{cause,kind}' in ('manual', 'replay')
          and request #> '{cause,caller}' is null and run_id <> $1) as started,
       (select run_id from responder.run
        where playbook = $2 and target_key = $3 and mode = 'live' and ended_at is null and run_id <> $1
        order by opened_at limit 1) as "atWork"`;

/**
 * Why a run that an unauthenticated caller requests is not even started; the guards of a run hold all the same. Runs
 * that were begun a moment ago may not be on record yet.
 */
export async function againstStart(
  on: Queryable,
  { run, playbook, target = {}, mode }: RunRequest,
  now: Date,
): Promise<string | undefined> {
  const since = new Date(now.getTime() - HOUR_MS).toISOString();
  const found = await firstRow<{ started: number; atWork: string | null }>(on, AGAINST, [
    run,
    playbook,
    targetKey(target),
    since,
  ]);
  if (!found) return undefined;
  if (found.started >= MOST_AN_HOUR)
    return `unauthenticated callers have started ${found.started} runs within the hour; wanted fewer than ${MOST_AN_HOUR}: start it as yourself, with npm run respond -- run`;
  if (mode === 'live' && found.atWork !== null)
    return `run ${found.atWork} is at work on ${aboutWords(playbook, target)}; start another once it has ended`;
  return undefined;
}
