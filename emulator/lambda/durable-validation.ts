import type {
  OperationAction,
  OperationStatus,
  OperationType,
  OperationUpdate,
} from '@aws-sdk/client-lambda';
import { AwsError } from '../kernel/service.ts';
import { findOperation } from './durable-record.ts';
import type { ExecutionRecord, StoredOperation } from './durable-record.ts';

/** Operations that one execution may have, each retry included, and bytes of one payload: the service's quotas. */
export const MOST_OPERATIONS = 3_000;
const LARGEST_PAYLOAD = 256 * 1024;
const LARGEST_EXECUTION_PAYLOAD = 6 * 1024 * 1024;
const LARGEST_ERROR = 32 * 1024;

/** The status that an operation may have when an action arrives; `new` means that it does not exist yet. */
type From = OperationStatus | 'new';

const ALLOWED: Record<OperationType, Partial<Record<OperationAction, readonly From[]>>> = {
  STEP: {
    START: ['new', 'READY'],
    SUCCEED: ['new', 'STARTED', 'READY'],
    FAIL: ['new', 'STARTED', 'READY'],
    RETRY: ['new', 'STARTED', 'READY'],
  },
  CONTEXT: { START: ['new'], SUCCEED: ['new', 'STARTED'], FAIL: ['new', 'STARTED'] },
  WAIT: { START: ['new'], CANCEL: ['STARTED'] },
  CALLBACK: { START: ['new'], CANCEL: ['STARTED'] },
  CHAINED_INVOKE: { START: ['new'] },
  EXECUTION: { SUCCEED: ['new', 'STARTED'], FAIL: ['new', 'STARTED'] },
};

export const invalid = (message: string): AwsError =>
  new AwsError('InvalidParameterValueException', message, 400);

/**
 * Refuses a checkpoint that the service would refuse, before any of it is applied.
 * The rules and messages are those of `@aws/durable-execution-sdk-js-testing`'s checkpoint server.
 */
export function validateUpdates(record: ExecutionRecord, updates: readonly OperationUpdate[]): void {
  const executions = updates.filter((update) => update.Type === 'EXECUTION');
  if (executions.length > 1) throw invalid('Cannot checkpoint multiple EXECUTION updates.');
  if (executions.length === 1 && updates.at(-1)?.Type !== 'EXECUTION')
    throw invalid('EXECUTION checkpoint must be the last update.');

  const seen = new Map<string, OperationUpdate>();
  for (const update of updates) {
    const id = update.Id;
    if (!id) throw invalid('Operation update must have an Id.');
    const before = seen.get(id);
    if (before && !mayFollow(before, update))
      throw invalid('Cannot update the same operation twice in a single request.');
    validateParent(record, update, seen);
    validateSizes(update);
    validateAction(update, before ? 'STARTED' : (findOperation(record, id)?.Status ?? 'new'));
    seen.set(id, update);
  }
  const retries = updates.filter(({ Action }) => Action === 'RETRY').length;
  const added = [...seen.keys()].filter((id) => !findOperation(record, id)).length + retries;
  const before = operationsOf(record);
  if (added > 0 && before + added > MOST_OPERATIONS)
    throw invalid(
      `The execution would have ${before + added} operations; at most ${MOST_OPERATIONS} are allowed.`,
    );
}

/** As the service counts and charges: each further attempt of a step is one more. */
export const operationsOf = ({ operations }: Pick<ExecutionRecord, 'operations'>): number =>
  operations.reduce((sum, { Status, StepDetails }) => {
    const tried = StepDetails?.Attempt ?? 0;
    const isOpen = Status === 'PENDING' || Status === 'READY' || Status === 'STARTED';
    return sum + (isOpen ? tried + 1 : Math.max(1, tried));
  }, 0);

/** A step or context may be started and closed in one request; nothing else may be updated twice. */
function mayFollow(before: OperationUpdate, update: OperationUpdate): boolean {
  const nests = before.Type === 'STEP' || before.Type === 'CONTEXT';
  return nests && before.Action === 'START' && update.Action !== 'START';
}

function validateParent(
  record: ExecutionRecord,
  update: OperationUpdate,
  seen: ReadonlyMap<string, OperationUpdate>,
): void {
  if (!update.ParentId) return;
  const parent: OperationUpdate | StoredOperation | undefined =
    seen.get(update.ParentId) ?? findOperation(record, update.ParentId);
  if (parent?.Type !== 'CONTEXT') throw invalid('Invalid parent operation id.');
}

function validateAction(update: OperationUpdate, from: From): void {
  const { Type: type, Action: action } = update;
  if (!type || !(type in ALLOWED)) throw invalid('Unknown operation type.');
  const statuses = action && ALLOWED[type][action];
  if (!statuses) throw invalid('Invalid action for the given operation type.');
  if (!statuses.includes(from))
    throw invalid(
      `Invalid current ${type} state to ${action.toLowerCase()}: it is ${from}, wanted ${statuses.join(' or ')}.`,
    );
  if (action === 'FAIL' && update.Payload != null) throw invalid('Cannot provide a Payload for FAIL action.');
  if (action === 'SUCCEED' && update.Error != null)
    throw invalid('Cannot provide an Error for SUCCEED action.');
  if (type === 'CHAINED_INVOKE' && !update.ChainedInvokeOptions?.FunctionName)
    throw invalid('A CHAINED_INVOKE needs ChainedInvokeOptions with a FunctionName.');
  if (action === 'RETRY' && !update.StepOptions) throw invalid('Invalid StepOptions for the given action.');
  if (action === 'RETRY' && update.Error != null && update.Payload != null)
    throw invalid('Cannot provide both error and payload to RETRY a STEP.');
}

function validateSizes(update: OperationUpdate): void {
  const limit = update.Type === 'EXECUTION' ? LARGEST_EXECUTION_PAYLOAD : LARGEST_PAYLOAD;
  const bytes = Buffer.byteLength(update.Payload ?? '');
  if (bytes > limit)
    throw invalid(
      `Payload of operation '${update.Name ?? update.Id}' is ${bytes} bytes; at most ${limit} are allowed.`,
    );
  const errorBytes = update.Error ? Buffer.byteLength(JSON.stringify(update.Error)) : 0;
  if (errorBytes > LARGEST_ERROR)
    throw invalid(`Error object size must be less than ${LARGEST_ERROR} bytes, is ${errorBytes}.`);
}
