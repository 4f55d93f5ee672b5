import {
  DurableExecutionApiClient,
  DurableExecutionClientError,
  type DurableExecutionClient,
} from '@aws/durable-execution-sdk-js';

type Checkpoint = Parameters<DurableExecutionClient['checkpoint']>[0];
type Updates = NonNullable<Checkpoint['Updates']>;

const repeatable = new Set<string>();

/** That a step of this name begins need not be on record before it does: after a crash it is simply done again. */
export function mayBeRepeated(step: string): void {
  repeatable.add(step);
}

const endsWithTheNext = new Set<string>();

/** Whether the end of this step, as it has just ended, need not be on record before the next operation is. */
export function endMayWait(step: string, may: boolean): void {
  if (may) endsWithTheNext.add(step);
  else endsWithTheNext.delete(step);
}

function isUnawaited({ Action, Type, Name, ParentId, SubType }: Updates[number]): boolean {
  // What a callback was completed with is on record already: this is what its wait makes of it.
  if (Type === 'CONTEXT') return Action === 'SUCCEED' && SubType === 'WaitForCallback';
  if (Type !== 'STEP') return false;
  // Within an operation of ours only a callback has a step, which gives its id away, and may be repeated.
  if (Name === undefined) return Action === 'START' && ParentId !== undefined;
  return (Action === 'START' && repeatable.has(Name)) || (Action === 'SUCCEED' && endsWithTheNext.has(Name));
}

/**
 * The durable client with two changes:
 * 1. The service refuses a checkpoint whose token is stale (another invocation of the same execution has moved on), and
 *    the SDK takes that for the end of the whole execution. Only this invocation is over. Source:
 *    aws-durable-execution-sdk-js issue 917, live in 2.4.0.
 * 2. For the beginning of a step that may be repeated nobody waits, nor for some ends, and yet the SDK sends each in a
 *    call of its own. They go with the next checkpoint instead, in the same order.
 */
export function durableClient(
  client: DurableExecutionClient = new DurableExecutionApiClient(),
): DurableExecutionClient {
  const held = new Map<string, { readonly token: string | undefined; readonly updates: Updates }>();
  /** What an invocation has left that is over has another token. */
  const withHeld = ({ DurableExecutionArn: arn = '', ...request }: Checkpoint): Checkpoint => {
    const before = held.get(arn);
    held.delete(arn);
    const mine = before?.token === request.CheckpointToken ? (before?.updates ?? []) : [];
    return { DurableExecutionArn: arn, ...request, Updates: [...mine, ...(request.Updates ?? [])] };
  };
  return {
    getExecutionState: (request, logger) => client.getExecutionState(request, logger),
    checkpoint: async (of, logger) => {
      const request = withHeld(of);
      const { DurableExecutionArn: arn = '', CheckpointToken: token, Updates: updates = [] } = request;
      if (updates.length > 0 && updates.every(isUnawaited)) {
        held.set(arn, { token, updates });
        return { CheckpointToken: token, NewExecutionState: undefined };
      }
      try {
        return await client.checkpoint(request, logger);
      } catch (cause) {
        if (cause instanceof Error && /^invalid checkpoint token/i.test(cause.message)) {
          throw new DurableExecutionClientError('the checkpoint token is stale', {
            scope: 'INVOCATION',
            cause,
          });
        }
        throw cause;
      }
    },
  };
}
