import type { Ledger, Queryable } from '../../platform/ledger/queryable.ts';
import { transaction } from '../../platform/ledger/transaction.ts';
import { DRAFTS, MESSAGE } from '../../record/calls.ts';
import type { GuardRecord } from '../../domain/guard-answer.ts';
import type { Gathered, GatheredEvidence, GatheredRun, GatheredStep } from './gathered.ts';
import { CLOSED_BY } from '../../record/episode-status.ts';

const EPISODE = `
select incident.incident_id as incident, episode.episode, playbook, target, episode.severity,
       episode.opened_at as "openedAt", episode.opened_by_run as "openedByRun", acknowledged_at as "acknowledgedAt",
       acknowledged_by as "acknowledgedBy", episode.closed_at as "closedAt", ${CLOSED_BY} as "closedBy", jira_key as "jiraKey"
from responder.incident join responder.episode using (incident_id)
where incident_id = $1 and episode.episode = $2`;

/** Runs of the episode: those of the incident that were opened before it came back. */
const ITS_RUNS = `
run.incident_id = $1 and run.mode = 'live'
and run.opened_at > coalesce((select max(closed_at) from responder.episode where incident_id = $1 and episode < $2), '-infinity')
and run.opened_at < coalesce((select opened_at from responder.episode where incident_id = $1 and episode = $2 + 1), 'infinity')`;

const RUNS = `
select run_id as run, playbook, target, request -> 'cause' as cause, opened_at as "openedAt", ended_at as "endedAt",
       claimed_at as "claimedAt", outcome, why, decision, plan_sha256 as "planSha256", joined_run as "joinedRun",
       waits_for as "waitsFor"
from responder.run where ${ITS_RUNS} order by opened_at, arrival`;

const STEPS = `
select run_id as run, step.name, started_at as "startedAt", step.ended_at as "endedAt", tell,
       case when jsonb_typeof(detail -> 'told') = 'array' then detail -> 'told' else '[]' end as told,
       case when jsonb_typeof(detail -> 'evidence') = 'array'
         then jsonb_path_query_array(detail -> 'evidence', '$[*].key') else '[]' end as evidence,
       detail ->> 'state' as state, detail ->> 'delivery' as delivery,
       coalesce((detail ->> 'gaveUp')::boolean, false) as "gaveUp"
from responder.step join responder.run using (run_id) where ${ITS_RUNS} order by run_id, seq`;
const GUARDS = `
select run_id as run, slot, guard, answer, figures, checked_at as "checkedAt"
from responder.guard join responder.run using (run_id) where ${ITS_RUNS} order by run_id, checked_at, slot, guard`;
const EVIDENCE = `
select run_id as run, key, probe, source, row_count as "rowCount", sha256, taken_at as "takenAt"
from responder.evidence join responder.run using (run_id) where ${ITS_RUNS} order by run_id, taken_at, key`;
const APPROVALS = `
select run_id as run, approval_id as id, state, people, requested_at as "requestedAt", expires_at as "expiresAt",
       decided_at as "decidedAt", decided_why as why
from responder.approval join responder.run using (run_id) where ${ITS_RUNS}`;
const APPROVERS = `
select approval_id as id, person, at
from responder.approver join responder.approval using (approval_id) join responder.run using (run_id)
where ${ITS_RUNS} order by at`;

const TOLD = `
select ${MESSAGE} as message, recipient, due_at as "dueAt", told_at as "toldAt", confirmed, tries, why,
       round(extract(epoch from told_at - due_at))::int as "lateSeconds"
from responder.told where incident_id = $1 and episode = $2 and kind <> 'draft'
order by due_at, kind, severity, level, batch, recipient`;

/**
 * Between the episode's opening and the next one's; the chain's own order decides, no clock. Without what tells of the draft
 * itself: drafted again after a failed try, it must find the same record.
 */
const AUDIT = `
select seq, key, at, kind, body, hash from responder.audit
where chain = $1 and kind not like 'postmortem.%' and not (kind = 'people.told' and body::json ->> 'recipient' = '${DRAFTS}')
  and seq >= coalesce((select seq from responder.audit where chain = $1 and key = 'opened/' || $2), 1)
  and seq < coalesce((select seq from responder.audit where chain = $1 and key = 'opened/' || ($2::int + 1)), 2147483647)
order by seq`;

