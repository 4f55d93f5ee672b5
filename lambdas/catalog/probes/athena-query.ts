import { setTimeout as pause } from 'node:timers/promises';
import type { Athena, StartQueryExecutionCommandInput } from '@aws-sdk/client-athena';
import { arnOf, type Permissions } from '../../platform/iam.ts';
import { inTheirNames } from '../../platform/cost-names.ts';
import type { Settings } from '../../platform/settings.ts';
import type { Evidence } from '../../domain/evidence.ts';

/** The workgroup that our queries run in, and where their results may go: its own, or Commercial-Ops'. */
export const queriesIn = ({ queries, estate: { athena } }: Pick<Settings, 'estate' | 'queries'>) =>
  queries ?? { workgroup: athena.workgroup, bucket: athena.resultsBucket, prefix: athena.resultsPrefix };

/** Where only our queries' results are. */
export function resultsPlace(settings: Pick<Settings, 'estate' | 'queries'>): string {
  const { bucket, prefix } = queriesIn(settings);
  return `s3://${bucket}/${prefix === '' ? '' : `${prefix}/`}`;
}

/**
 * What a query may say of its results. Our own workgroup says it itself; what Commercial-Ops' demands, it is asked.
 * @throws when results would go where the responder may not write
 */
export async function resultsOf(
  client: Pick<Athena, 'getWorkGroup'>,
  settings: Pick<Settings, 'estate' | 'queries'>,
): Promise<Pick<StartQueryExecutionCommandInput, 'ResultConfiguration'>> {
  if (settings.queries) return {};
  const { workgroup } = queriesIn(settings);
  const { WorkGroup } = await client.getWorkGroup({ WorkGroup: workgroup });
  if (WorkGroup?.State === 'DISABLED')
    throw new Error(`the Athena workgroup ${workgroup} is disabled: enable it, or deploy with ownWorkgroup`);
  const { ManagedQueryResultsConfiguration, EnforceWorkGroupConfiguration, ResultConfiguration } =
    WorkGroup?.Configuration ?? {};
  if (ManagedQueryResultsConfiguration?.Enabled) return {};
  const ours = resultsPlace(settings);
  if (!EnforceWorkGroupConfiguration) return { ResultConfiguration: { OutputLocation: ours } };
  const theirs = `${ResultConfiguration?.OutputLocation?.replace(/\/$/, '') ?? 'no place'}/`;
  if (theirs.startsWith(ours)) return {};
  throw new Error(
    `the Athena workgroup ${workgroup} puts every result into ${theirs}, and the responder may write to ${ours} only: ` +
      'set estate.athena.resultsBucket and resultsPrefix to its place, or deploy with ownWorkgroup',
  );
}

export type AthenaRow = Readonly<Record<string, string | null>>;

/** Before each look at a running query: none has ended when it begins, and one that takes long is asked after less often. */
const PAUSES_MS = [150, 150, 300, 600, 1_200, 2_400];
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
  statement: string,
  limitMs = LIMIT_MS,
): Promise<{ rows: AthenaRow[]; evidence: Evidence }> {
  const sql = inTheirNames(statement, settings.estate.costs, 'athena');
  const { QueryExecutionId: id } = await client.startQueryExecution({
    QueryString: sql,
    QueryExecutionContext: { Database: settings.estate.athena.database },
    WorkGroup: queriesIn(settings).workgroup,
    ...(await resultsOf(client, settings)),
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
    const ms = PAUSES_MS[Math.min(look, PAUSES_MS.length - 1)] ?? LIMIT_MS;
    await pause(ms);
    waited += ms;
    const { QueryExecution } = await client
      .getQueryExecution({ QueryExecutionId: id })
      .catch(async (error: unknown) => {
        await stop();
        throw error;
      });
    const state = QueryExecution?.Status?.State;
    if (state === 'SUCCEEDED') return;
    if (state === 'FAILED' || state === 'CANCELLED') {
      const reason = QueryExecution?.Status?.StateChangeReason ?? 'no reason given';
      const remedy = /bytes scanned limit/i.test(reason)
        ? `; raise the limit of workgroup ${QueryExecution?.WorkGroup} (ownWorkgroup.scanLimitGb of ours), or partition the table by month`
        : '';
      throw new Error(`Athena ${state.toLowerCase()} query ${id}: ${reason}${remedy} (${sql})`);
    }
  }
  await stop();
  throw new Error(`Athena query ${id} did not end within ${limitMs / 1000} s (${sql})`);
}

export const athenaPermissions: Permissions = (settings) => {
  const { database, warehouseBucket, warehousePrefix, lakeFormation } = settings.estate.athena;
  const { workgroup, bucket, prefix } = queriesIn(settings);
  const catalog = arnOf(settings, 'glue', 'catalog');
  return [
    {
      actions: [
        'athena:StartQueryExecution',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:StopQueryExecution',
        ...(settings.queries ? [] : ['athena:GetWorkGroup']),
      ],
      resources: [arnOf(settings, 'athena', `workgroup/${workgroup}`)],
    },
    {
      // Athena asks it of every query, whatever it reads.
      actions: ['glue:GetDatabase'],
      resources: [catalog, arnOf(settings, 'glue', 'database/default')],
    },
    {
      actions: [
        'glue:GetDatabase',
        'glue:GetTable',
        'glue:GetPartition',
        'glue:GetPartitions',
        'glue:BatchGetPartition',
      ],
      resources: [
        catalog,
        arnOf(settings, 'glue', `database/${database}`),
        arnOf(settings, 'glue', `table/${database}/${settings.estate.costs.athena.table}`),
      ],
    },
    ...(lakeFormation
      ? [{ actions: ['lakeformation:GetDataAccess'], resources: ['*'] }]
      : [
          {
            actions: ['s3:GetObject'],
            resources: [arnOf(settings, 's3', `${warehouseBucket}/${warehousePrefix}/*`)],
          },
          { actions: ['s3:ListBucket'], resources: [arnOf(settings, 's3', warehouseBucket)] },
        ]),
    { actions: ['s3:GetBucketLocation'], resources: [arnOf(settings, 's3', bucket)] },
    {
      // Athena writes results as the caller, in parts: the only write that reading needs.
      actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      resources: [arnOf(settings, 's3', `${bucket}/${prefix === '' ? '' : `${prefix}/`}*`)],
    },
  ];
};
