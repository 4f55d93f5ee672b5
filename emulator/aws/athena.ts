import type {
  BatchGetQueryExecutionCommandInput,
  BatchGetQueryExecutionCommandOutput,
  GetQueryExecutionCommandInput,
  GetQueryExecutionCommandOutput,
  GetQueryResultsCommandInput,
  GetQueryResultsCommandOutput,
  GetWorkGroupCommandInput,
  GetWorkGroupCommandOutput,
  ListQueryExecutionsCommandInput,
  ListQueryExecutionsCommandOutput,
  StartQueryExecutionCommandInput,
  StartQueryExecutionCommandOutput,
  StopQueryExecutionCommandInput,
  StopQueryExecutionCommandOutput,
} from '@aws-sdk/client-athena';
import { arn } from '../kernel/places.ts';
import { AwsError, operation, type Call, type ServiceDefinition } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { AthenaExecutions, type AthenaOptions } from './athena-executions.ts';
import { describeExecution, resultKey, type StoredExecution } from './athena-execution.ts';
import { fillIn } from './athena-dialect.ts';
import type { AthenaTable } from './athena-table.ts';
import { describeColumn } from './athena-values.ts';
import { AthenaWorkgroups, describeWorkgroup, MANAGED_RESULTS, type Workgroup } from './athena-workgroups.ts';

type Output<T> = Omit<T, '$metadata'>;

/** A page holds at most as many rows, the header among them. */
const MOST_PER_PAGE = 1000;
/** Ids that one call lists or describes. */
const MOST_LISTED = 50;
const CATALOG = 'AwsDataCatalog';

/** Amazon Athena over tables of Parquet files: SELECT statements, run by DuckDB. */
export class Athena {
  private readonly executions: AthenaExecutions;
  private readonly workgroups = new AthenaWorkgroups();
  private readonly s3: AthenaOptions['s3'];

  constructor(options: AthenaOptions) {
    this.executions = new AthenaExecutions(options);
    this.s3 = options.s3;
  }

  /** Lets statements read the table. */
  addTable(table: AthenaTable): void {
    this.executions.addTable(table);
  }

  /** Makes the workgroup, or gives it other settings. */
  putWorkgroup(group: Workgroup): void {
    this.workgroups.put(group);
  }

  hasWorkgroup(name: string): boolean {
    return this.workgroups.has(name);
  }

  deleteWorkgroup(name: string): void {
    this.workgroups.delete(name);
  }

  getWorkGroup({ WorkGroup = '' }: GetWorkGroupCommandInput): Output<GetWorkGroupCommandOutput> {
    return describeWorkgroup(this.workgroups.get(WorkGroup));
  }

  /** Runs the queries again that a kill of the emulator has interrupted. */
  resume(): void {
    this.executions.resume();
  }

  async close(): Promise<void> {
    await this.executions.close();
  }

  async startQueryExecution(
    input: StartQueryExecutionCommandInput,
    call: Pick<Call, 'principal'>,
  ): Promise<Output<StartQueryExecutionCommandOutput>> {
    refuseOptions('StartQueryExecution', input, [
      ...(['QueryString', 'ClientRequestToken', 'QueryExecutionContext', 'WorkGroup'] as const),
      ...(['ResultConfiguration', 'ExecutionParameters'] as const),
    ]);
    refuseOptions('StartQueryExecution.ResultConfiguration', input.ResultConfiguration ?? {}, [
      'OutputLocation',
    ]);
    const {
      QueryString: query = '',
      QueryExecutionContext: context,
      WorkGroup: workgroup = 'primary',
    } = input;
    if (context?.Catalog && context.Catalog.toLowerCase() !== CATALOG.toLowerCase()) {
      throw new AwsError(
        'InvalidRequestException',
        `Catalog ${context.Catalog} was not found; there is ${CATALOG}.`,
      );
    }
    const settled = this.workgroups.settle(workgroup, input);
    if ('managed' in settled) await this.s3.createBucket(MANAGED_RESULTS);
    const id = await this.executions.start(
      {
        query,
        sql: fillIn(query, input.ExecutionParameters),
        parameters: input.ExecutionParameters ?? [],
        workgroup,
        database: context?.Database ?? null,
        ...settled,
        token: input.ClientRequestToken ?? null,
      },
      call.principal,
    );
    return { QueryExecutionId: id };
  }

  getQueryExecution({
    QueryExecutionId,
  }: GetQueryExecutionCommandInput): Output<GetQueryExecutionCommandOutput> {
    return { QueryExecution: describeExecution(this.execution(QueryExecutionId)) };
  }

  async stopQueryExecution({
    QueryExecutionId,
  }: StopQueryExecutionCommandInput): Promise<Output<StopQueryExecutionCommandOutput>> {
    await this.executions.stop(this.execution(QueryExecutionId));
    return {};
  }

  /** At most 50 at once; unknown ids are listed. */
  batchGetQueryExecution({
    QueryExecutionIds = [],
  }: BatchGetQueryExecutionCommandInput): Output<BatchGetQueryExecutionCommandOutput> {
    if (QueryExecutionIds.length < 1 || QueryExecutionIds.length > MOST_LISTED)
      throw new AwsError('InvalidRequestException', `BatchGetQueryExecution takes 1 to ${MOST_LISTED} ids.`);
    const found = QueryExecutionIds.map((id) => this.executions.get(id));
    return {
      QueryExecutions: found.flatMap((execution) => execution ?? []).map(describeExecution),
      UnprocessedQueryExecutionIds: QueryExecutionIds.filter((_, i) => !found[i]).map((QueryExecutionId) => ({
        QueryExecutionId,
        ErrorCode: 'InvalidRequestException',
      })),
    };
  }