const DURATIONS = `
with its as (
  select min(alarm_changed_at) as alarmed,
         (select min(started_at) from responder.step join responder.run using (run_id)
          where ${ITS_RUNS} and step.kind = 'act') as acted
  from responder.run where ${ITS_RUNS}
)
select least(alarmed, opened_at) as "firstAlarmAt",
       round(extract(epoch from closed_at - least(alarmed, opened_at)))::int as fault,
       round(extract(epoch from acknowledged_at - opened_at))::int as "toAcknowledge",
       round(extract(epoch from acted - opened_at))::int as "toFirstAction",
       round(extract(epoch from closed_at - opened_at))::int as "toResolve"
from responder.episode, its where incident_id = $1 and episode = $2`;

/** Money is added where it is exact. */
const EFFECT = `
with begun as (select effect from responder.run where ${ITS_RUNS} and claimed_at is not null and effect is not null)
select count(*)::int as plans, coalesce(sum((effect ->> 'rows')::bigint), 0)::int as rows,
       coalesce(sum((effect ->> 'usd')::numeric), 0)::text as usd,
       array(select distinct tenant from begun, jsonb_array_elements_text(effect -> 'tenants') as tenant order by tenant) as tenants
from begun`;

/**
 * One look at the whole record of an episode.
 * @throws when there is no such episode, or it is still open: a postmortem is of what is over
 */
export async function gather(pool: Ledger, incident: string, episode: number): Promise<Gathered> {
  return transaction(
    pool,
    async (client) => {
      const ask = asker(client, [incident, episode]);
      const [about] = await ask<Omit<Gathered, 'closedAt'> & { closedAt: string | null }>(EPISODE);
      if (!about) throw new Error(`there is no episode ${episode} of incident ${incident} on record`);
      const { closedAt } = about;
      if (closedAt === null)
        throw new Error(`incident ${incident} is still open; its postmortem is drafted once it is resolved`);
      const [durations] = await ask<Gathered['durations']>(DURATIONS);
      const [effect] = await ask<Gathered['effect']>(EFFECT);
      if (!durations || !effect) throw new Error(`incident ${incident} has no figures on record`);
      return {
        ...about,
        closedAt,
        durations,
        effect,
        runs: await runsOf(ask),
        told: await ask<Gathered['told'][number]>(TOLD),
        audit: await ask<Gathered['audit'][number]>(AUDIT),
      };
    },
    'snapshot',
  );
}

type Ask = <Row>(sql: string) => Promise<Row[]>;

/** Rows as JSON has them: a moment is its ISO text. */
const asker =
  (client: Queryable, values: readonly unknown[]): Ask =>
  async <Row>(sql: string) => {
    const { rows } = await client.query(sql, [...values]);
    return JSON.parse(JSON.stringify(rows)) as Row[];
  };

async function runsOf(ask: Ask): Promise<GatheredRun[]> {
  type Of<T> = T & { run: string };
  const runs = await ask<Omit<GatheredRun, 'steps' | 'guards' | 'evidence' | 'approval'>>(RUNS);
  const steps = await ask<Of<GatheredStep>>(STEPS);
  const guards = await ask<Of<GuardRecord>>(GUARDS);
  const evidence = await ask<Of<GatheredEvidence>>(EVIDENCE);
  const approvals = await ask<Of<Omit<NonNullable<GatheredRun['approval']>, 'approvers'>>>(APPROVALS);
  const approvers = await ask<{ id: string; person: string; at: string }>(APPROVERS);
  return runs.map((run) => {
    const approval = approvals.find((one) => one.run === run.run);
    return {
      ...run,
      steps: of(run.run, steps),
      guards: of(run.run, guards),
      evidence: of(run.run, evidence),
      approval: approval
        ? {
            ...without(approval),
            approvers: approvers
              .filter(({ id }) => id === approval.id)
              .map(({ person, at }) => ({ person, at })),
          }
        : null,
    };
  });
}

const without = <T extends { run: string }>({ run: _run, ...rest }: T): Omit<T, 'run'> => rest;
const of = <T extends { run: string }>(run: string, all: readonly T[]): Omit<T, 'run'>[] =>
  all.filter((one) => one.run === run).map(without);
