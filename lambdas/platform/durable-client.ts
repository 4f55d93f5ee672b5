import {
  DurableExecutionApiClient,
  DurableExecutionClientError,
  type DurableExecutionClient,
} from '@aws/durable-execution-sdk-js';

/**
 * The durable client with one fix: the service refuses a checkpoint whose token is stale (another
 * invocation of the same execution has moved on), and the SDK takes that for the end of the whole
 * execution. Only this invocation is over. Source: aws-durable-execution-sdk-js issue 917, live in
 * 2.4.0.
 */
export function durableClient(
  client: DurableExecutionClient = new DurableExecutionApiClient(),
): DurableExecutionClient {
  return {
    getExecutionState: (request, logger) => client.getExecutionState(request, logger),
    checkpoint: async (request, logger) => {
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
