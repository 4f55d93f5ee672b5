import type { RunRequest } from '../../domain/run-request.ts';
import type { Settings } from '../../platform/settings.ts';
import type { AwsClients } from '../../platform/aws.ts';
import type { Signing } from '../../platform/order.ts';
import { startExecution } from '../../platform/start-execution.ts';

/** `started` also for a repetition: an asynchronous call cannot tell. */
export type Start = (request: RunRequest) => Promise<'started' | 'already-started'>;

/**
 * Starts runs: of the durable runner, or for a dry run of the rehearser, whose role cannot act. Two envelopes that
 * word one transition differently are one run.
 * @throws when the call is not accepted; it may be repeated
 */
export const createStart =
  (
    clients: Pick<AwsClients, 'lambda'>,
    { runner, rehearser }: Pick<Settings, 'runner' | 'rehearser'>,
    signing: Signing,
  ): Start =>
  (request) =>
    startExecution(
      'run',
      { id: request.run, order: request, functionArn: request.mode === 'dry-run' ? rehearser : runner },
      clients,
      signing,
    );
