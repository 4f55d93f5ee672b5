import type { SQS } from '@aws-sdk/client-sqs';
import { readRunnerQueue } from '../../../lambdas/catalog/probes/runner-queue.ts';
import { exampleSettings } from '../../support/settings.ts';

test('a queue whose figures are lacking is not one that nobody waits in: the look fails', async () => {
  const sqs = {
    getQueueUrl: async () => ({ QueueUrl: 'https://sqs/jobs' }),
    getQueueAttributes: async () => ({}),
  } as unknown as SQS;
  await expect(readRunnerQueue(sqs, exampleSettings())).rejects.toThrow(/waiting/);
});
