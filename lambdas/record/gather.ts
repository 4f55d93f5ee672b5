import { allRows, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { DRAFTS, MESSAGE } from './calls.ts';
import type { Gathered, GatheredRun } from './gathered.ts';
import { CLOSED_BY, iso } from './episode-status.ts';

const EPISODE = `
select incident.incident_id as incident, episode.episode, playbook, target, episode.severity,
       episode.opened_at as "openedAt", episode.opened_by_run as "openedByRun", acknowledged_at as "acknowledgedAt",
       acknowledged_by as "acknowledgedBy", episode.closed_at as "closedAt", ${CLOSED_BY} as "closedBy", jira_key as "jiraKey"
from responder.incident join responder.episode using (incident_id)
where incident_id = $1 and episode.episode = $2`;

/** Runs of the incident that were opened before it came back. */
const ITS_RUNS = `
run.incident_id = $1 and run.mode = 'live'
and run.opened_at > coalesce((select max(closed_at) from responder.episode where incident_id = $1 and episode < $2), '-infinity')
and run.opened_at < coalesce((select opened_at from responder.episode where incident_id = $1 and episode = $2 + 1), 'infinity')`;

const listOf = (parts: string, order: string): string =>
  `select coalesce(json_agg(json_build_object(${parts}) order by ${order}), '[]')`;

const RUNS = `
select run_id as run, playbook, target, request -> 'cause' as cause, opened_at as "openedAt", ended_at as "endedAt",
       claimed_at as "claimedAt", outcome, why, decision, plan_sha256 as "planSha256", joined_run as "joinedRun",
       waits_for as "waitsFor",
  (${listOf(
    `'name', name, 'startedAt', ${iso('started_at')}, 'endedAt', ${iso('step.ended_at')}, 'tell', tell,
     'told', case when jsonb_typeof(detail -> 'told') = 'array' then detail -> 'told' else '[]' end,
     'evidence', case when jsonb_typeof(detail -> 'evidence') = 'array'
       then jsonb_path_query_array(detail -> 'evidence', '$[*].key') else '[]' end,
     'state', detail ->> 'state', 'delivery', detail ->> 'delivery',
     'gaveUp', coalesce((detail ->> 'gaveUp')::boolean, false)`,
    'seq',
  )} from responder.step where step.run_id = run.run_id) as steps,
  (${listOf(
    `'slot', slot, 'guard', guard, 'answer', answer, 'figures', figures, 'checkedAt', ${iso('checked_at')}`,
    'checked_at, slot, guard',
  )} from responder.guard where guard.run_id = run.run_id) as guards,
  (${listOf(
    `'key', key, 'probe', probe, 'source', source, 'rowCount', row_count, 'sha256', sha256, 'takenAt', ${iso('taken_at')}`,
    'taken_at, key',
  )} from responder.evidence where evidence.run_id = run.run_id) as evidence,
  (select json_build_object('id', approval_id, 'state', state, 'people', people, 'requestedAt', ${iso('requested_at')},
                            'expiresAt', ${iso('expires_at')}, 'decidedAt', ${iso('decided_at')}, 'why', decided_why,
     'approvers', (${listOf(`'person', person, 'at', ${iso('at')}`, 'at')}
                   from responder.approver where approver.approval_id = approval.approval_id))
   from responder.approval where approval.run_id = run.run_id) as approval
from responder.run where ${ITS_RUNS} order by opened_at, arrival`;

const TOLD = `
select ${MESSAGE} as message, recipient, due_at as "dueAt", told_at as "toldAt", confirmed, tries, why,
       round(extract(epoch from told_at - due_at))::int as "lateSeconds"
from responder.told where incident_id = $1 and episode = $2 and kind <> 'draft'
order by due_at, kind, severity, level, batch, recipient`;

/**
 * Between the episode's opening and the next one's, by the chain's order, not by time. Without entries
 * about the draft: a retry must find the same record.
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

/** SQL adds money exactly. */
const EFFECT = `
with begun as (select effect, outcome from responder.run where ${ITS_RUNS} and claimed_at is not null and effect is not null),
proven as (select json_build_object('plans', count(*), 'rows', coalesce(sum((effect ->> 'rows')::bigint), 0),
             'usd', coalesce(sum((effect ->> 'usd')::numeric), 0)::text) as sums from begun where outcome = 'resolved')
select count(*)::int as plans, coalesce(sum((effect ->> 'rows')::bigint), 0)::int as rows,
       coalesce(sum((effect ->> 'usd')::numeric), 0)::text as usd,
       array(select distinct tenant from begun, jsonb_array_elements_text(effect -> 'tenants') as tenant order by tenant) as tenants,
       (select sums from proven) as proven
from begun`;

/**
 * The whole record of an episode from one snapshot.
 * @throws when there is no such episode, or it is still open
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
        runs: await ask<GatheredRun>(RUNS),
        told: await ask<Gathered['told'][number]>(TOLD),
        audit: await ask<Gathered['audit'][number]>(AUDIT),
      };
    },
    'snapshot',
  );
}

/** A moment is its ISO text. */
const asker =
  (client: Queryable, values: readonly unknown[]) =>
  async <Row>(sql: string): Promise<Row[]> =>
    JSON.parse(JSON.stringify(await allRows(client, sql, values))) as Row[];
