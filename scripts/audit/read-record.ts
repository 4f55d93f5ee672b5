import type { ClientBase, Pool } from 'pg';
import { PEOPLES_CHAIN } from '../../lambdas/record/audit-chain.ts';
import { TOLD } from '../../lambdas/record/calls.ts';
import { iso } from '../../lambdas/record/episode-status.ts';
import type { RecordRows } from './verify-record.ts';

const ENDED = `mode = 'live' and ended_at is not null`;

/** What belongs to an incident. @param only a condition on the incident's id */
const ofIncidents = (
  only: (id: string) => string,
): Readonly<Record<'runs' | 'guards' | 'approvers' | 'told' | 'evidence', string>> => ({
  runs: `select run_id as run, playbook, ${iso('ended_at')} as at, outcome, why, decision, finding, plan_sha256 as "planSha256"
    from responder.run where ${ENDED} and ${only('incident_id')}`,
  guards: `select run_id as run, slot, guard, answer, figures from responder.guard join responder.run using (run_id)
    where ${ENDED} and ${only('incident_id')}`,
  approvers: `select approval_id as approval, person, caller_arn as caller, ${iso('at')} as at
    from responder.approver left join (responder.approval join responder.run using (run_id)) using (approval_id)
    where ${only('incident_id')}`,
  told: `select incident_id as incident, episode, ${TOLD} as told from responder.told where ${only('incident_id')}`,
  evidence: `select run_id as run, key, source, query, parameters, rows, row_count as "rowCount", sha256
    from responder.evidence join responder.run using (run_id) where ${ENDED} and ${only('incident_id')}`,
});

/** A row with the chain that should hold it. */
export type InChain<Table extends keyof RecordRows> = RecordRows[Table][number] & {
  readonly chain: string;
  readonly at: string;
};

export const COMMANDS = `
select '${PEOPLES_CHAIN}' as chain, nonce, ${iso('at')} as at, caller_arn as caller, person, command, answer
from responder.command order by at`;
export const EVENTS = `
select case when object_type = 'incident' then object_id else coalesce(incident_id, '${PEOPLES_CHAIN}') end collate "C" as chain,
  event_id as event, ${iso('occurred_at')} as at, actor_id as person, action, object_type as type, object_id as id, metadata
from audit_event
left join (responder.approval join responder.run using (run_id)) on object_type = 'approval' and approval_id = object_id
where actor_type = 'operator_user' and action like 'responder.%' order by chain, occurred_at`;
export const REMEDIATIONS = `
select coalesce(incident_id, '${PEOPLES_CHAIN}') collate "C" as chain,
  ${iso('occurred_at')} as at, actor_id as actor, action, metadata
from audit_event left join responder.run on run_id = metadata ->> 'run'
where actor_type = 'system' and action like 'remediation.%' order by chain, occurred_at`;

/** Of these incidents; `none`: what belongs to no incident, and should not be there. */
export async function readOfIncidents(
  client: ClientBase | Pool,
  incidents: readonly string[] | 'none' | 'all',
): Promise<Pick<RecordRows, keyof ReturnType<typeof ofIncidents>>> {
  const only = (id: string): string =>
    incidents === 'all' ? 'true' : incidents === 'none' ? `${id} is null` : `${id} = any($1)`;
  const read: Partial<Record<keyof RecordRows, unknown[]>> = {};
  for (const [name, sql] of Object.entries(ofIncidents(only)) as [keyof RecordRows, string][])
    read[name] =
      incidents.length === 0
        ? []
        : (await client.query(sql, typeof incidents === 'string' ? [] : [incidents])).rows;
  return asInFile(read as RecordRows);
}

/** The tables that the audit's entries are held against. */
export async function readRecord(client: ClientBase | Pool): Promise<RecordRows> {
  const read = async (sql: string): Promise<never[]> =>
    (await client.query<{ chain: string }>(sql)).rows.map(({ chain: _, ...row }) => row as never);
  return {
    ...(await readOfIncidents(client, 'all')),
    ...asInFile({
      commands: await read(COMMANDS),
      events: await read(EVENTS),
      remediations: await read(REMEDIATIONS),
    }),
  };
}

/** Moments and numbers as a file has them. */
const asInFile = <T>(rows: T): T => JSON.parse(JSON.stringify(rows)) as T;
