import { allRows, countRows, firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import type { Severity } from '../domain/decision.ts';
import type { Target } from '../domain/run-request.ts';
import { ask, type Asked } from '../platform/ledger/together.ts';
import { appendAudit, type AuditEntry } from './audit-chain.ts';
import { auditKey } from './audit-keys.ts';
import { isAcknowledged, STATUS, type EpisodeStatus } from './episode-status.ts';
import { incidentOf, targetKey } from '../domain/run-record.ts';
import { storableJson } from './storable.ts';

/** An incident that returns within this time is the same one, and people are called again. */
export const REOPEN_HOURS = 24;

/** SQL for statements beside the record: the oldest open incident of a playbook about a month, `YYYY-MM`. */
export const openIncidentOf = (playbook: string, month: string): string => `
select incident.incident_id from responder.incident join responder.episode using (incident_id, episode)
where incident.playbook = ${playbook} and incident.target ->> 'period' = ${month} and episode.closed_at is null
order by episode.opened_at limit 1`;

/** From the opening, because it stayed open, or by what a run found. */
export type SeverityCause = 'opening' | 'persistence' | 'run';

/** One time that an incident is open; its escalation is started with this. */
export interface Episode {
  readonly incident: string;
  /** Of the incident, from its row; missing while the ledger is unavailable. */
  readonly number?: number;
  /** 1 at the first opening; counts the returns. */
  readonly episode: number;
  readonly playbook: string;
  readonly target: Target;
  /** Now; it may be raised. */
  readonly severity: Severity;
  /** ISO 8601. */
  readonly openedAt: string;
  readonly openedByRun: string;
}

interface Opening {
  readonly run: string;
  /** Of the run; the incident may belong to another playbook. */
  readonly playbook: string;
  readonly about: { readonly playbook: string; readonly target: Target };
  readonly severity: Severity;
  readonly at: string;
  /** An alarm of its own, of which people are notified; not another check of an open incident. */
  readonly isNews: boolean;
}

const EPISODE = `
select incident.incident_id as incident, number, episode.episode, playbook, target, episode.severity,
       episode.opened_at as "openedAt", episode.opened_by_run as "openedByRun"
from responder.incident join responder.episode using (incident_id, episode)`;
const OPEN_ONE = `${EPISODE} where playbook = $1 and target_key = $2 and incident.closed_at is null`;

/**
 * The incident that was closed a short while ago is open again; else there is a new one, by the run's own id. A machine
 * never lowers a severity: an incident that returns begins where it ended.
 * $1 playbook, $2 key of the target, $3 now, $4 severity, $5 id of a new one, $6 target, $7 run
 */
const BEGIN = `
with reopened as (
  update responder.incident set episode = episode + 1, closed_at = null, severity = least(severity, $4)
  where incident_id = (
    select incident_id from responder.incident
    where playbook = $1 and target_key = $2 and closed_at > $3::timestamptz - interval '${REOPEN_HOURS} hours'
      and closed_at <= $3::timestamptz
    order by closed_at desc limit 1)
  returning incident_id, number, episode, severity),
made as (
  insert into responder.incident (incident_id, playbook, target_key, target, severity, opened_at, opened_by_run)
  select $5, $1, $2, $6, $4, $3::timestamptz, $7 where not exists (select from reopened)
  on conflict do nothing
  returning incident_id, number, episode, severity),
it as (select * from reopened union all select * from made),
begun as (
  insert into responder.episode (incident_id, episode, opened_at, opened_by_run, severity, severity_since, severity_cause)
  select incident_id, episode, $3::timestamptz, $7, severity, $3::timestamptz, 'opening' from it
  returning incident_id)
select incident_id as incident, number, episode, severity, exists (select from reopened) as returns
from it join begun using (incident_id)`;

export interface IncidentOpened {
  readonly episode: Episode;
  /** The run has opened it: its people must be called. */
  readonly call: boolean;
  /** The first to join since people were notified of joining runs, or it has raised the severity. */
  readonly wakes: boolean;
}

export const openEpisodeAsked = (playbook: string, target: Target): Asked<Episode | undefined> => ({
  sql: OPEN_ONE,
  values: [playbook, targetKey(target)],
  read: (rows: readonly EpisodeRow[]) => rows.map(episodeIn)[0],
});

/** The run joins the open incident of what it is about. */
export async function joinIncident(
  client: Queryable,
  before: Episode,
  { run, playbook, severity, at, isNews }: Opening,
): Promise<IncidentOpened> {
  const first = isNews && (await joinFirst(client, before.incident, at));
  await appendAudit(client, {
    chain: before.incident,
    key: auditKey.joined(run),
    at,
    kind: 'incident.joined',
    body: { run, playbook },
  });
  const isRaised = await raise(client, before.incident, { severity, cause: { run }, at });
  return { episode: before, call: false, wakes: first || isRaised };
}

/** Where none is open: the recently closed incident of what the run is about, or a new one. */
export async function openIncident(
  client: Queryable,
  { run, about, severity, at }: Opening,
): Promise<IncidentOpened> {
  type Row = Pick<Episode, 'incident' | 'number' | 'episode' | 'severity'> & { readonly returns: boolean };
  const target = storableJson(about.target);
  const values = [about.playbook, targetKey(about.target), at, severity, incidentOf(run), target, run];
  const row = await firstRow<Row>(client, BEGIN, values);
  if (!row) throw new Error(`incident ${incidentOf(run)} is not open although run ${run} has just opened it`);
  const { returns, ...begun } = row;
  await appendAudit(client, {
    chain: begun.incident,
    key: auditKey.opened(begun.episode),
    at,
    kind: returns ? 'incident.reopened' : 'incident.opened',
    body: { ...about, run, severity: begun.severity, episode: begun.episode },
  });
  const episode = { ...begun, ...about, openedAt: new Date(at).toISOString(), openedByRun: run };
  return { episode, call: true, wakes: false };
}

export async function openedBy(client: Queryable, run: string): Promise<IncidentOpened | undefined> {
  const sql = `${EPISODE} where episode.opened_by_run = $1 and incident.closed_at is null`;
  const [episode] = await episodes(client, sql, [run]);
  return episode && { episode, call: true, wakes: false };
}

export const openEpisodes = (pool: Ledger): Promise<Episode[]> =>
  episodes(pool, `${EPISODE} where incident.closed_at is null order by episode.opened_at`, []);

type EpisodeRow = Omit<Episode, 'openedAt'> & { readonly openedAt: Date | string };

const episodeIn = (row: EpisodeRow): Episode => ({ ...row, openedAt: new Date(row.openedAt).toISOString() });

const episodes = async (client: Queryable, sql: string, values: readonly string[]): Promise<Episode[]> =>
  (await allRows<EpisodeRow>(client, sql, values)).map(episodeIn);

const JOIN = `
update responder.episode set joined_since = $2, version = version + 1
where (incident_id, episode) = (select incident_id, episode from responder.incident where incident_id = $1)
  and joined_since is null`;

/** @returns whether it is the first since people were notified */
async function joinFirst(client: Queryable, incident: string, at: string): Promise<boolean> {
  return (await countRows(client, JOIN, [incident, at])) === 1;
}

/** As text, the least severity is the highest. */
const RAISE = `
with graver as (
  update responder.incident set severity = $2 where incident_id = $1 and severity > $2 and closed_at is null
  returning incident_id, episode
)
update responder.episode set severity = $2, severity_since = $3, severity_cause = $4, severity_run = $5, version = version + 1
where (incident_id, episode) in (select incident_id, episode from graver)
returning episode`;

/** Raises an open incident's severity; a machine never lowers one. */
export async function raise(
  client: Queryable,
  incident: string,
  { severity, cause, at }: { severity: Severity; cause: 'persistence' | { run: string }; at: string },
): Promise<boolean> {
  const [code, run] = cause === 'persistence' ? [cause, null] : ['run', cause.run];
  const raised = await firstRow<{ episode: number }>(client, RAISE, [incident, severity, at, code, run]);
  if (!raised) return false;
  const key = auditKey.raised(raised.episode, severity);
  const body = { severity, by: run ?? code };
  await appendAudit(client, { chain: incident, key, at, kind: 'incident.raised', body });
  return true;
}

const CLOSE = `
with closed as (
  update responder.incident set closed_at = $2 where incident_id = $1 and closed_at is null
  returning incident_id, episode
)
update responder.episode set closed_at = $2, closed_by_run = $3, closed_by_person = $4, version = version + 1
where (incident_id, episode) in (select incident_id, episode from closed)
returning episode`;

/** @returns whether it was open */
export async function closeIncident(client: Queryable, incident: string, closing: Closing): Promise<boolean> {
  const entry = await closed(client, incident, closing);
  if (entry) await appendAudit(client, entry);
  return entry !== undefined;
}

interface Closing {
  readonly by: { readonly run: string } | { readonly person: string };
  readonly at: string;
  readonly why: string;
}

/** @returns the entry for the audit, in the same transaction; undefined: it was not open */
export async function closed(
  client: Queryable,
  incident: string,
  { by, at, why }: Closing,
): Promise<AuditEntry | undefined> {
  const [run, person] = 'run' in by ? [by.run, null] : [null, by.person];
  const episode = await firstRow<{ episode: number }>(client, CLOSE, [incident, at, run, person]);
  return (
    episode && {
      chain: incident,
      key: auditKey.resolved(episode.episode),
      at,
      kind: 'incident.resolved',
      body: { by: run ?? person, why },
    }
  );
}

export type Acknowledging =
  | { readonly done: true; readonly severity: Severity; readonly episode: number }
  | {
      readonly done: false;
      readonly fault: 'unknown' | 'came-back' | 'resolved' | 'acknowledged' | 'used';
      readonly why: string;
    };

interface Acknowledgement {
  /** The person; by a link, what they say their name is. */
  readonly by: string;
  readonly at: string;
  /** Of the link; a command means the open episode. */
  readonly episode?: number;
  readonly how: string;
}

const STATE = `
select ${STATUS} from responder.incident join responder.episode using (incident_id, episode)
where incident_id = $1 for update of episode`;

const ACKNOWLEDGE = `
update responder.episode set acknowledged_at = $3, acknowledged_by = $4, acknowledged_severity = severity, version = version + 1
where incident_id = $1 and episode = $2`;

/** Somebody is handling the incident: nobody else is called, unless its severity is raised. */
export async function acknowledge(
  client: Queryable,
  incident: string,
  { by, at, how, ...given }: Acknowledgement,
): Promise<Acknowledging> {
  const state = await firstRow<EpisodeStatus>(client, STATE, [incident]);
  if (!state) return { done: false, fault: 'unknown', why: `there is no incident ${incident}` };
  const { episode, severity } = state;
  if (given.episode !== undefined && given.episode !== episode)
    return {
      done: false,
      fault: 'came-back',
      why: `it has come back since (that was episode ${given.episode}, and this is ${episode}), and its people were called again`,
    };
  if (state.closed) return { done: false, fault: 'resolved', why: `it was resolved at ${state.closed.at}` };
  if (state.acknowledged && isAcknowledged(state))
    return {
      done: false,
      fault: 'acknowledged',
      why: `${state.acknowledged.by} has acknowledged it before, at ${state.acknowledged.at}`,
    };
  await client.query(ACKNOWLEDGE, [incident, episode, at, by]);
  const key = auditKey.acknowledged(episode, severity);
  await appendAudit(client, {
    chain: incident,
    key,
    at,
    kind: 'incident.acknowledged',
    body: { by, how, severity },
  });
  return { done: true, severity, episode };
}

const WAITING = `
select callback_id as id from responder.episode
where incident_id = $1 and callback_id is not null
  and episode >= (select episode - 1 from responder.incident where incident_id = $1)`;

/** Callbacks of the incident's waiting escalations. Completing one twice is no error. */
export async function waitingCalls(pool: Ledger, incident: string): Promise<string[]> {
  return (await pool.query<{ id: string }>(WAITING, [incident])).rows.map(({ id }) => id);
}

const IS_OF = `
select from responder.incident where incident_id = $1 and playbook = $2 and target_key = $3`;

/** Whether it is on record as an incident of that playbook and target. */
export const isIncidentOf = async (
  on: Queryable,
  incident: string,
  { playbook, target }: { readonly playbook: string; readonly target: Target },
): Promise<boolean> => (await countRows(on, IS_OF, [incident, playbook, targetKey(target)])) === 1;

const OF_RUN = `select incident_id as incident from responder.run where run_id = $1`;

export const incidentOfRunAsked = (run: string): Asked<string | undefined> => ({
  sql: OF_RUN,
  values: [run],
  read: ([row]: readonly { readonly incident: string }[]) => row?.incident,
});

export const incidentOfRun = (on: Queryable, run: string): Promise<string | undefined> =>
  ask(on, incidentOfRunAsked(run));
