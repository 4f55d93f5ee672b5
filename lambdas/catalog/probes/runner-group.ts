import type { AutoScaling } from '@aws-sdk/client-auto-scaling';
import * as z from 'zod';
import type { Permissions } from '../../platform/iam.ts';
import { defineProbe } from './definition.ts';
import { evidenceOf, type Evidence } from '../../domain/evidence.ts';
import { errorCause } from '../../platform/error-cause.ts';

export const RunnerGroup = z.object({
  name: z.string(),
  /** False: there is no such group, and the numbers mean nothing. */
  exists: z.boolean(),
  min: z.int(),
  max: z.int(),
  desired: z.int(),
  inService: z.int(),
  /** Why the newest launch failed, while instances are missing. */
  launchFault: z.string().nullable(),
});
export type RunnerGroup = z.infer<typeof RunnerGroup>;

/** Descriptions cannot be restricted to a resource. */
export const describeGroupsPermissions: Permissions = () => [
  { actions: ['autoscaling:DescribeAutoScalingGroups'], resources: ['*'] },
];

const ACTIVITIES = 10;
const NO_CAPACITY = /InsufficientInstanceCapacity|do not have sufficient|no .*capacity/i;

export interface DescribedGroup extends Omit<RunnerGroup, 'launchFault'> {
  /** In service. */
  readonly instances: readonly string[];
}

export async function describeGroup(
  autoScaling: AutoScaling,
  name: string,
): Promise<{ group: DescribedGroup; evidence: Evidence }> {
  const parameters = { AutoScalingGroupNames: [name] };
  const { AutoScalingGroups = [] } = await autoScaling.describeAutoScalingGroups(parameters);
  const [found] = AutoScalingGroups;
  const instances = (found?.Instances ?? []).flatMap(({ InstanceId, LifecycleState }) =>
    LifecycleState === 'InService' && InstanceId !== undefined ? [InstanceId] : [],
  );
  return {
    group: {
      name,
      exists: found !== undefined,
      min: found?.MinSize ?? 0,
      max: found?.MaxSize ?? 0,
      desired: found?.DesiredCapacity ?? 0,
      inService: instances.length,
      instances,
    },
    evidence: evidenceOf('autoscaling:DescribeAutoScalingGroups', parameters, AutoScalingGroups),
  };
}

export const runnerGroup = defineProbe<unknown, RunnerGroup>({
  name: 'runner-group',
  momentary: 'Instances come and go by themselves.',
  question: 'Has the runners’ Auto Scaling group headroom, and are its instances in service?',
  queries: [
    'aws autoscaling describe-auto-scaling-groups --auto-scaling-group-names …',
    'aws autoscaling describe-scaling-activities --auto-scaling-group-name … --max-records 10',
  ],
  permissions: () => [
    {
      actions: ['autoscaling:DescribeAutoScalingGroups', 'autoscaling:DescribeScalingActivities'],
      resources: ['*'],
    },
  ],
  value: RunnerGroup,
  async run({ settings, tools }) {
    const autoScaling = await tools.autoScaling();
    const name = settings.estate.runners.group;
    const { group, evidence } = await describeGroup(autoScaling, name);
    const { instances: _ids, ...value } = group;
    if (!group.exists) return { value: { ...value, launchFault: null }, evidence: [evidence] };
    const parameters = { AutoScalingGroupName: name, MaxRecords: ACTIVITIES };
    const { Activities = [] } = await autoScaling.describeScalingActivities(parameters);
    const [newest] = Activities;
    const failed = group.inService < group.desired && newest?.StatusCode === 'Failed';
    return {
      value: { ...value, launchFault: failed ? faultOf(newest.StatusMessage) : null },
      evidence: [evidence, evidenceOf('autoscaling:DescribeScalingActivities', parameters, Activities)],
    };
  },
  describe: ({ exists, min, max, desired, inService, launchFault }) =>
    exists
      ? `${inService} in service, ${desired} desired (${min} to ${max})` +
        (launchFault === null ? '' : `; the newest launch failed: ${launchFault}`)
      : 'there is no such group',
});

const faultOf = (message: string | undefined): string =>
  NO_CAPACITY.test(message ?? '') ? 'EC2 has no capacity' : errorCause(message ?? null);
