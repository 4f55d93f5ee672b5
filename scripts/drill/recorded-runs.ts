import type { Pool } from 'pg';
import type { DrillRun } from './result.ts';

const RUNS = `
select run_id as run, incident_id as incident, playbook, target, request -> 'cause' ->> 'kind' as cause, alarm,
       outcome, decision ->> 'branch' as branch, why, opened_at as "openedAt", ended_at as "endedAt",
       fence::text, operations, ledger_writes as "ledgerWrites", decision,
       (select coalesce(json_agg(name order by seq), '[]') from responder.step where step.run_id = run.run_id) as steps,
       (select coalesce(json_agg(json_build_object('slot', slot, 'guard', guard, 'answer', answer, 'figures', figures)
                                 order by checked_at, guard), '[]')
        from responder.guard where guard.run_id = run.run_id) as guards,
       (select coalesce(json_agg(json_build_object('probe', probe, 'key', key, 'source', source, 'query', query,
                                                   'rows', row_count, 'sha256', sha256) order by key), '[]')
        from responder.evidence where evidence.run_id = run.run_id) as evidence
from responder.run
where run_id = any($1)
order by array_position($1, run_id)`;

/** The runs' records, in the order of the ids. */
export async function recordedRuns(pool: Pool, ids: readonly string[]): Promise<DrillRun[]> {
  type Row = DrillRun & { openedAt: Date; endedAt: Date | null };
  const { rows } = await pool.query<Row>(RUNS, [ids]);
  return rows.map((row) => ({
    ...row,
    openedAt: (row.openedAt as unknown as Date).toISOString(),
    endedAt: (row.endedAt as unknown as Date | null)?.toISOString() ?? null,
  }));
}
