import type { Athena, QueryExecution } from '@aws-sdk/client-athena';
import type { ReadTools } from '../../platform/clients.ts';
import { queriesIn, resultsPlace } from '../../catalog/probes/athena-query.ts';
import type { Settings } from '../../platform/settings.ts';
import type { Day } from '../../platform/calendar.ts';

export interface AthenaUse {
  readonly queries: number;
  readonly bytes: number;
  /** With the minimum charge of each query. */
  readonly chargedBytes: number;
}

const MB = 1_048_576;

/**
 * What our own queries scanned: those of the workgroup whose results are where only we write. The
 * workgroup's metric counts everybody's, and the evidence does not include signals. Athena remembers
 * 45 days.
 */
export async function athenaUse(
  { athena }: Pick<ReadTools, 'athena'>,
  settings: Pick<Settings, 'estate' | 'prices' | 'queries'>,
  day: Day,
): Promise<AthenaUse> {
  const { workgroup } = queriesIn(settings);
  const least = settings.prices.athenaLeastMb * MB;
  const scanned: number[] = [];
  for await (const executions of newestFirst(await athena(), workgroup)) {
    const at = ({ Status }: QueryExecution): number => Status?.SubmissionDateTime?.getTime() ?? 0;
    for (const execution of executions) {
      const ours = execution.ResultConfiguration?.OutputLocation?.startsWith(resultsPlace(settings)) ?? false;
      const thatDay = at(execution) >= Date.parse(day.from) && at(execution) < Date.parse(day.until);
      if (ours && thatDay) scanned.push(execution.Statistics?.DataScannedInBytes ?? 0);
    }
    if (executions.every((execution) => at(execution) < Date.parse(day.from))) break;
  }
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    queries: scanned.length,
    bytes: sum(scanned),
    chargedBytes: sum(scanned.map((bytes) => Math.max(bytes, least))),
  };
}

/** Athena describes at most 50 at once. */
async function* newestFirst(client: Athena, workgroup: string): AsyncGenerator<QueryExecution[]> {
  for await (const { QueryExecutionIds } of client.paginateListQueryExecutions(
    { WorkGroup: workgroup },
    { pageSize: 50 },
  )) {
    if (!QueryExecutionIds?.length) return;
    const { QueryExecutions = [] } = await client.batchGetQueryExecution({ QueryExecutionIds });
    yield QueryExecutions;
  }
}
