import { setTimeout as pause } from 'node:timers/promises';
import type { Athena } from '@aws-sdk/client-athena';
import { arnOf, type Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import type { Evidence } from '../../domain/evidence.ts';

/** Where only our queries' results are. */
export const resultsPlace = ({ estate }: Pick<Settings, 'estate'>): string =>
  `s3://${estate.athena.resultsBucket}/responder/`;

export type AthenaRow = Readonly<Record<string, string | null>>;

/** Between two polls of a running query. */
const PAUSES_MS = [50, 100, 200, 400, 800, 1_600];
/** A slower query is a fault of its own. */
const LIMIT_MS = 120_000;

/** Of 1,000 rows each: probes aggregate. */
const PAGES = 100;

/**
 * One SELECT's rows. A query that is given up is stopped: it would go on, and cost, beside the next try.
 * @throws when the query fails, with Athena's reason, takes more than two minutes, or gives too many rows
 */
export async function queryAthena(
  client: Athena,
  settings: Settings,
  sql: string,
  limitMs = LIMIT_MS,
): Promise<{ rows: AthenaRow[]; evidence: Evidence }> {
  const { database, workgroup } = settings.estate.athena;
  const { QueryExecutionId: id } = await client.startQueryExecution({
    QueryString: sql,
    QueryExecutionContext: { Database: database },
    WorkGroup: workgroup,
    ResultConfiguration: { OutputLocation: resultsPlace(settings) },
  });
  if (!id) throw new Error('Athena accepted a query but gave no id');
  await finished(client, id, sql, limitMs);
  const rows: AthenaRow[] = [];
  let token: string | undefined;
  let page = 0;
  do {
    if (page === PAGES) throw new Error(`Athena query ${id} gave more than ${rows.length} rows (${sql})`);
    const answer = await client.getQueryResults({ QueryExecutionId: id, ...(token && { NextToken: token }) });
    const { ResultSetMetadata, Rows = [] } = answer.ResultSet ?? {};
    const columns = ResultSetMetadata?.ColumnInfo?.map((column) => column.Name ?? '') ?? [];
    // The first row of a SELECT's first page is its header.
    for (const { Data } of page === 0 ? Rows.slice(1) : Rows)
      rows.push(Object.fromEntries(columns.map((name, i) => [name, Data?.[i]?.VarCharValue ?? null])));
    token = answer.NextToken;
    page++;
  } while (token !== undefined);
  return { rows, evidence: { source: 'athena', query: sql, parameters: { queryExecutionId: id }, rows } };
}

async function finished(client: Athena, id: string, sql: string, limitMs: number): Promise<void> {
  const stop = async (): Promise<void> => {
    // What matters is why it was given up; Athena ends it by itself.
    await client.stopQueryExecution({ QueryExecutionId: id }).catch(() => undefined);
  };
  let waited = 0;
  for (let look = 0; waited < limitMs; look++) {
    const { QueryExecution } = await client
      .getQueryExecution({ QueryExecutionId: id })
      .catch(async (error: unknown) => {
        await stop();
        throw error;
      });
    const state = QueryExecution?.Status?.State;
    if (state === 'SUCCEEDED') return;
    if (state === 'FAILED' || state === 'CANCELLED') {
      throw new Error(
        `Athena ${state.toLowerCase()} query ${id}: ${QueryExecution?.Status?.StateChangeReason ?? 'no reason given'} (${sql})`,
      );
    }
    const ms = PAUSES_MS[Math.min(look, PAUSES_MS.length - 1)] ?? LIMIT_MS;
    await pause(ms);
    waited += ms;
  }
  await stop();
  throw new Error(`Athena query ${id} did not end within ${limitMs / 1000} s (${sql})`);
}

export const athenaPermissions: Permissions = (settings) => {
  const { database, workgroup, warehouseBucket, warehousePrefix, resultsBucket } = settings.estate.athena;
  return [
    {
      actions: [
        'athena:StartQueryExecution',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:StopQueryExecution',
      ],
      resources: [arnOf(settings, 'athena', `workgroup/${workgroup}`)],
    },
    {
      actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetPartitions'],
      resources: [
        arnOf(settings, 'glue', 'catalog'),
        arnOf(settings, 'glue', `database/${database}`),
        arnOf(settings, 'glue', `table/${database}/fact_cost_raw`),
      ],
    },
    {
      actions: ['s3:GetObject'],
      resources: [arnOf(settings, 's3', `${warehouseBucket}/${warehousePrefix}/*`)],
    },
    {
      actions: ['s3:ListBucket', 's3:GetBucketLocation'],
      resources: [arnOf(settings, 's3', warehouseBucket), arnOf(settings, 's3', resultsBucket)],
    },
    {
      // Athena writes results as the caller: the only write that reading needs.
      actions: ['s3:GetObject', 's3:PutObject'],
      resources: [arnOf(settings, 's3', `${resultsBucket}/responder/*`)],
    },
  ];
};
