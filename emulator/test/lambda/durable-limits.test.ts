import type { OperationUpdate } from '@aws-sdk/client-lambda';
import type { ExecutionRecord, StoredOperation } from '../../lambda/durable-record.ts';
import { MOST_OPERATIONS, operationsOf, validateUpdates } from '../../lambda/durable-validation.ts';

/** The quota of operations counts and bills every attempt of a step. */

const step = (Status: StoredOperation['Status'], Attempt?: number): StoredOperation => ({
  Id: `step-${Status}`,
  Type: 'STEP',
  Status,
  StartTimestamp: '2026-11-23T14:00:00.000Z',
  ...(Attempt !== undefined && { StepDetails: { Attempt } }),
});
const record = (...operations: StoredOperation[]) => ({ operations }) as unknown as ExecutionRecord;

test.each<[string, StoredOperation, number]>([
  ['done at once', step('SUCCEEDED', 1), 1],
  ['begun', step('STARTED', 0), 1],
  ['waiting for its third attempt', step('PENDING', 2), 3],
  ['done by its third attempt', step('SUCCEEDED', 3), 3],
  ['failed by its second', step('FAILED', 2), 2],
  ['a wait', { ...step('SUCCEEDED'), Type: 'WAIT' }, 1],
])('a step that is %s', (_which, operation, operations) => {
  expect(operationsOf(record(operation))).toBe(operations);
});

test('a poll may try as often as the quota has room, and then no operation is left', () => {
  const retry = (Attempt: number) => {
    const update: OperationUpdate = {
      Id: 'step-STARTED',
      Type: 'STEP',
      Action: 'RETRY',
      Payload: '{}',
      StepOptions: { NextAttemptDelaySeconds: 60 },
    };
    return () => validateUpdates(record(step('STARTED', Attempt)), [update]);
  };
  expect(retry(MOST_OPERATIONS - 2)).not.toThrow();
  expect(retry(MOST_OPERATIONS - 1)).toThrow(
    'The execution would have 3001 operations; at most 3000 are allowed.',
  );
  const one: OperationUpdate = { Id: 'next', Type: 'STEP', Action: 'START' };
  const full = record(step('SUCCEEDED', MOST_OPERATIONS));
  expect(() => validateUpdates(full, [one])).toThrow(/at most 3000/);
});
