import { randomUUID } from 'node:crypto';
import type { ErrorObject, Event, ExecutionStatus, Operation } from '@aws-sdk/client-lambda';

/** The JSON form of an SDK shape: dates are ISO strings. That is also how Lambda puts them into an event. */
export type Stored<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Stored<Item>[]
    : T extends object
      ? { [Key in keyof T]: Stored<T[Key]> }
      : T;

export type StoredOperation = Stored<Operation>;
export type StoredEvent = Stored<Event>;

/** When a callback times out; the operation's own shape has no member for it. */
export interface CallbackLimits {
  timeoutAt?: string;
  heartbeatSeconds?: number;
  /** Moved on by each heartbeat. */
  heartbeatAt?: string;
}

/** A function that the execution has invoked (`context.invoke`), and what it gets. */
export interface Chained {
  readonly target: string;
  readonly tenantId?: string;
  /** JSON text. */
  readonly input: string;
}

/** One durable execution: written as a whole after every change, so that it is consistent after a kill. */
export interface ExecutionRecord {
  readonly arn: string;
  readonly name: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedArn: string;
  readonly requestId: string;
  /** Started by an asynchronous invocation: its failure goes to the dead-letter queue. */
  readonly async: boolean;
  /** Whose workers run it, where the function is isolated by tenant. */
  readonly tenantId?: string;
  /** The original event, as JSON text. */
  readonly input: string;
  readonly startedAt: string;
  readonly timeoutAt: string;
  status: ExecutionStatus;
  endedAt?: string;
  result?: string;
  error?: ErrorObject;
  /** The only valid checkpoint token; every checkpoint and every invocation renews it. */
  token: string;
  /** The last checkpoint, to answer its repetition: the SDK resends after a lost answer. */
  lastCheckpoint?: { clientToken: string; operationIds: string[] };
  operations: StoredOperation[];
  callbacks: Record<string, CallbackLimits>;
  chained?: Record<string, Chained>;
  events: StoredEvent[];
  /** Operations that time or a caller has changed, and that the function does not know yet. */
  news: string[];
  /** The invocation in flight; it is started again after a restart. */
  invocation?: { requestId: string; startedAt: string };
  invocations: number;
  /** Successive invocations that ended without an answer. */
  crashes: number;
  retryAt?: string;
  /** How often the next invocation has found no room. */
  throttles?: number;
  deadLetter?: 'due' | 'sent';
}

export const isOpenCallback = (operation: StoredOperation): boolean =>
  operation.Type === 'CALLBACK' && operation.Status === 'STARTED';

export const isOpenInvoke = (operation: StoredOperation): boolean =>
  operation.Type === 'CHAINED_INVOKE' && operation.Status === 'STARTED';

export const findOperation = (record: ExecutionRecord, id: string | undefined): StoredOperation | undefined =>
  record.operations.find((operation) => operation.Id === id);

/**
 * The operations that a replay needs: without those inside a finished context whose result is
 * kept, unless that context needs its children.
 */
export function visibleOperations(record: ExecutionRecord): StoredOperation[] {
  const hidden = new Set<string>();
  return record.operations.filter((operation) => {
    const parent = findOperation(record, operation.ParentId);
    if (!parent) return true;
    const closed = parent.Status === 'SUCCEEDED' || parent.Status === 'FAILED';
    if (!hidden.has(parent.Id ?? '') && !(closed && !parent.ContextDetails?.ReplayChildren)) return true;
    hidden.add(operation.Id ?? '');
    return false;
  });
}

/** Turns every `…Timestamp` back into a Date, for the wire. */
export function revive<T>(stored: Stored<T>): T {
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return key.endsWith('Timestamp') ? new Date(value) : value;
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, walk(member, name)]));
    return value;
  };
  return walk(stored, '') as T;
}

/** A record of an execution that begins now. @param of.seconds after which it times out */
export function startedRecord({
  id,
  now,
  seconds,
  ...of
}: Pick<
  ExecutionRecord,
  'arn' | 'name' | 'functionName' | 'functionVersion' | 'invokedArn' | 'async' | 'input'
> &
  Partial<Pick<ExecutionRecord, 'tenantId'>> & {
    readonly id: string;
    readonly now: Date;
    readonly seconds: number;
  }): ExecutionRecord {
  const startedAt = now.toISOString();
  return {
    ...of,
    requestId: id,
    startedAt,
    timeoutAt: new Date(now.getTime() + seconds * 1000).toISOString(),
    status: 'RUNNING',
    token: randomUUID(),
    // The function reads its event from the first operation.
    operations: [
      {
        Id: id,
        Type: 'EXECUTION',
        Status: 'STARTED',
        StartTimestamp: startedAt,
        ExecutionDetails: { InputPayload: of.input },
      },
    ],
    callbacks: {},
    events: [],
    news: [],
    invocations: 0,
    crashes: 0,
  };
}
