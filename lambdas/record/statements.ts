import { iso } from './episode-status.ts';
import { RELEASE } from './locks.ts';
import { LAST_RESET } from './standing.ts';

/** All of these may be repeated. */

/**
 * The run's incident, and whether the playbook itself has had a run in it: a symptom's run may have opened it. A
 * rehearsal has no incident.
 */
export const INCIDENT_OF_RUN = `
select exists (select from responder.run where incident_id = $1 and playbook = $2) as attended,
  (select jsonb_build_object('number', number, 'severity', severity, 'episode', incident.episode) || coalesce((
     select jsonb_build_object('lastClosedAt', ${iso('before.closed_at')}) from responder.episode before
     where before.incident_id = $1 and before.episode = incident.episode - 1), '{}')
   from responder.incident where incident_id = $1) as incident`;

export const UPSERT_RUN = `
insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, alarm, alarm_changed_at,
                           replay_of, execution_arn, opened_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (run_id) do nothing`;

/** Runs on one playbook and target are recorded in sequence, so that the later one sees the earlier. */
export const QUEUE_UP = `select pg_advisory_xact_lock(hashtext($1), hashtext($2))`;

/**
 * An earlier run that is in progress; or that ended within two minutes, started by another alarm of
 * the playbook, and left the fault to people: warning and critical alarm of one fault fire together. `+ 0` keeps it from
 * reading a target's runs of all times in their order: few are in progress or have just ended.
 */
export const OTHER_RUN = `
select other.run_id as run, other.ended_at is not null as ended
from responder.run mine
join responder.run other on other.playbook = mine.playbook and other.target_key = mine.target_key and other.arrival + 0 < mine.arrival
where mine.run_id = $1 and other.mode = 'live'
  and coalesce(other.ended_at, 'infinity') >= mine.opened_at - interval '2 minutes'
  and (other.ended_at is null
    or (other.alarm <> mine.alarm and other.ended_at >= mine.opened_at - interval '2 minutes'
      and other.outcome in ('escalated', 'ineffective', 'inconclusive', 'failed')))
order by other.arrival + 0 limit 1`;

/**
 * Only an unfinished run on record may claim, and only in the execution that opened it: a redriven
 * request would find the first one's actions under its own ids. A holder of the lock keeps its fence.
 */
export const CLAIM = `
update responder.run
set acting = true, fence = coalesce(fence, nextval('responder.fence')), decision = $2, plan_sha256 = $3, finding = $4,
    claimed_at = case when $6 then coalesce(claimed_at, $7::timestamptz) end, effect = $8
where run_id = $1 and ended_at is null and execution_arn = $5
returning fence`;

/** A run of which nothing began counts for no cooldown, budget or breaker. */
export const GIVE_BACK = `
update responder.run set fence = null, claimed_at = null
where run_id = $1 and execution_arn = $2 and fence is not null`;

export const FAIL = `
update responder.run set ended_at = $2, outcome = 'failed', acting = false,
  why = 'its durable execution ended without an outcome; what it had begun is unknown: see its log lines and its evidence'
where run_id = $1 and ended_at is null
returning fence is not null as acted, playbook, incident_id as incident, why, target, decision, finding,
  (select severity from responder.incident where incident.incident_id = run.incident_id) as severity`;

/**
 * Opens the breaker after so many ineffective or failed plans in a row, and lowers the trust level by
 * one. An open breaker stays: only a person closes it.
 */
export const TRIP = `
with streak as (
  select count(*)::int as count from responder.run
  where playbook = $1 and mode = 'live' and claimed_at is not null and outcome in ('ineffective', 'failed')
    and ended_at > coalesce(${LAST_RESET('$1')}, '-infinity')
    and ended_at > coalesce((select max(ended_at) from responder.run where playbook = $1 and mode = 'live'
                             and claimed_at is not null and outcome = 'resolved'), '-infinity')
)
insert into responder.standing (playbook, trust, trust_since, trust_by, breaker_since, breaker_why)
select $1, case $4 when 'auto' then 'approve' else 'shadow' end, $2, 'the breaker', $2,
       count || ' plans in a row were ineffective or failed'
from streak where count >= $3
on conflict (playbook) do update set
  trust = case coalesce(standing.trust, $4) when 'auto' then 'approve' else 'shadow' end,
  trust_since = excluded.trust_since, trust_by = excluded.trust_by,
  breaker_since = excluded.breaker_since, breaker_why = excluded.breaker_why
where standing.breaker_since is null
returning trust, breaker_why as why`;

