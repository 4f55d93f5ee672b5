import type { ReadTools } from '../engine/tools.ts';
import type { Permissions } from '../permissions.ts';
import { describeGroup, describeGroupsPermissions } from '../probes/runner-group.ts';
import { MOST_WAITING, readRunnerQueue, runnerQueuePermissions } from '../probes/runner-queue.ts';
import type { ActContext, Handle, Progress } from './definition.ts';

export const capacityLookPermissions: Permissions = (settings) => [
  ...describeGroupsPermissions(settings),
  ...runnerQueuePermissions(settings),
];

/** Of the time that any job may take: so much for the instances to come, and for the queue to fall. */
const PART_OF_JOB_LIMIT = 3;

/**
 * Waits for the instances, then for the queue to fall. A queue that is still long after the time is no failure of this
 * step: the next one, or the verification, looks at it.
 */
export async function capacityProgress(
  { group: name = '', to = '', since = '' }: Handle,
  { settings, now }: ActContext,
  tools: ReadTools,
): Promise<Progress> {
  const { group } = await describeGroup(await tools.autoScaling(), name);
  const { value: queue } = await readRunnerQueue(await tools.sqs(), settings);
  const seconds = settings.pace.jobLimit / PART_OF_JOB_LIMIT;
  const timeIsUp = now.getTime() - Date.parse(since) >= seconds * 1_000;
  const tell = `${group.inService} of ${to} in service, ${queue.waiting} jobs wait`;
  if (group.inService < Number(to)) return { state: timeIsUp ? 'failed' : 'running', tell };
  return { state: queue.waiting <= MOST_WAITING || timeIsUp ? 'succeeded' : 'running', tell };
}
