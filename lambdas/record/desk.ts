import { allRows, firstRow, type Queryable } from '../platform/ledger/queryable.ts';
import type { DecisionOnRecord, Plan } from '../domain/decision.ts';
import type { Impact } from '../domain/impact.ts';
import type { PlaybookLimits } from '../domain/limits.ts';
import type { Target } from '../domain/run-request.ts';
import { PEOPLES_CHAIN } from './audit-chain.ts';
import { TOLD, type MessageRecord } from './calls.ts';
import { CALLS, CURRENT, iso, STATUS, type EpisodeStatus } from './episode-status.ts';

/** What the desk's pages show of the record. Each read is bounded: a page has room for so much. */

/** The newest run that says something about the fault: it has ended, and did not give way to another. */
const LAST_RUN = `
left join lateral (
  select json_build_object('run', run_id, 'outcome', outcome, 'why', why, 'alarm', alarm, 'decision', decision,
                           'endedAt', ${iso('ended_at')}) as last
  from responder.run
  where run.incident_id = incident.incident_id and mode = 'live' and ended_at is not null and joined_run is null
  order by ended_at desc limit 1) as said on true`;

/** How it ended, and what it leaves to people. */
export interface LastRun {
  readonly run: string;
  readonly outcome: string;
  readonly why: string | null;
  readonly alarm: string | null;
  readonly decision: DecisionOnRecord | null;
  readonly endedAt: string;
}

export interface IncidentSeen extends EpisodeStatus {
  readonly last: LastRun | null;
}

const SEEN = `
select ${STATUS}, ${CALLS}, last from ${CURRENT} ${LAST_RUN}`;

const OPEN = `${SEEN} where incident.closed_at is null order by episode.severity, episode.opened_at limit 50`;

/** Open ones, highest severity first. */
export const openIncidentsSeen = (on: Queryable): Promise<IncidentSeen[]> => allRows<IncidentSeen>(on, OPEN);

/** By its id, or by its short number: `INC-41`, `41`. */
export function incidentSeen(on: Queryable, id: string): Promise<IncidentSeen | undefined> {
  const number = /^(?:INC-)?(\d{1,9})$/i.exec(id)?.[1];
  return number === undefined
    ? firstRow<IncidentSeen>(on, `${SEEN} where incident_id = $1`, [id])
    : firstRow<IncidentSeen>(on, `${SEEN} where number = $1`, [number]);
}

/** A run in a list. */
export interface RunInList {
  readonly run: string;
  readonly incident: string;
  readonly playbook: string;
  readonly target: Target;
  readonly mode: string;
  readonly outcome: string | null;
  readonly why: string | null;
  readonly openedAt: string;
  readonly endedAt: string | null;
  /** The incident of the cause that it waits for. */
  readonly waitsFor: string | null;
  /** The run that it gave way to. */
  readonly joinedRun: string | null;
}

const LISTED = `
select run_id as run, incident_id as incident, playbook, target, mode, outcome, why, ${iso('opened_at')} as "openedAt",
       ${iso('ended_at')} as "endedAt", waits_for as "waitsFor", joined_run as "joinedRun"
from responder.run`;

const OF_INCIDENT = `${LISTED} where incident_id = $1 order by arrival desc limit 50`;

/** Newest first. */
export const runsOfIncident = (on: Queryable, incident: string): Promise<RunInList[]> =>
  allRows<RunInList>(on, OF_INCIDENT, [incident]);

const AT_WORK = `${LISTED} where ended_at is null order by opened_at limit 50`;

export const runsInProgress = (on: Queryable): Promise<RunInList[]> => allRows<RunInList>(on, AT_WORK);

const ENDED = `${LISTED} where ended_at is not null order by ended_at desc limit 10`;

export const runsJustEnded = (on: Queryable): Promise<RunInList[]> => allRows<RunInList>(on, ENDED);

const NOTIFIED = `
select ${TOLD} as sent from responder.told join responder.incident using (incident_id, episode)
where incident_id = $1 order by due_at, recipient limit 100`;

/** What the incident's present episode has sent, or is to send. */
export const messagesOf = async (on: Queryable, incident: string): Promise<MessageRecord[]> =>
  (await allRows<{ sent: MessageRecord }>(on, NOTIFIED, [incident])).map(({ sent }) => sent);

/** An answer of a probe, with its first rows. */
export interface AnswerKept {
  readonly key: string;
  readonly probe: string;
  readonly source: string;
  readonly query: string;
  readonly parameters: unknown;
  readonly rows: readonly unknown[];
  readonly rowCount: number;
  readonly sha256: string;
  readonly takenAt: string;
}

const KEPT = `
select key, probe, source, query, parameters, rows, row_count as "rowCount", sha256, ${iso('taken_at')} as "takenAt"
from responder.evidence where run_id = $1 order by taken_at, key limit 100`;

export const answersKept = (on: Queryable, run: string): Promise<AnswerKept[]> =>
  allRows<AnswerKept>(on, KEPT, [run]);

