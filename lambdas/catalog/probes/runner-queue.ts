import type { SQS } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { arnOf, type Permissions } from '../../platform/iam.ts';
import type { Settings } from '../../platform/settings.ts';
import { defineProbe } from './definition.ts';
import { queueDepth } from './queue-depth.ts';
import type { Evidence } from '../../domain/evidence.ts';

export const RunnerQueue = z.object({
  name: z.string(),
  /** Not taken by a runner yet. */
  waiting: z.int(),
  /** Taken, and not done. */
  inFlight: z.int(),
  /** Not before a later moment. */
  delayed: z.int(),
});
export type RunnerQueue = z.infer<typeof RunnerQueue>;

export const runnerQueuePermissions: Permissions = (settings) => [
  {
    actions: ['sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
    resources: [arnOf(settings, 'sqs', settings.estate.runners.queue)],
  },
];

export async function readRunnerQueue(
  sqs: SQS,
  { estate }: Settings,
): Promise<{ value: RunnerQueue; evidence: readonly Evidence[] }> {
  const { depth, evidence } = await queueDepth(sqs, estate.runners.queue);
  return { value: RunnerQueue.parse({ name: estate.runners.queue, ...depth }), evidence: [evidence] };
}

export const runnerQueue = defineProbe<unknown, RunnerQueue>({
  name: 'runner-queue',
  momentary: 'Jobs come and go all the time.',
  question: 'How many jobs wait for a runner?',
  queries: ['aws sqs get-queue-attributes --queue-url … --attribute-names ApproximateNumberOfMessages'],
  permissions: runnerQueuePermissions,
  value: RunnerQueue,
  run: async ({ settings, tools }) => readRunnerQueue(await tools.sqs(), settings),
  describe: ({ waiting, inFlight, delayed }) => `${waiting} wait, ${inFlight} in flight, ${delayed} delayed`,
});

/** More jobs than this wait too long. */
export const MOST_WAITING = 100;
