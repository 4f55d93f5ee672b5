import type { ErrorObject, OperationUpdate } from '@aws-sdk/client-lambda';
import { randomUUID } from 'node:crypto';
import { addEvent, errorOf, operationEvent, resultOf } from './durable-events.ts';
import { findOperation } from './durable-record.ts';
import type { ExecutionRecord, StoredOperation } from './durable-record.ts';

const later = (now: Date, seconds: number | undefined): string =>
  new Date(now.getTime() + (seconds ?? 0) * 1000).toISOString();

/** Applies one validated update of the function; EXECUTION updates are the engine's. */
export function applyUpdate(record: ExecutionRecord, update: OperationUpdate, now: Date): void {
  let operation = findOperation(record, update.Id);
  if (!operation) {
    operation = {
      Id: update.Id,
      ...(update.ParentId ? { ParentId: update.ParentId } : {}),
      ...(update.Name ? { Name: update.Name } : {}),
      Type: update.Type,
      ...(update.SubType ? { SubType: update.SubType } : {}),
      StartTimestamp: now.toISOString(),
      Status: 'STARTED',
    };
    record.operations.push(operation);
    // A step or context may arrive finished; its history still has a start.
    if (update.Action !== 'START') addEvent(record, operationEvent(operation, 'Started', {}, now));
  }
  switch (update.Action) {
    case 'START':
      start(record, operation, update, now);
      break;
    case 'RETRY':
      retry(record, operation, update, now);
      break;
    case 'SUCCEED':
    case 'FAIL':
      close(record, operation, update, now);
      break;
    case 'CANCEL':
      cancel(record, operation, now);
      break;
    case undefined:
      break;
  }
}

function start(
  record: ExecutionRecord,
  operation: StoredOperation,
  update: OperationUpdate,
  now: Date,
): void {
  operation.Status = 'STARTED';
  let details: object = {};
  if (operation.Type === 'STEP') {
    // A repeated attempt keeps the state that the last one left (`waitForCondition`).
    const { NextAttemptTimestamp: _, ...kept } = operation.StepDetails ?? { Attempt: 0 };
    operation.StepDetails = kept;
  } else if (operation.Type === 'WAIT') {
    const end = later(now, update.WaitOptions?.WaitSeconds);
    operation.WaitDetails = { ScheduledEndTimestamp: end };
    details = { Duration: update.WaitOptions?.WaitSeconds, ScheduledEndTimestamp: end };
  } else if (operation.Type === 'CALLBACK') {
    const { TimeoutSeconds: timeout, HeartbeatTimeoutSeconds: heartbeat } = update.CallbackOptions ?? {};
    const callbackId = encodeCallbackId(record.arn, operation.Id ?? '');
    operation.CallbackDetails = { CallbackId: callbackId };
    record.callbacks[operation.Id ?? ''] = {
      ...(timeout ? { timeoutAt: later(now, timeout) } : {}),
      ...(heartbeat ? { heartbeatSeconds: heartbeat, heartbeatAt: later(now, heartbeat) } : {}),
    };
    details = { CallbackId: callbackId, Timeout: timeout, HeartbeatTimeout: heartbeat };
  } else if (operation.Type === 'CONTEXT') {
    operation.ContextDetails = {};
  } else if (operation.Type === 'CHAINED_INVOKE') {
    const { FunctionName: target = '', TenantId } = update.ChainedInvokeOptions ?? {};
    const input = update.Payload ?? '';
    const tenant = TenantId === undefined ? {} : { tenantId: TenantId };
    record.chained = { ...record.chained, [operation.Id ?? '']: { target, input, ...tenant } };
    details = { FunctionName: target, TenantId, Input: { Payload: input, Truncated: false } };
  }
  addEvent(record, operationEvent(operation, 'Started', details, now));
}

function retry(
  record: ExecutionRecord,
  operation: StoredOperation,
  update: OperationUpdate,
  now: Date,
): void {
  const attempt = (operation.StepDetails?.Attempt ?? 0) + 1;
  const delay = update.StepOptions?.NextAttemptDelaySeconds;
  operation.Status = 'PENDING';
  operation.StepDetails = {
    Attempt: attempt,
    NextAttemptTimestamp: later(now, delay),
    ...outcomeOf(update),
  };
  const retries = { RetryDetails: { CurrentAttempt: attempt, NextAttemptDelaySeconds: delay } };
  // `waitForCondition` polls with RETRY and its state; that attempt did not fail.
  if (update.Error)
    addEvent(record, operationEvent(operation, 'Failed', { ...errorOf(update.Error), ...retries }, now));
  else
    addEvent(
      record,
      operationEvent(operation, 'Succeeded', { ...resultOf(update.Payload), ...retries }, now),
    );
}

function close(
  record: ExecutionRecord,
  operation: StoredOperation,
  update: OperationUpdate,
  now: Date,
): void {
  const succeeded = update.Action === 'SUCCEED';
  operation.Status = succeeded ? 'SUCCEEDED' : 'FAILED';
  operation.EndTimestamp = now.toISOString();
  let retries: object = {};
  if (operation.Type === 'STEP') {
    const attempt = (operation.StepDetails?.Attempt ?? 0) + 1;
    operation.StepDetails = { Attempt: attempt, ...outcomeOf(update) };
    retries = { RetryDetails: { CurrentAttempt: attempt } };
  } else {
    const replayChildren = update.ContextOptions?.ReplayChildren;
    operation.ContextDetails = {
      ...outcomeOf(update),
      ...(replayChildren === undefined ? {} : { ReplayChildren: replayChildren }),
    };
  }
  const details = succeeded ? resultOf(update.Payload) : errorOf(update.Error);
  addEvent(
    record,
    operationEvent(operation, succeeded ? 'Succeeded' : 'Failed', { ...details, ...retries }, now),
  );
}