/** Nothing of a run that is not on record yet. */
const OF_RUN = 'exists (select from responder.run where run_id = $1)';

const putSteps = (steps: string): string => `
insert into responder.step (run_id, name, seq, started_at, ended_at, tell, detail)
select $1, s.name, s.seq, s."startedAt", s."endedAt", s.tell, coalesce(s.detail, 'null'::jsonb)
from jsonb_to_recordset(${steps}::jsonb)
  as s(name text, seq int, "startedAt" timestamptz, "endedAt" timestamptz, tell text, detail jsonb)
where ${OF_RUN}
on conflict (run_id, name) do nothing`;

const putGuards = (guards: string): string => `
insert into responder.guard (run_id, slot, guard, answer, figures, checked_at)
select $1, g.slot, g.guard, g.answer, g.figures, g."checkedAt"
from jsonb_to_recordset(${guards}::jsonb)
  as g(slot text, guard text, answer text, figures text, "checkedAt" timestamptz)
where ${OF_RUN}
on conflict (run_id, slot, guard) do nothing`;

export const evidencePut = (evidence: string): string => `
insert into responder.evidence (run_id, key, probe, source, query, parameters, rows, row_count, sha256, taken_at)
select $1, e.key, e.probe, e.source, e.query, e.parameters, e.rows, e."rowCount", e.sha256, e."takenAt"
from jsonb_to_recordset(${evidence}::jsonb)
  as e(key text, probe text, source text, query text, parameters jsonb, rows jsonb, "rowCount" int, sha256 text,
       "takenAt" timestamptz)
where ${OF_RUN}
on conflict (run_id, key) do nothing`;

/** What is on record of the run then, for the audit; no row: it is not there yet, or is another execution's. */
const FOUND_OF = 'incident_id as incident, decision, finding, plan_sha256 as "planSha256"';

/**
 * A redriven request has the same id in another execution: it does not overwrite the record. A repetition
 * keeps the moment of the first: the outcome was true then, as the audit says, and may be no more.
 */
const ending = (before = ''): string => `
with ${before}steps as (${putSteps('$15')}),
guards as (${putGuards('$16')}),
evidence as (${evidencePut('$17')})
update responder.run
set ended_at = case when outcome = $3 then coalesce(ended_at, $2) else $2 end, outcome = $3, why = $4, decision = coalesce($5, decision), finding = coalesce($6, finding),
    plan_sha256 = coalesce($7, plan_sha256), joined_run = $8, operations = $9, ledger_writes = $10, acting = false,
    waits_for = $12, look_again_at = $13, effect = coalesce($14, effect)
where run_id = $1 and (ended_at is null or execution_arn = $11)
returning ${FOUND_OF}`;
export const END_RUN = ending(`released as (${RELEASE}), `);
/** It holds no locks. */
export const END_REHEARSAL = ending();

export const FOUND = `select ${FOUND_OF} from responder.run where run_id = $1`;

/**
 * In the domain's audit trail, and in the incident's chain. The event's id derives from run and action, so it is written
 * once; so is an entry, by its key. No row: the run is not on record.
 */
export const AUDIT = `
with of as (select incident_id, target_key from responder.run where run_id = $1),
event as (
  insert into audit_event (event_id, occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
  select md5($1::text || '/' || $2::text)::uuid, $3::timestamptz, 'system', $1, $2, 'target', target_key, $4::jsonb
  from of
  on conflict (event_id) do nothing),
entry as (
  insert into responder.audit (chain, key, at, kind, body)
  select incident_id, $2::text || '/' || $1::text, $5, $2, $6 from of)
select from of`;
