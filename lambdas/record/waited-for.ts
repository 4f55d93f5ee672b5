import { allRows, type Queryable } from '../platform/ledger/queryable.ts';
import type { Target } from '../domain/run-request.ts';

/** An open incident that runs of later links of the billing chain wait for. */
export interface WaitedFor {
  readonly incident: string;
  readonly playbook: string;
  readonly target: Target;
  /** When the first of them ended. */
  readonly since: Date;
  /** A run of its own playbook, about its target, has not ended. */
  readonly atWork: boolean;
  /** When the last one ended that did more than check whether the incident is over; null: there is none. */
  readonly workedAt: Date | null;
}

const SQL = `
select incident_id as incident, playbook, target, waiting.since,
       own."atWork" as "atWork", own."workedAt" as "workedAt"
from responder.incident join responder.episode using (incident_id, episode)
cross join lateral (
  select min(run.ended_at) as since from responder.run
  where waits_for = incident.incident_id and run.mode = 'live' and run.opened_at >= episode.opened_at) waiting
cross join lateral (
  select coalesce(bool_or(run.ended_at is null), false) as "atWork", max(run.ended_at) as "workedAt" from responder.run
  where run.playbook = incident.playbook and run.target_key = incident.target_key and run.mode = 'live'
    and coalesce(run.ended_at, 'infinity') >= episode.opened_at
    and (run.ended_at is null or run.opened_at >= episode.opened_at) and run.request #>> '{cause,kind}' <> 'recovery') own
where incident.closed_at is null and waiting.since is not null
order by waiting.since`;

export const waitedFor = (on: Queryable): Promise<WaitedFor[]> => allRows<WaitedFor>(on, SQL);
