import type { AutoScaling } from '@aws-sdk/client-auto-scaling';
import * as z from 'zod';
import { list } from '../../domain/words.ts';
import type { ReadTools } from '../../platform/clients.ts';
import { arnOf, type Permissions } from '../../platform/iam.ts';
import { describeGroup, describeGroupsPermissions, type DescribedGroup } from '../probes/runner-group.ts';
import { MOST_WAITING, readRunnerQueue, runnerQueuePermissions } from '../probes/runner-queue.ts';
import type { ActContext, ActionDefinition, Handle, Progress } from './definition.ts';
import { impactOn } from './impact.ts';

export const Count = z.string().regex(/^\d+$/, 'a whole number as text');

/** What scaling up and back have in common. */
export const capacityChange = {
  changes: true,
  closedPeriod: { allowed: 'It changes how many machines run, and no figure of any period.' },
  repeat: 'It sets the desired capacity to a number: set twice, it is the same.',
  impact: async ({ from, to }) => impactOn(Math.abs(Number(to) - Number(from))),
} satisfies Partial<ActionDefinition>;

export const capacityReadPermissions: Permissions = (settings) => [
  ...describeGroupsPermissions(settings),
  ...runnerQueuePermissions(settings),
];

/** Right before it is set, the number is compared with the one that was decided on. */
export const setCapacityPermissions: Permissions = (settings) => [
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
  ...describeGroupsPermissions(settings),
];

export async function setCapacity(autoScaling: AutoScaling, group: string, to: number): Promise<void> {
  await autoScaling.setDesiredCapacity({
    AutoScalingGroupName: group,
    DesiredCapacity: to,
    // The cooldown stops policies that scale on stale figures; here running instances were counted.
    HonorCooldown: false,
  });
}

/** @throws when the group launches nothing: the number would stay raised, and no machine would come */
export function refuseSuspended({ name, suspended }: Pick<DescribedGroup, 'name' | 'suspended'>): void {
  if (!suspended.includes('Launch')) return;
  throw new Error(
    `${name} launches nothing: its process Launch is suspended, wanted one that is not. Nothing was changed; resume it: ` +
      `aws autoscaling resume-processes --auto-scaling-group-name ${name} --scaling-processes Launch`,
  );
}

/** Shares of the time that any job may take. */
const PATIENCE = 1 / 3;
const FALLS_IN_TIME = 2 / 3;
const AT_MOST = 0.9;

/**
 * Waits for the instances, then for the queue to fall. A queue that stays long is no failure of this
 * step: the next one, or the verification, checks it.
 */
export async function capacityProgress(
  { group: name = '', to = '', since = '', waiting = '' }: Handle,
  { settings, now }: ActContext,
  tools: ReadTools,
): Promise<Progress> {
  const { group } = await describeGroup(await tools.autoScaling(), name);
  const { value: queue } = await readRunnerQueue(await tools.sqs(), settings);
  const suspended = group.suspended.length > 0 ? `; suspended: ${list(group.suspended)}` : '';
  const summary = `${group.inService} of ${to} in service, ${queue.waiting} jobs wait${suspended}`;
  const spent = (now.getTime() - Date.parse(since)) / (settings.pace.jobLimit * 1_000);
  if (group.inService < Number(to)) return { state: spent >= PATIENCE ? 'failed' : 'running', summary };
  const left = queue.waiting - MOST_WAITING;
  const queueFalls = { spent, left, fallen: Number(waiting) - queue.waiting };
  const more = isWorthWaiting(queueFalls, group.desired >= group.max);
  return { state: left > 0 && more ? 'running' : 'succeeded', summary };
}

/** After its time it waits only for a queue that will be short soon or, if no step can follow, that falls. */
export function isWorthWaiting(
  { spent, left, fallen }: { spent: number; left: number; fallen: number },
  atMaximum: boolean,
): boolean {
  if (spent < PATIENCE) return true;
  if (fallen <= 0) return false;
  return atMaximum ? spent < AT_MOST : left * spent <= fallen * (FALLS_IN_TIME - spent);
}
