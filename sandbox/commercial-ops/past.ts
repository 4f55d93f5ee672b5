import type { Services } from '../services.ts';
import type { SeededWorld } from './seeds/world.ts';

/** The nights before: what was loaded stands in Glue's history and in the log, too. */
export async function recordIngestions(
  { glue, logs, estate }: Services,
  { ingestions }: SeededWorld,
): Promise<void> {
  const { job, logGroup } = estate.ingestion;
  for (const { runId, period, at, lines } of ingestions) {
    await glue.runs.recordPast({
      job,
      arguments: { '--period': period, '--run_id': runId },
      state: 'SUCCEEDED',
      startedAt: new Date(at.getTime() - 6 * 60_000).toISOString(),
      completedAt: at.toISOString(),
    });
    logs.append(logGroup, 'nightly', `INFO ${job} loaded ${lines} lines of ${period}, ended SUCCEEDED`, at);
  }
}

/** One line for people. */
export function describeWorld({ periods, ingestions }: SeededWorld): string {
  const months = periods.map(({ period, state }) => `${period} ${state}`).join(', ');
  return `${months}; ${ingestions.reduce((sum, { lines }) => sum + lines, 0)} cost lines`;
}
