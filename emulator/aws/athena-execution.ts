import type { QueryExecution } from '@aws-sdk/client-athena';
import type { StoredColumn } from './athena-values.ts';

export interface QueryRequest {
  /** As it came. */
  readonly query: string;
  /** With its parameters filled in. */
  readonly sql: string;
  readonly parameters: readonly string[];
  readonly database: string | null;
  readonly workgroup: string;
  readonly output: { readonly bucket: string; readonly prefix: string };
  /** Athena keeps the result itself. */
  readonly managed?: boolean;
  /** More than these bytes end the query. */
  readonly cutoff?: number;
  readonly token: string | null;
}

/** A query as the store keeps it; its result lies in S3. */
export interface StoredExecution extends QueryRequest {
  readonly id: string;
  readonly state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  readonly reason?: string;
  readonly submittedAt: string;
  readonly completedAt?: string;
  readonly scannedBytes?: number;
  readonly columns?: readonly StoredColumn[];
}

export const resultKey = ({ output, id }: StoredExecution): string => `${output.prefix}${id}.csv`;

export function describeExecution(execution: StoredExecution): QueryExecution {
  const { id, query, state, reason, submittedAt, completedAt, scannedBytes = 0, parameters } = execution;
  const took =
    completedAt === undefined ? 0 : new Date(completedAt).getTime() - new Date(submittedAt).getTime();
  return {
    QueryExecutionId: id,
    Query: query,
    StatementType: 'DML',
    SubstatementType: 'SELECT',
    ...(execution.managed
      ? { ManagedQueryResultsConfiguration: { Enabled: true } }
      : {
          ResultConfiguration: { OutputLocation: `s3://${execution.output.bucket}/${resultKey(execution)}` },
        }),
    QueryExecutionContext: {
      Catalog: 'awsdatacatalog',
      ...(execution.database !== null && { Database: execution.database }),
    },
    Status: {
      State: state,
      SubmissionDateTime: new Date(submittedAt),
      ...(reason !== undefined && { StateChangeReason: reason }),
      ...(completedAt !== undefined && { CompletionDateTime: new Date(completedAt) }),
    },
    Statistics: {
      EngineExecutionTimeInMillis: took,
      DataScannedInBytes: scannedBytes,
      TotalExecutionTimeInMillis: took,
      QueryQueueTimeInMillis: 0,
      ServiceProcessingTimeInMillis: 0,
    },
    WorkGroup: execution.workgroup,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
    ...(parameters.length > 0 && { ExecutionParameters: [...parameters] }),
  };
}
