import { readRunnerQueue, runnerQueuePermissions } from '../probes/runner-queue.ts';
import type { Signal } from './definition.ts';

/** Jobs not taken by a runner yet. SQS' own metric comes late, and not at all for an inactive queue. */
export const runnerQueueDepth: Signal = {
  metric: 'runner_queue_depth',
  unit: 'Count',
  worst: 'highest',
  whenNone: null,
  reads: [],
  permissions: runnerQueuePermissions,
  async measure({ settings, tools }) {
    const { value } = await readRunnerQueue(await tools.sqs(), settings);
    return [{ value: value.waiting, dimensions: { Queue: settings.estate.runners.queue } }];
  },
};
