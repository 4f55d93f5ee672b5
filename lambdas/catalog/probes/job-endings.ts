import { moment } from '../../domain/words.ts';
import * as z from 'zod';
import type { Settings } from '../../platform/settings.ts';
import { defineProbe, type ProbeDefinition } from './definition.ts';
import { errorCause } from '../../platform/error-cause.ts';

/** How one job's newest runs ended, over all periods, newest first. */
export const JobEndings = z.array(
  z.object({
    run: z.string(),
    status: z.enum(['started', 'completed', 'failed']),
    startedAt: z.iso.datetime(),
    /** Since it began. */
    minutesAgo: z.number(),
    /** The kind of error; the text stays in the evidence. */
    cause: z.string().nullable(),
  }),
);
export type JobEndings = z.infer<typeof JobEndings>;

const RUNS = 20;
const SQL = `
select run_id as run, case when finished_at > $2::timestamptz then 'started' else status end as status, started_at,
       result->>'error' as error
from job_run
where job = $1 and started_at <= $2::timestamptz
order by started_at desc, run_id desc
limit ${RUNS}`.trim();

interface Row extends Record<string, unknown> {
  run: string;
  status: JobEndings[number]['status'];
  started_at: Date;
  error: string | null;
}

export function jobEndings({
  job,
  ...probe
}: {
  readonly name: string;
  readonly question: string;
  readonly job: (estate: Settings['estate']) => string;
}): ProbeDefinition<unknown, JobEndings> {
  return defineProbe<unknown, JobEndings>({
    ...probe,
    queries: [SQL],
    permissions: () => [],
    value: JobEndings,
    async run({ now, settings, tools }) {
      const values = [job(settings.estate), now.toISOString()];
      const { rows, evidence } = await tools.ledger.query<Row>(SQL, values);
      const value = rows.map(({ run, status, started_at: began, error }) => ({
        run,
        status,
        startedAt: began.toISOString(),
        minutesAgo: (now.getTime() - began.getTime()) / 60_000,
        cause: status === 'failed' ? errorCause(error) : null,
      }));
      return { value, evidence: [evidence] };
    },
    describe: (runs) => describeEndings('it', runs),
  });
}

/** "the refresh last ran 2026-11-22T04:00Z and failed (throttled)" */
export function describeEndings(job: string, [last]: JobEndings): string {
  if (!last) return `${job} never ran`;
  const how = last.status === 'started' ? 'has not ended' : last.status;
  const cause = last.cause === null ? '' : ` (${last.cause})`;
  return `${job} last ran ${moment(last.startedAt)} and ${how}${cause}`;
}