/** A request for approval as it was shown to people, and how far it is. */
export interface RequestSeen {
  readonly id: string;
  readonly run: string;
  readonly incident: string;
  readonly playbook: string;
  readonly target: Target;
  readonly state: 'open' | 'approved' | 'refused' | 'expired' | 'void';
  readonly planSha256: string;
  readonly people: number;
  readonly requester: string | null;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly decidedAt: string | null;
  readonly why: string | null;
  readonly approvers: readonly { readonly person: string; readonly at: string }[];
  /** Its run has ended. */
  readonly ended: boolean;
  readonly shown: {
    readonly plan: string;
    /** Missing in requests of older versions. */
    readonly actions?: Plan;
    readonly why: string;
    readonly decision: string;
    readonly evidence: readonly {
      readonly probe: string;
      readonly question: string;
      readonly tell: string;
    }[];
    readonly effect?: Impact | null;
    readonly limits: PlaybookLimits['blastRadius'];
  };
}

const REQUEST = `
select approval_id as id, run_id as run, incident_id as incident, playbook, target, state,
       approval.plan_sha256 as "planSha256", people, requester, ${iso('requested_at')} as "requestedAt",
       ${iso('expires_at')} as "expiresAt", ${iso('decided_at')} as "decidedAt", decided_why as why, shown,
       ended_at is not null as ended,
       (select coalesce(json_agg(json_build_object('person', person, 'at', ${iso('at')}) order by at), '[]')
        from responder.approver where approver.approval_id = approval.approval_id) as approvers
from responder.approval join responder.run using (run_id)`;

export const requestSeen = (on: Queryable, id: string): Promise<RequestSeen | undefined> =>
  firstRow<RequestSeen>(on, `${REQUEST} where approval_id = $1`, [id]);

const REQUESTED = `${REQUEST} where state = 'open' and expires_at > $1 and ended_at is null order by expires_at limit 50`;

export const requestsOpen = (on: Queryable, now: Date): Promise<RequestSeen[]> =>
  allRows<RequestSeen>(on, REQUESTED, [now]);

/** A place where the words of a search occur. */
export interface Found {
  readonly kind: 'incident' | 'run' | 'approval';
  readonly id: string;
  readonly at: string;
  readonly playbook: string;
  readonly target: Target;
  readonly says: string | null;
}

/** Words are sought in so many of the newest runs and incidents, so that a search costs no more as the record grows. */
export const SEARCHED = 10_000;

/** `$1` is a pattern of `ilike`; whole ids find what is older, too. Newest first, and so many of each. */
const SEARCH = `
(select 'incident' as kind, incident_id as id, ${iso('opened_at')} as at, playbook, target, 'INC-' || number || ', ' || severity as says
 from (select * from responder.incident order by number desc limit ${SEARCHED}) newest
 where incident_id ilike $1 or playbook ilike $1 or target_key ilike $1
 order by number desc limit 20)
union all
(select 'incident', incident_id, ${iso('opened_at')}, playbook, target, 'INC-' || number || ', ' || severity
 from responder.incident where incident_id = $2 or number = $3)
union all
(select 'run', run_id, ${iso('opened_at')}, playbook, target, coalesce(outcome || ': ' || why, 'in progress')
 from (select * from responder.run order by opened_at desc limit ${SEARCHED}) newest
 where run_id ilike $1 or target_key ilike $1 or why ilike $1 or alarm ilike $1
 order by opened_at desc limit 20)
union all
(select 'run', run_id, ${iso('opened_at')}, playbook, target, coalesce(outcome || ': ' || why, 'in progress')
 from responder.run where run_id = any(array_append(array(
   select run_id from (select * from responder.guard where answer = 'refuse' order by checked_at desc limit ${SEARCHED}) newest
   where guard = $2 order by checked_at desc limit 20), $2)))
union all
(select 'approval', approval_id, ${iso('requested_at')}, playbook, target, state || ': ' || (shown ->> 'plan')
 from (select * from responder.approval order by requested_at desc limit ${SEARCHED / 10}) newest
 join responder.run using (run_id)
 where requester ilike $1 or shown ->> 'plan' ilike $1
   or exists (select from responder.approver where approver.approval_id = newest.approval_id and person ilike $1)
 order by requested_at desc limit 20)`;

/** Incidents, runs and approvals by id, target, words, alarm, person, or the guard that refused. */
export async function search(on: Queryable, words: string): Promise<Found[]> {
  const found = await allRows<Found>(on, SEARCH, [
    `%${words.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`,
    words,
    /^(?:INC-)?(\d{1,9})$/i.exec(words)?.[1] ?? null,
  ]);
  return [...new Map(found.map((one) => [`${one.kind}/${one.id}`, one])).values()];
}

const ENTRIES = `
select seq, at, kind, body from responder.audit where chain = $1 order by seq desc limit $2`;

/** The newest entries of an incident's chain, oldest first; each body as JSON text. */
export const newestEntries = async (
  on: Queryable,
  chain: string,
  most: number,
): Promise<{ seq: number; at: string; kind: string; body: string }[]> =>
  (
    await allRows<{ seq: number; at: string; kind: string; body: string }>(on, ENTRIES, [chain, most])
  ).reverse();

const ORDERS = `
select seq, at, kind, body, hash
from (select * from responder.audit where chain = '${PEOPLES_CHAIN}' order by seq desc limit 1000) newest
where kind not like 'command.%' order by seq desc limit 50`;

/** Entries of the chain of people's orders, newest first; each body as JSON text. */
export const newestOrders = (
  on: Queryable,
): Promise<{ seq: number; at: string; kind: string; body: string; hash: string }[]> => allRows(on, ORDERS);
