import * as z from 'zod';
import { arnOf } from '../permissions.ts';
import { describeGroup, describeGroupsPermissions } from '../probes/runner-group.ts';
import { MOST_WAITING, readRunnerQueue, runnerQueuePermissions } from '../probes/runner-queue.ts';
import type { ActionDefinition } from './definition.ts';
import { capacityLookPermissions, capacityProgress } from './runner-capacity.ts';

const Count = z.string().regex(/^\d+$/, 'a whole number as text');
const Params = z.strictObject({ group: z.string().min(1), from: Count, to: Count });

/** One bounded step of section 9's "scale up EC2 runner ASG capacity". */
export const scaleRunners: ActionDefinition = {
  name: 'scale-runners',
  params: Params,
  changes: true,
  closedPeriod: { allowed: 'It changes how many machines run, and no figure of any period.' },
  permissions: (settings) => [
    {
      actions: ['autoscaling:SetDesiredCapacity'],
      resources: [
        arnOf(
          settings,
          'autoscaling',
          `autoScalingGroup:*:autoScalingGroupName/${settings.estate.runners.group}`,
        ),
      ],
    },
    // Right before it sets the number it looks whether that is still the one that was decided on.
    ...describeGroupsPermissions(settings),
    ...runnerQueuePermissions(settings),
  ],
  lookPermissions: capacityLookPermissions,
  repeat: 'It sets the desired capacity to a number: set twice, it is the same.',
  undo: { by: 'setting the desired capacity back to where it was.' },
  tell: ({ group, from, to }) =>
    `scale ${group} from ${from} to ${to} if more than ${MOST_WAITING} jobs still wait`,
  async start(params, { settings, now }, tools) {
    const { group: name, from, to } = Params.parse(params);
    const autoScaling = await tools.autoScaling();
    const { group } = await describeGroup(autoScaling, name);
    const { value: queue } = await readRunnerQueue(await tools.sqs(), settings);
    const handle = { group: name, since: now.toISOString(), waiting: String(queue.waiting) };
    if (queue.waiting <= MOST_WAITING) return { ...handle, to: String(group.desired), needed: 'no longer' };
    if (group.desired !== Number(from)) {
      throw new Error(
        `the desired capacity of ${name} is ${group.desired}; wanted ${from}, which was decided on. ` +
          'Somebody else has changed it, so nothing was changed: look again',
      );
    }
    const { SetDesiredCapacityCommand } = await import('@aws-sdk/client-auto-scaling');
    await autoScaling.send(
      new SetDesiredCapacityCommand({
        AutoScalingGroupName: name,
        DesiredCapacity: Number(to),
        // The cooldown keeps policies from scaling on stale figures; here the instances are in service, and counted.
        HonorCooldown: false,
      }),
    );
    return { ...handle, to };
  },
  async reconcile(params, { settings, now }, tools) {
    const { group: name, to } = Params.parse(params);
    const { group } = await describeGroup(await tools.autoScaling(), name);
    if (group.desired !== Number(to)) return { state: 'absent' };
    const { value: queue } = await readRunnerQueue(await tools.sqs(), settings);
    const waiting = String(queue.waiting);
    return { state: 'started', handle: { group: name, to, since: now.toISOString(), waiting } };
  },
  progress: capacityProgress,
};
