import * as z from 'zod';
import type { Estate } from '../../platform/settings.ts';
import type { ProbeDefinition } from './definition.ts';
import { errorCause } from '../../platform/error-cause.ts';
import { ledgerProbe } from './ledger-probe.ts';

/** A job's runs for one period. */
export const RerunHistory = z.object({
  /** Its newest run; null: none is on record. */
  status: z.enum(['started', 'completed', 'failed']).nullable(),
  at: z.string().nullable(),
  /** The kind of the newest run's error. */
  error: z.string().nullable(),
  /**
   * When the responder's last run completed, within a day and after all inputs had changed: another one
   * would do the same.
   */
  orderedAt: z.string().nullable(),
});
export type RerunHistory = z.infer<typeof RerunHistory>;

/** Only the responder's runs have a fence. */
const SQL = `
with run as (
  select case when finished_at > $4::timestamptz then 'started' else status end as status, started_at,
         case when finished_at <= $4::timestamptz then finished_at end as finished_at, fence,
         case when finished_at <= $4::timestamptz then result ->> 'error' end as error
  from job_run where job = $1 and period = $2 and started_at <= $4::timestamptz
),
newest as (select * from run order by started_at desc, finished_at desc limit 1)
select (select status from newest), (select error from newest),
       (select to_char(coalesce(finished_at, started_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') from newest) as at,
       (select to_char(max(finished_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"') from run
        where fence is not null and status = 'completed' and finished_at > $4::timestamptz - interval '1 day'
          and not exists (
            select from job_run input
            where input.job = any ($3::text[]) and input.period = $2 and input.status = 'completed'
              and input.finished_at > run.started_at and input.finished_at <= $4::timestamptz)) as "orderedAt"`.trim();

/** @param inputs the jobs that change this one's inputs */
const rerunHistory = (of: {
  readonly name: string;
  readonly question: string;
  readonly job: (jobs: Estate['jobs']) => string;
  readonly inputs: (estate: Estate) => readonly string[];
}): ProbeDefinition<{ period: string }, RerunHistory> =>
  ledgerProbe<{ period: string }, RerunHistory, RerunHistory>({
    name: of.name,
    question: of.question,
    sql: SQL,
    values: ({ target, settings: { estate }, now }) => [
      of.job(estate.jobs),
      target.period,
      of.inputs(estate),
      now.toISOString(),
    ],
    value: RerunHistory,
    read: ([row]) => ({
      status: row?.status ?? null,
      at: row?.at ?? null,
      error: row?.error == null ? null : errorCause(row.error),
      orderedAt: row?.orderedAt ?? null,
    }),
    describe: ({ status, at, error, orderedAt }) =>
      (status === null ? 'no run on record' : `newest run ${status} at ${at ?? 'an unknown time'}`) +
      (error === null ? '' : ` (${error})`) +
      (orderedAt === null ? '' : `; one that was ordered from here completed at ${orderedAt}`),
  });

export const allocationHistory = rerunHistory({
  name: 'allocation-history',
  question: 'How did the last allocations of the period go?',
  job: ({ allocation }) => allocation,
  inputs: ({ ingestion, jobs }) => [ingestion.job, jobs.tagSync],
});

export const reconciliationHistory = rerunHistory({
  name: 'reconciliation-history',
  question: 'How did the last reconciliations of the period go?',
  job: ({ reconciliation }) => reconciliation,
  inputs: ({ ingestion, jobs }) => [ingestion.job, jobs.tagSync, jobs.allocation],
});
