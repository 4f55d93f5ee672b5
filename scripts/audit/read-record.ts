import type { ClientBase, Pool } from 'pg';
import type { RecordRows } from './verify-record.ts';

const SQL: Readonly<Record<keyof RecordRows, string>> = {
  runs: `select run_id as run, outcome, why, decision from responder.run where mode = 'live' and ended_at is not null`,
  guards: `select run_id as run, slot, guard, answer, figures from responder.guard join responder.run using (run_id)
    where mode = 'live' and ended_at is not null`,
  approvers: `select approval_id as approval, person, caller_arn as caller from responder.approver`,
  events: `select event_id as event, actor_id as person, action, object_type as type, object_id as id
    from audit_event where actor_type = 'operator_user' and action like 'responder.%'`,
  evidence: `select run_id as run, key, source, query, parameters, rows, row_count as "rowCount", sha256
    from responder.evidence join responder.run using (run_id) where mode = 'live' and ended_at is not null`,
};

/** The tables that the audit's entries are held against. */
export async function readRecord(client: ClientBase | Pool): Promise<RecordRows> {
  const read: Partial<Record<keyof RecordRows, unknown>> = {};
  for (const [name, sql] of Object.entries(SQL) as [keyof RecordRows, string][])
    read[name] = (await client.query(sql)).rows;
  return read as unknown as RecordRows;
}
