import type { ClientBase, Pool } from 'pg';
import { TOLD } from '../../lambdas/record/calls.ts';
import { iso } from '../../lambdas/record/episode-status.ts';
import type { RecordRows } from './verify-record.ts';

const ENDED = `mode = 'live' and ended_at is not null`;

const SQL: Readonly<Record<keyof RecordRows, string>> = {
  runs: `select run_id as run, playbook, ${iso('ended_at')} as at, outcome, why, decision, finding, plan_sha256 as "planSha256"
    from responder.run where ${ENDED}`,
  guards: `select run_id as run, slot, guard, answer, figures from responder.guard join responder.run using (run_id)
    where ${ENDED}`,
  approvers: `select approval_id as approval, person, caller_arn as caller, ${iso('at')} as at from responder.approver`,
  commands: `select nonce, ${iso('at')} as at, caller_arn as caller, person, command, answer from responder.command`,
  told: `select incident_id as incident, episode, ${TOLD} as told from responder.told`,
  events: `select event_id as event, ${iso('occurred_at')} as at, actor_id as person, action, object_type as type,
      object_id as id, metadata
    from audit_event where actor_type = 'operator_user' and action like 'responder.%'`,
  remediations: `select ${iso('occurred_at')} as at, actor_id as actor, action, metadata
    from audit_event where actor_type = 'system' and action like 'remediation.%'`,
  evidence: `select run_id as run, key, source, query, parameters, rows, row_count as "rowCount", sha256
    from responder.evidence join responder.run using (run_id) where ${ENDED}`,
};

/** The tables that the audit's entries are held against. */
export async function readRecord(client: ClientBase | Pool): Promise<RecordRows> {
  const read: Partial<Record<keyof RecordRows, unknown>> = {};
  for (const [name, sql] of Object.entries(SQL) as [keyof RecordRows, string][])
    read[name] = (await client.query(sql)).rows;
  // Moments and numbers as a file has them.
  return JSON.parse(JSON.stringify(read)) as RecordRows;
}
