import { shown, type FinancialRule } from './rule.ts';

/** Runs that held the lock, and what the audit trail says of each: its intent, and once it has ended its outcome. */
const RUNS = `
select run.run_id, run.outcome,
       count(*) filter (where action = 'remediation.intended')::int as intended,
       count(*) filter (where action = 'remediation.' || run.outcome)::int as ended
from responder.run left join audit_event on actor_id = run.run_id and actor_type = 'system'
  and metadata ->> 'run' = run.run_id and metadata ->> 'what' <> '' and metadata ->> 'why' <> ''
where run.fence is not null and run.mode = 'live'
group by run.run_id, run.outcome, run.ended_at
having count(*) filter (where action = 'remediation.intended') <> 1
    or (run.ended_at is not null and count(*) filter (where action = 'remediation.' || run.outcome) <> 1)`;

/** What the responder itself changed in the ledger, without an event of the same name, by the run, on an object. */
const CHANGES = `
select run_id, job from job_run
where job like 'responder.%' and status = 'completed'
  and run_id in (select key from noted.event where kind = 'job')
  and not exists (select from audit_event
                  where action = job_run.job and actor_type = 'system' and object_id <> ''
                    and actor_id = regexp_replace(job_run.run_id, '-[0-9]+$', '')
                    and metadata ->> 'run' = actor_id)`;

/** Jobs that a run has called must have been intended by one. */
const UNINTENDED = `
select event.key as run_id from noted.event
join responder.run on run.run_id = event.run_id
where event.kind = 'job'
  and not exists (select from audit_event where action = 'remediation.intended' and actor_id = event.run_id)`;

export const audited: FinancialRule = {
  number: 6,
  title: 'Every change is audited',
  async check({ pool }) {
    const rowsOf = async (sql: string) => (await pool.query<Record<string, unknown>>(sql)).rows;
    return [
      ...shown('a run that acted is missing the audit of its intent or its outcome', await rowsOf(RUNS)),
      ...shown('a change in the ledger is missing its audit event', await rowsOf(CHANGES)),
      ...shown('a job was called that no run had intended', await rowsOf(UNINTENDED)),
    ];
  },
};
