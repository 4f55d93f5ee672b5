import type { ErrorObject, ExecutionStatus } from '@aws-sdk/client-lambda';
import type { ExecutionRecord } from './durable-record.ts';

/** One operation, for tests and narration. */
export interface HistoryEntry {
  readonly id: string;
  readonly parent?: string;
  readonly name?: string;
  readonly type: string;
  readonly subType?: string;
  readonly status: string;
  /** Attempts of a step, the running one included; 0 for other operations. */
  readonly attempts: number;
  readonly start: Date;
  readonly end?: Date;
}

export interface ExecutionHistory {
  readonly arn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly input: unknown;
  /** Parsed result of a succeeded execution. */
  readonly result?: unknown;
  readonly error?: ErrorObject;
  readonly start: Date;
  readonly end?: Date;
  /** In the order in which they began; the execution itself is not among them. */
  readonly operations: readonly HistoryEntry[];
  readonly operationCount: number;
  readonly invocationCount: number;
}

export function historyOf(record: ExecutionRecord): ExecutionHistory {
  const operations = record.operations
    .filter((operation) => operation.Type !== 'EXECUTION')
    .map((operation): HistoryEntry => {
      const finished = operation.StepDetails?.Attempt ?? 0;
      const running = operation.Type === 'STEP' && operation.Status === 'STARTED' ? 1 : 0;
      return {
        id: operation.Id ?? '',
        ...(operation.ParentId ? { parent: operation.ParentId } : {}),
        ...(operation.Name ? { name: operation.Name } : {}),
        type: operation.Type ?? '',
        ...(operation.SubType ? { subType: operation.SubType } : {}),
        status: operation.Status ?? '',
        attempts: finished + running,
        start: new Date(operation.StartTimestamp ?? 0),
        ...(operation.EndTimestamp ? { end: new Date(operation.EndTimestamp) } : {}),
      };
    });
  return {
    arn: record.arn,
    name: record.name,
    status: record.status,
    input: JSON.parse(record.input),
    ...(record.result === undefined || record.result === ''
      ? {}
      : { result: JSON.parse(record.result) as unknown }),
    ...(record.error ? { error: record.error } : {}),
    start: new Date(record.startedAt),
    ...(record.endedAt ? { end: new Date(record.endedAt) } : {}),
    operations,
    operationCount: operations.length,
    invocationCount: record.invocations,
  };
}
