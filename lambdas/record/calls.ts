import { countRows, firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import type { DecisionOnRecord, Severity } from '../domain/decision.ts';
import type { Cause } from '../domain/run-request.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { receiptOf, type EscalationMessage } from '../domain/escalation-message.ts';
import { appendAudit, appendState } from './audit-chain.ts';
import { auditKey } from './audit-keys.ts';
import { iso, STATUS, type EpisodeStatus } from './episode-status.ts';
import { raise, type SeverityCause } from './incidents.ts';
import type { Outcome } from '../domain/outcome.ts';
import { storableJson, storableText } from './storable.ts';

/** What the escalation reads and writes of an episode. All moments are ISO 8601 in UTC. */

/** One message, or follow-up task, to one recipient. */
export interface MessageRecord {
  readonly message: EscalationMessage;
  /** A topic's name, or `jira`. */
  readonly recipient: string;
  readonly dueAt: string;
  /** Null: not notified so far. */
  readonly toldAt: string | null;
  /** Confirmed subscriptions; 0: nobody was there. Null: unknown, or not asked. */
  readonly confirmed: number | null;
  readonly tries: number;
  readonly triedAt: string;
  /** The run whose own message counts for this one: nothing else was sent. */
  readonly byRun: string | null;
  /** Why it was late, or not sent. */
  readonly why: string | null;
  /** The service asks not to be asked again before. */
  readonly notBefore?: string;
}

export interface CalledRun {
  readonly run: string;
  readonly playbook: string;
  readonly outcome: Outcome | null;
  readonly why: string | null;
  readonly openedAt: string;
  readonly endedAt: string | null;
  readonly cause: Cause;
  readonly decision: DecisionOnRecord | null;
}

export interface EpisodeState extends Omit<EpisodeStatus, 'incident' | 'number' | 'episode' | 'calls'> {
  /** Missing while the ledger is unavailable. */
  readonly number?: number;
  readonly severityCause: SeverityCause;
  readonly openedByRun: string;
  /** When the episode before was over. */
  readonly lastClosedAt?: string | null;
  readonly joinedSince: string | null;
  readonly version: number;
  readonly told: readonly MessageRecord[];
  /** Runs that people are notified of, oldest first: not those that gave way or wait. */
  readonly runs: readonly CalledRun[];
  /** By playbook. */
  readonly joined: Readonly<Record<string, number>>;
  readonly postmortem: { readonly draftedAt: string; readonly signedAt: string | null } | null;
}

/** The recipient of the follow-up task that drafts a postmortem. */
export const DRAFTS = 'postmortem';

export const MESSAGE = `json_strip_nulls(json_build_object('kind', kind, 'severity', told.severity, 'level', level, 'batch', batch))`;

/** One row, as a `MessageRecord`. */
export const TOLD = `(jsonb_build_object('message', ${MESSAGE}, 'recipient', recipient, 'dueAt', ${iso('due_at')},
  'toldAt', ${iso('told_at')}, 'confirmed', confirmed, 'tries', tries, 'triedAt', ${iso('tried_at')}, 'byRun', by_run, 'why', why)
  || jsonb_strip_nulls(jsonb_build_object('notBefore', ${iso('not_before')})))`;

/** Fits into a message and a checkpoint. */
const MOST_RUNS = 20;

/**
 * The incident's runs since the episode before was over. Of runs at the same moment, the opening one
 * need not come first.
 */
const ITS_RUNS = `
run.incident_id = episode.incident_id and run.mode = 'live'
and run.opened_at > coalesce((select max(before.closed_at) from responder.episode before
                              where before.incident_id = episode.incident_id and before.episode < episode.episode), '-infinity')
and (episode.closed_at is null or run.opened_at <= episode.closed_at)`;

const STATE = `
select ${STATUS}, severity_cause as "severityCause", episode.opened_by_run as "openedByRun", ${iso('joined_since')} as "joinedSince", version,
  (select ${iso('before.closed_at')} from responder.episode before
   where before.incident_id = episode.incident_id and before.episode = episode.episode - 1) as "lastClosedAt",
  (select coalesce(json_agg(${TOLD} order by due_at, recipient), '[]')
   from responder.told where (told.incident_id, told.episode) = (episode.incident_id, episode.episode)) as told,
  (select coalesce(json_agg(json_build_object('run', run_id, 'playbook', run.playbook, 'outcome', outcome, 'why', why,
     'openedAt', ${iso('run.opened_at')}, 'endedAt', ${iso('run.ended_at')}, 'cause', request -> 'cause', 'decision', decision)
     order by run.opened_at, run_id), '[]')
   from (select * from responder.run where ${ITS_RUNS} and joined_run is null
           and (waits_for is null or run_id = episode.opened_by_run)
         order by run.opened_at desc limit ${MOST_RUNS}) as run) as runs,
  (select coalesce(json_object_agg(playbook, count), '{}') from (
     select run.playbook, count(*)::int as count from responder.run
     where ${ITS_RUNS} and run_id <> episode.opened_by_run and request #>> '{cause,kind}' in ('alarm', 'manual') group by run.playbook) as joined) as joined,
  (select json_build_object('draftedAt', ${iso('drafted_at')}, 'signedAt', ${iso('signed_at')})
   from responder.postmortem where (postmortem.incident_id, postmortem.episode) = (episode.incident_id, episode.episode)) as postmortem
from responder.episode join responder.incident using (incident_id)
where episode.incident_id = $1 and episode.episode = $2`;

/** @returns undefined when the episode is not on record (yet) */
export async function episodeState(
  pool: Ledger,
  incident: string,
  episode: number,
): Promise<EpisodeState | undefined> {
  return firstRow<EpisodeState>(pool, STATE, [incident, episode]);
}

const PUT_TOLD = `
insert into responder.told (incident_id, episode, kind, severity, level, batch, recipient, due_at, told_at, confirmed,
                            tries, tried_at, by_run, why, not_before)
select $1, $2, t.message ->> 'kind', t.message ->> 'severity', (t.message ->> 'level')::int, (t.message ->> 'batch')::int,
       t.recipient, t."dueAt", t."toldAt", t.confirmed, t.tries, t."triedAt", t."byRun", t.why, t."notBefore"
from jsonb_to_record($3::jsonb) as t(message jsonb, recipient text, "dueAt" timestamptz, "toldAt" timestamptz,
  confirmed int, tries int, "triedAt" timestamptz, "byRun" text, why text, "notBefore" timestamptz)
on conflict (incident_id, episode, kind, coalesce(severity, ''), coalesce(level, 0), coalesce(batch, 0), recipient) do update
set told_at = coalesce(told.told_at, excluded.told_at), confirmed = coalesce(excluded.confirmed, told.confirmed),
    tries = greatest(told.tries, excluded.tries), tried_at = greatest(told.tried_at, excluded.tried_at),
    by_run = coalesce(told.by_run, excluded.by_run), why = coalesce(excluded.why, told.why), not_before = excluded.not_before
returning ${TOLD} as row`;
const FORGET_JOINED = `
update responder.episode set joined_since = null where incident_id = $1 and episode = $2`;

/** Records who was notified, including what could not be recorded before. Repeatable. */
export function putTold(
  pool: Ledger,
  incident: string,
  episode: number,
  told: readonly MessageRecord[],
): Promise<void> {
  return transaction(pool, async (client) => {
    for (const one of told) {
      const values = [incident, episode, storableJson(one)];
      const put = await firstRow<{ row: MessageRecord }>(client, PUT_TOLD, values);
      const { message, ...rest } = put?.row ?? one;
      const key = auditKey.told(episode, message, one.recipient, receiptOf(rest));
      const body = { episode, ...message, ...rest };
      // The last entry is what the row says: the audit's check compares them.
      await appendState(client, { chain: incident, key, at: one.triedAt, kind: 'people.told', body });
    }
    if (told.some(({ message }) => message.kind === 'joined'))
      await client.query(FORGET_JOINED, [incident, episode]);
  });
}

const PUT_JIRA = `
update responder.episode set jira_key = $3, jira_url = $4, version = version + 1
where incident_id = $1 and episode = $2`;

export function putJira(
  pool: Ledger,
  incident: string,
  episode: number,
  { key, url, at }: { key: string; url: string; at: string },
): Promise<void> {
  return transaction(pool, async (client) => {
    await client.query(PUT_JIRA, [incident, episode, storableText(key), storableText(url)]);
    const entry = {
      chain: incident,
      key: auditKey.tracked(episode),
      at,
      kind: 'incident.tracked',
      body: { key, url },
    };
    await appendAudit(client, entry);
  });
}

/** Raises an open incident's severity; whether it is open is checked in the same transaction. */
export const raiseByPersistence = (
  pool: Ledger,
  incident: string,
  severity: Severity,
  at: string,
): Promise<boolean> =>
  transaction(pool, (client: Queryable) => raise(client, incident, { severity, cause: 'persistence', at }));

const OFFER = `
update responder.episode set callback_id = $3 where incident_id = $1 and episode = $2 and version = $4`;

/** @returns false when the episode has changed since it was read: then there is nothing to wait for */
export async function offerCallback(
  pool: Ledger,
  incident: string,
  episode: number,
  { callbackId, version }: { callbackId: string; version: number },
): Promise<boolean> {
  return (await countRows(pool, OFFER, [incident, episode, callbackId, version])) === 1;
}
