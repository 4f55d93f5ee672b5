import { evidenceHash } from '../../../lambdas/record/evidence.ts';
import { shown, type FinancialRule } from './rule.ts';

/** The first thing that a run did, by the ledger's own order: its first job, or the first change of its own. */
const WITHOUT = `
with done as (
  select run.run_id, min(seq) as first
  from responder.run join noted.event on event.run_id = run.run_id and event.kind = 'job'
  where run.mode = 'live' group by 1
),
acting as (select run_id from responder.run where fence is not null and mode = 'live' union select run_id from done)
select acting.run_id,
       (select count(*)::int from noted.event where event.run_id = acting.run_id and kind = 'evidence'
          and key like 'before/%' and seq < coalesce(done.first, 9223372036854775807)) as kept_before,
       (select count(*)::int from responder.evidence where evidence.run_id = acting.run_id and key like 'before/%') as kept,
       exists (select from noted.event where event.run_id = acting.run_id and kind = 'audit' and key = 'remediation.intended'
          and seq < coalesce(done.first, 9223372036854775807)) as intended_before
from acting left join done using (run_id)`;

const EVIDENCE = `
select run_id, key, probe, source, query, parameters, rows, sha256, taken_at,
       jsonb_array_length(rows) = row_count as complete
from responder.evidence`;

/** Looks that were taken before somebody acted must be older than the first step that acted. */
const LATE = `
select evidence.run_id, evidence.key, evidence.taken_at, acted.at
from responder.evidence
join (select run_id, min(started_at) as at from responder.step where kind = 'act' group by 1) acted using (run_id)
where evidence.key like 'before/%' and evidence.taken_at > acted.at`;

interface Kept {
  readonly run_id: string;
  readonly kept_before: number;
  readonly kept: number;
  readonly intended_before: boolean;
}

interface Row {
  readonly run_id: string;
  readonly key: string;
  readonly source: string;
  readonly query: string;
  readonly parameters: Record<string, unknown>;
  readonly rows: unknown[];
  readonly sha256: string;
  readonly complete: boolean;
}

export const evidenceFirst: FinancialRule = {
  number: 5,
  title: 'Evidence is kept before acting',
  async check({ pool }) {
    const { rows: runs } = await pool.query<Kept>(WITHOUT);
    const { rows: evidence } = await pool.query<Row>(EVIDENCE);
    const wrong = evidence
      .filter(({ query, sha256, complete, ...rest }) =>
        complete
          ? evidenceHash({ ...rest, query }) !== sha256
          : !/^[0-9a-f]{64}$/.test(sha256) || query === '',
      )
      .map(({ run_id, key, sha256 }) => ({ run_id, key, sha256 }));
    return [
      ...shown(
        'a run has acted before all of its evidence was kept',
        runs.filter(({ kept, kept_before }) => kept === 0 || kept_before < kept),
      ),
      ...shown(
        'a run has acted before its intent was on record',
        runs.filter(({ intended_before }) => !intended_before),
      ),
      ...shown('evidence does not have the checksum of what it says', wrong),
      ...shown('evidence was taken after the run had begun to act', (await pool.query(LATE)).rows),
    ];
  },
};