  /** Of one workgroup, the newest first. */
  listQueryExecutions(input: ListQueryExecutionsCommandInput): Output<ListQueryExecutionsCommandOutput> {
    const { NextToken = '0', MaxResults = MOST_LISTED, WorkGroup = 'primary' } = input;
    const from = Number(NextToken);
    const ids = this.executions.of(WorkGroup).map(({ id }) => id);
    const to = from + MaxResults;
    return { QueryExecutionIds: ids.slice(from, to), ...(to < ids.length && { NextToken: String(to) }) };
  }

  /** The header is the first row of the first page, as for every SELECT. */
  async getQueryResults(input: GetQueryResultsCommandInput): Promise<Output<GetQueryResultsCommandOutput>> {
    refuseOptions('GetQueryResults', input, ['QueryExecutionId', 'NextToken', 'MaxResults']);
    const { NextToken, MaxResults = MOST_PER_PAGE } = input;
    const execution = this.execution(input.QueryExecutionId);
    if (execution.state !== 'SUCCEEDED') {
      throw new AwsError(
        'InvalidRequestException',
        `Query did not finish successfully. Final query state: ${execution.state}`,
      );
    }
    if (MaxResults < 1 || MaxResults > MOST_PER_PAGE) {
      throw new AwsError(
        'InvalidRequestException',
        `MaxResults is ${MaxResults}; it must be within 1 and ${MOST_PER_PAGE}`,
      );
    }
    const from = NextToken === undefined ? 0 : Number(NextToken);
    if (!Number.isSafeInteger(from) || from < 0)
      throw new AwsError('InvalidRequestException', 'Invalid NextToken');
    const lines = await this.executions.rows(execution);
    const rows = lines.slice(from, from + MaxResults);
    return {
      UpdateCount: 0,
      ResultSet: {
        Rows: rows.map((row) => ({
          Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
        })),
        ResultSetMetadata: { ColumnInfo: (execution.columns ?? []).map(describeColumn) },
      },
      ...(from + MaxResults < lines.length && { NextToken: String(from + MaxResults) }),
    };
  }

  /** The object in which the caller must be able to read a query's result; none that Athena keeps itself. */
  resultOf(id: string | undefined): string[] {
    const execution = this.executions.get(id ?? '');
    if (!execution || execution.managed) return [];
    return [arn('s3', `${execution.output.bucket}/${resultKey(execution)}`)];
  }

  /** The workgroup of a query; `*` when there is none of that id. */
  workgroupOf(id: string | undefined): string {
    return this.executions.get(id ?? '')?.workgroup ?? '*';
  }

  private execution(id: string | undefined): StoredExecution {
    const execution = this.executions.get(id ?? '');
    if (execution) return execution;
    throw new AwsError('InvalidRequestException', `QueryExecution ${id} was not found`);
  }
}

export const athenaDefinition = (athena: Athena): ServiceDefinition => {
  const ofWorkgroup = ({ WorkGroup = 'primary' }: { WorkGroup?: string | undefined }): string =>
    arn('athena', `workgroup/${WorkGroup}`);
  const ofQuery = ({ QueryExecutionId }: { QueryExecutionId?: string | undefined }): string =>
    ofWorkgroup({ WorkGroup: athena.workgroupOf(QueryExecutionId) });
  return {
    signingName: 'athena',
    sdk: () => import('@aws-sdk/client-athena'),
    clientClass: 'AthenaClient',
    operations: {
      StartQueryExecution: operation({
        action: 'athena:StartQueryExecution',
        resource: ofWorkgroup,
        handle: (input: StartQueryExecutionCommandInput, call) => athena.startQueryExecution(input, call),
      }),
      GetQueryExecution: operation({
        action: 'athena:GetQueryExecution',
        resource: ofQuery,
        handle: (input: GetQueryExecutionCommandInput) => athena.getQueryExecution(input),
      }),
      StopQueryExecution: operation({
        action: 'athena:StopQueryExecution',
        resource: ofQuery,
        handle: (input: StopQueryExecutionCommandInput) => athena.stopQueryExecution(input),
      }),
      BatchGetQueryExecution: operation({
        action: 'athena:BatchGetQueryExecution',
        resource: ({ QueryExecutionIds }: BatchGetQueryExecutionCommandInput) =>
          ofQuery({ QueryExecutionId: QueryExecutionIds?.[0] }),
        handle: (input: BatchGetQueryExecutionCommandInput) => athena.batchGetQueryExecution(input),
      }),
      ListQueryExecutions: operation({
        action: 'athena:ListQueryExecutions',
        resource: ofWorkgroup,
        handle: (input: ListQueryExecutionsCommandInput) => athena.listQueryExecutions(input),
      }),
      GetWorkGroup: operation({
        action: 'athena:GetWorkGroup',
        resource: ({ WorkGroup }: GetWorkGroupCommandInput) => ofWorkgroup({ WorkGroup }),
        handle: (input: GetWorkGroupCommandInput) => athena.getWorkGroup(input),
      }),
      GetQueryResults: operation({
        action: 'athena:GetQueryResults',
        resource: ofQuery,
        also: ({ QueryExecutionId }: GetQueryResultsCommandInput) =>
          athena.resultOf(QueryExecutionId).map((resource) => ({ action: 's3:GetObject', resource })),
        handle: (input: GetQueryResultsCommandInput) => athena.getQueryResults(input),
      }),
    },
  };
};