function cancel(record: ExecutionRecord, operation: StoredOperation, now: Date): void {
  operation.Status = 'CANCELLED';
  operation.EndTimestamp = now.toISOString();
  // The service has no event for a cancelled callback.
  if (operation.Type === 'WAIT') addEvent(record, operationEvent(operation, 'Cancelled', {}, now));
}

function outcomeOf(update: Pick<OperationUpdate, 'Payload' | 'Error'>): {
  Result?: string;
  Error?: ErrorObject;
} {
  return {
    ...(update.Payload == null ? {} : { Result: update.Payload }),
    ...(update.Error == null ? {} : { Error: update.Error }),
  };
}

/** How a callback or an invoked function ends. */
export type OutsideEnd =
  | { readonly status: 'SUCCEEDED'; readonly result: string | undefined }
  | { readonly status: 'FAILED' | 'TIMED_OUT' | 'STOPPED'; readonly error: ErrorObject | undefined };

const ENDED = {
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  TIMED_OUT: 'TimedOut',
  STOPPED: 'Stopped',
} as const;

/** Closes a callback or an invocation from outside. */
export function closeFromOutside(
  record: ExecutionRecord,
  operation: StoredOperation,
  end: OutsideEnd,
  now: Date,
): void {
  operation.Status = end.status;
  operation.EndTimestamp = now.toISOString();
  const succeeded = end.status === 'SUCCEEDED';
  const outcome = outcomeOf(succeeded ? { Payload: end.result } : { Error: end.error });
  if (operation.Type === 'CHAINED_INVOKE') operation.ChainedInvokeDetails = outcome;
  else operation.CallbackDetails = { CallbackId: operation.CallbackDetails?.CallbackId, ...outcome };
  const details = succeeded ? resultOf(end.result) : errorOf(end.error);
  addEvent(record, operationEvent(operation, ENDED[end.status], details, now));
}

/** Gives an open callback its whole heartbeat timeout again. */
export function beat(record: ExecutionRecord, operation: StoredOperation, now: Date): void {
  const limits = record.callbacks[operation.Id ?? ''];
  if (limits?.heartbeatSeconds) limits.heartbeatAt = later(now, limits.heartbeatSeconds);
}

/** When the operation changes by itself. */
export function dueTimes(record: ExecutionRecord, operation: StoredOperation): string[] {
  if (operation.Type === 'WAIT' && operation.Status === 'STARTED')
    return [operation.WaitDetails?.ScheduledEndTimestamp ?? ''];
  if (operation.Type === 'STEP' && operation.Status === 'PENDING')
    return [operation.StepDetails?.NextAttemptTimestamp ?? ''];
  if (operation.Type === 'CALLBACK' && operation.Status === 'STARTED') {
    const { timeoutAt, heartbeatAt } = record.callbacks[operation.Id ?? ''] ?? {};
    return [timeoutAt, heartbeatAt].filter((at) => at !== undefined);
  }
  return [];
}

/** Changes the operations whose time has come. @returns their ids */
export function settleDue(record: ExecutionRecord, now: Date): string[] {
  const due = (at: string | undefined): boolean => at !== undefined && Date.parse(at) <= now.getTime();
  const changed = record.operations.filter((operation) => dueTimes(record, operation).some(due));
  for (const operation of changed) {
    if (operation.Type === 'WAIT') {
      operation.Status = 'SUCCEEDED';
      operation.EndTimestamp = now.toISOString();
      addEvent(record, operationEvent(operation, 'Succeeded', { Duration: waited(operation) }, now));
    } else if (operation.Type === 'STEP') {
      operation.Status = 'READY';
    } else {
      const error = due(record.callbacks[operation.Id ?? '']?.timeoutAt)
        ? { ErrorMessage: 'Callback timed out', ErrorType: 'Callback.Timeout' }
        : { ErrorMessage: 'Callback timed out on heartbeat', ErrorType: 'Callback.Heartbeat' };
      closeFromOutside(record, operation, { status: 'TIMED_OUT', error }, now);
    }
  }
  return changed.map((operation) => operation.Id ?? '');
}

/** The seconds that the wait was to last. */
const waited = ({ StartTimestamp, WaitDetails }: StoredOperation): number =>
  Math.round(
    (Date.parse(WaitDetails?.ScheduledEndTimestamp ?? '') - Date.parse(StartTimestamp ?? '')) / 1000,
  );

/** A callback's id names its execution and operation, and cannot be guessed. Base64url: it is part of a URL. */
const encodeCallbackId = (arn: string, operation: string): string =>
  Buffer.from(JSON.stringify({ arn, operation, nonce: randomUUID() })).toString('base64url');

export function decodeCallbackId(
  callbackId: string | undefined,
): { arn: string; operation: string } | undefined {
  try {
    const decoded = JSON.parse(Buffer.from(callbackId ?? '', 'base64url').toString('utf8')) as Record<
      string,
      unknown
    >;
    const { arn, operation } = decoded;
    return typeof arn === 'string' && typeof operation === 'string' ? { arn, operation } : undefined;
  } catch {
    return undefined;
  }
}
