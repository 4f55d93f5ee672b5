import type { ErrorObject, EventType, OperationType } from '@aws-sdk/client-lambda';
import type { ExecutionRecord, StoredEvent, StoredOperation } from './durable-record.ts';

/** How the service's history calls operations: `StepStarted`, `WaitSucceeded`… */
const WORDS: Record<OperationType, string> = {
  STEP: 'Step',
  WAIT: 'Wait',
  CONTEXT: 'Context',
  CALLBACK: 'Callback',
  CHAINED_INVOKE: 'ChainedInvoke',
  EXECUTION: 'Execution',
};

type What = 'Started' | 'Succeeded' | 'Failed' | 'TimedOut' | 'Cancelled' | 'Stopped';

/** What an operation ended with. Nothing is cut off here: an execution's data is shown whole or not at all. */
export const resultOf = (payload: string | null | undefined): object => ({
  Result: { Payload: payload, Truncated: false },
});
export const errorOf = (error: ErrorObject | null | undefined): object => ({
  Error: { Payload: error, Truncated: false },
});

export function operationEvent(
  operation: Pick<StoredOperation, 'Id' | 'ParentId' | 'Name' | 'Type' | 'SubType'>,
  what: What,
  details: object,
  now: Date,
): StoredEvent {
  const type = `${operation.Type ? WORDS[operation.Type] : ''}${what}`;
  return {
    EventType: type as EventType,
    ...(operation.SubType ? { SubType: operation.SubType } : {}),
    ...(operation.Id ? { Id: operation.Id } : {}),
    ...(operation.Name ? { Name: operation.Name } : {}),
    ...(operation.ParentId ? { ParentId: operation.ParentId } : {}),
    EventTimestamp: now.toISOString(),
    [`${type}Details`]: details,
  };
}

export function addEvent(record: ExecutionRecord, event: StoredEvent): void {
  record.events.push({ ...event, EventId: record.events.length + 1 });
}
