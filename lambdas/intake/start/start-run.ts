import { isNamed } from '../../platform/error-cause.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import type { Settings } from '../../platform/settings.ts';
import type { AwsClients } from '../../platform/aws.ts';

/** `started` also for a repetition: an asynchronous call cannot tell. */
export type Start = (request: RunRequest) => Promise<'started' | 'already-started'>;

/**
 * Starts runs: an asynchronous call, named after the run, of the durable runner, or for a dry run of
 * the rehearser, whose role cannot act.
 * @param functions qualified ARNs: durable functions need a qualifier
 * @throws when the call is not accepted; it may be repeated
 */
export function createStart(
  clients: Pick<AwsClients, 'lambda'>,
  { runner, rehearser }: Pick<Settings, 'runner' | 'rehearser'>,
): Start {
  return async (request) => {
    const lambda = await clients.lambda();
    try {
      await lambda.invoke({
        FunctionName: request.mode === 'dry-run' ? rehearser : runner,
        InvocationType: 'Event',
        DurableExecutionName: request.run,
        Payload: Buffer.from(canonicalJson(request)),
      });
      return 'started';
    } catch (error) {
      // Another payload under this name: two envelopes worded one transition differently. It is the same
      // run.
      if (isNamed(error, 'DurableExecutionAlreadyStartedException')) {
        return 'already-started';
      }
      throw error;
    }
  };
}
