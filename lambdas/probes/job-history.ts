import * as z from 'zod';
import type { Estate } from '../settings.ts';
import type { ProbeDefinition } from './definition.ts';
import { errorCause } from './error-cause.ts';
import { ledgerProbe } from './ledger-probe.ts';

/** The newest runs of a job, the last one first. */
export const JobHistory = z.array(
  z.object({
    status: z.enum(['started', 'completed', 'failed']),
    /** Since it ended, or began if it has not. */
    minutesAgo: z.number(),
    /** The kind of error it failed of; its text stays in the evidence. */
    cause: z.string().nullable(),
  }),
);
export type JobHistory = z.infer<typeof JobHistory>;

const NEWEST = 5;

const SQL = `
select status, result->>'error' as error,
       extract(epoch from $2::timestamptz - coalesce(finished_at, started_at))::float8 / 60 as "minutesAgo"
from job_run
where job = $1 and started_at <= $2::timestamptz
order by started_at desc, run_id desc limit ${NEWEST}`.trim();

interface Row {
  readonly status: 'started' | 'completed' | 'failed';
  readonly error: string | null;
  readonly minutesAgo: number;
}

/** How the last runs of one of Commercial-Ops' jobs went. */
export const jobHistory = (of: {
  readonly name: string;
  readonly question: string;
  readonly job: (estate: Estate) => string;
}): ProbeDefinition<unknown, JobHistory> =>
  ledgerProbe<unknown, JobHistory, Row & object>({
    name: of.name,
    question: of.question,
    sql: SQL,
    values: ({ settings, now }) => [of.job(settings.estate), now.toISOString()],
    value: JobHistory,
    read: (rows) =>
      rows.map(({ status, minutesAgo, error }) => ({
        status,
        minutesAgo,
        cause: status === 'failed' ? errorCause(error) : null,
      })),
    tell: tellHistory,
  });

export function tellHistory([last]: JobHistory): string {
  if (!last) return 'no run is on record';
  const ago = `${last.minutesAgo.toFixed(0)} min ago`;
  if (last.status === 'started') return `a run began ${ago}`;
  return last.cause === null ? `the last run completed ${ago}` : `the last run failed ${ago} (${last.cause})`;
}
