import { firstRow, type Ledger } from '../platform/ledger/queryable.ts';
import { isMoreSevere, type Severity } from '../domain/decision.ts';
import type { LevelCall } from '../domain/ladder.ts';
import type { Target } from '../domain/run-request.ts';

/** The one definition of an episode's state, for all that shows or decides. Moments are ISO 8601. */
export interface EpisodeStatus {
  readonly incident: string;
  /** `INC-<number>` is its short name. */
  readonly number: number;
  readonly episode: number;
  readonly playbook: string;
  readonly target: Target;
  readonly severity: Severity;
  readonly severitySince: string;
  readonly openedAt: string;
  readonly acknowledged: { readonly at: string; readonly by: string; readonly severity: Severity } | null;
  /** `by`: a run's id or a person; `run` only when a run has closed it. */
  readonly closed: { readonly at: string; readonly by: string; readonly run: string | null } | null;
  readonly jira: { readonly key: string; readonly url: string } | null;
  /** Calls of the ladder's levels. */
  readonly calls: readonly LevelCall[];
}

/** An acknowledgement of a lower severity does not count for a higher one. */
export const isAcknowledged = ({
  severity,
  acknowledged,
}: Pick<EpisodeStatus, 'severity' | 'acknowledged'>): boolean =>
  acknowledged !== null && !isMoreSevere(severity, acknowledged.severity);

/** PostgreSQL's JSON writes `+00:00`; everything else here reads `Z`. */
export const iso = (moment: string): string =>
  `to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** For people: the run or the person. */
export const CLOSED_BY = 'coalesce(closed_by_run, closed_by_person)';

/** Columns of `EpisodeStatus` without the calls, of `responder.episode` joined to `responder.incident`. */
export const STATUS = `
  episode.incident_id as incident, incident.number, episode.episode, incident.playbook, incident.target, episode.severity,
  ${iso('severity_since')} as "severitySince", ${iso('episode.opened_at')} as "openedAt",
  case when acknowledged_at is not null then
    json_build_object('at', ${iso('acknowledged_at')}, 'by', acknowledged_by, 'severity', acknowledged_severity) end as acknowledged,
  case when episode.closed_at is not null then
    json_build_object('at', ${iso('episode.closed_at')}, 'by', ${CLOSED_BY},
                      'run', closed_by_run) end as closed,
  case when jira_key is not null then json_build_object('key', jira_key, 'url', jira_url) end as jira`;

/** Column `calls` of `EpisodeStatus`. */
export const CALLS = `
  (select coalesce(json_agg(json_build_object('severity', told.severity, 'level', level, 'confirmed', confirmed,
                                              'triedAt', ${iso('tried_at')}) order by tried_at), '[]')
   from responder.told where (told.incident_id, told.episode) = (episode.incident_id, episode.episode)
     and kind = 'call') as calls`;

/** Each incident with its open or last episode. */
export const CURRENT = `responder.incident join responder.episode using (incident_id, episode)`;

const OF_INCIDENT = `
select ${STATUS}, ${CALLS},
  (select ${iso('min(due_at)')} from responder.told
   where (told.incident_id, told.episode) = (episode.incident_id, episode.episode)
     and recipient = 'jira' and told_at is null and confirmed is distinct from 0) as "jiraTriedSince"
from ${CURRENT} where incident_id = $1`;

/** The incident's open episode, or its last one. */
export async function statusOf(
  pool: Ledger,
  incident: string,
): Promise<(EpisodeStatus & { readonly jiraTriedSince: string | null }) | undefined> {
  type Row = EpisodeStatus & { jiraTriedSince: string | null };
  return firstRow<Row>(pool, OF_INCIDENT, [incident]);
}

const OPEN = `
select ${STATUS}, ${CALLS}, target_key as "targetKey" from ${CURRENT}
where incident.closed_at is null order by episode.severity, episode.opened_at`;

/** All open ones, highest severity first. */
export async function openStatuses(
  pool: Ledger,
): Promise<readonly (EpisodeStatus & { readonly targetKey: string })[]> {
  return (await pool.query<EpisodeStatus & { targetKey: string }>(OPEN)).rows;
}

const SEEN = `
select ${STATUS}, ${CALLS}, last.outcome, last.why, last.run_id as run,
       (select coalesce(json_agg(distinct recipient), '[]') from responder.told
        where told.incident_id = incident.incident_id and told.episode = episode.episode and told_at is not null) as told
from ${CURRENT}
left join lateral (
  select run_id, outcome, why from responder.run
  where run.incident_id = incident.incident_id and mode = 'live' and ended_at is not null
  order by ended_at desc limit 1) as last on true
where incident_id = $1`;

/** With its last run's outcome, and who was called. */
export interface EpisodeSeen extends EpisodeStatus {
  /** Of the last run that has ended. */
  readonly outcome: string | null;
  readonly why: string | null;
  readonly run: string | null;
  /** Topics that were notified of this episode. */
  readonly told: readonly string[];
}

export async function seenOf(pool: Ledger, incident: string): Promise<EpisodeSeen | undefined> {
  return firstRow<EpisodeSeen>(pool, SEEN, [incident]);
}
