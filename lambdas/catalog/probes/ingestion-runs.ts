import { duration, moment } from '../../domain/words.ts';
import type { JobRun } from '@aws-sdk/client-glue';
import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import { evidenceOf } from '../../domain/evidence.ts';
import { defineProbe } from './definition.ts';
import { errorCause } from '../../platform/error-cause.ts';

export const IngestionRun = z.object({
  id: z.string(),
  state: z.string(),
  period: z.string().nullable(),
  startedAt: z.iso.datetime(),
  minutes: z.number(),
  error: z.string().nullable(),
});
export type IngestionRun = z.infer<typeof IngestionRun>;

/** Glue's states of a run that has not ended. */
const UNFINISHED = new Set(['STARTING', 'RUNNING', 'STOPPING', 'WAITING']);
export const isUnfinished = ({ state }: Pick<IngestionRun, 'state'>): boolean => UNFINISHED.has(state);

const LOOKED_AT = 10;

export const ingestionRuns = defineProbe<{ period: string }, IngestionRun[]>({
  name: 'ingestion-runs',
  question: 'How did the latest ingestion runs go?',
  queries: ['aws glue get-job-runs --job-name cur_ingest_prod'],
  permissions: (settings) => [
    {
      actions: ['glue:GetJobRuns'],
      resources: [arnOf(settings, 'glue', `job/${settings.estate.ingestion.job}`)],
    },
  ],
  value: z.array(IngestionRun),
  async run({ now, settings, tools }) {
    const client = await tools.glue();
    const parameters = { JobName: settings.estate.ingestion.job };
    const rows: JobRun[] = [];
    // Newest first. As of an earlier moment, later runs are skipped.
    for await (const { JobRuns = [] } of client.paginateGetJobRuns(parameters, { pageSize: LOOKED_AT })) {
      rows.push(...JobRuns.filter(({ StartedOn }) => StartedOn === undefined || StartedOn <= now));
      if (rows.length >= LOOKED_AT) break;
    }
    const value = rows
      .map((run) => readRun(run, now))
      .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
      .slice(0, LOOKED_AT);
    return { value, evidence: [evidenceOf('glue:GetJobRuns', parameters, rows)] };
  },
  describe: ([latest]) =>
    latest === undefined
      ? 'none on record'
      : `latest ${latest.state} after ${duration(Math.round(latest.minutes) * 60)}, started ${moment(latest.startedAt)}` +
        (latest.error ? `: ${errorCause(latest.error)}` : ''),
});

function readRun(run: JobRun, now: Date): IngestionRun {
  const started = run.StartedOn ?? now;
  const endedSince = run.CompletedOn !== undefined && run.CompletedOn > now;
  const ended = endedSince ? now : (run.CompletedOn ?? now);
  return {
    id: run.Id ?? 'unknown',
    state: endedSince ? 'RUNNING' : (run.JobRunState ?? 'unknown'),
    period: run.Arguments?.['--period'] ?? null,
    startedAt: started.toISOString(),
    minutes: Math.max(0, (ended.getTime() - started.getTime()) / 60_000),
    error: endedSince ? null : (run.ErrorMessage ?? null),
  };
}
