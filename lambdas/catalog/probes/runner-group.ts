import type { AutoScaling } from '@aws-sdk/client-auto-scaling';
import * as z from 'zod';
import { list, moment, number } from '../../domain/words.ts';
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
  /** Processes of the group that somebody, or AWS, has suspended: `Launch`, `AlarmNotification`… */
  suspended: z.array(z.string()),
  /** An instance refresh replaces the machines: by how many percent it is done. */
  refreshing: z.number().nullable(),
  /** Until then scaling policies rest after the last activity. */
  coolsUntil: z.iso.datetime().nullable(),
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

/** A refresh in one of these states replaces machines, or puts the old ones back. */
const REFRESHING = ['Pending', 'InProgress', 'Cancelling', 'RollbackInProgress', 'Baking'];

export interface DescribedGroup extends Omit<RunnerGroup, 'launchFault' | 'refreshing' | 'coolsUntil'> {
  /** In service. */
  readonly instances: readonly string[];
  readonly cooldownSeconds: number;
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
      suspended: (found?.SuspendedProcesses ?? []).flatMap(({ ProcessName }) => ProcessName ?? []).sort(),
      cooldownSeconds: found?.DefaultCooldown ?? 0,
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
    'aws autoscaling describe-instance-refreshes --auto-scaling-group-name … --max-records 1',
  ],
  permissions: () => [
    {
      actions: [
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:DescribeScalingActivities',
        'autoscaling:DescribeInstanceRefreshes',
      ],
      resources: ['*'],
    },
  ],
  value: RunnerGroup,
  async run({ settings, now, tools }) {
    const autoScaling = await tools.autoScaling();
    const name = settings.estate.runners.group;
    const { group, evidence } = await describeGroup(autoScaling, name);
    const { instances: _ids, cooldownSeconds, ...value } = group;
    if (!group.exists) {
      const nothing = { launchFault: null, refreshing: null, coolsUntil: null };
      return { value: { ...value, ...nothing }, evidence: [evidence] };
    }
    const parameters = { AutoScalingGroupName: name, MaxRecords: ACTIVITIES };
    const { Activities = [] } = await autoScaling.describeScalingActivities(parameters);
    const refreshesOf = { AutoScalingGroupName: name, MaxRecords: 1 };
    const { InstanceRefreshes = [] } = await autoScaling.describeInstanceRefreshes(refreshesOf);
    const refresh = InstanceRefreshes.find(({ Status = '' }) => REFRESHING.includes(Status));
    // Machines that leave say nothing of those that are missing.
    const newest = Activities.find(({ Description = '' }) => !Description.startsWith('Terminating'));
    const failed =
      group.inService < group.desired && ['Failed', 'Cancelled'].includes(newest?.StatusCode ?? '');
    const ended = Activities.flatMap(({ EndTime }) => EndTime?.getTime() ?? []);
    const cools = Math.max(...ended) + cooldownSeconds * 1_000;
    return {
      value: {
        ...value,
        launchFault: failed ? faultOf(newest?.StatusMessage) : null,
        refreshing: refresh ? (refresh.PercentageComplete ?? 0) : null,
        coolsUntil: cools > now.getTime() ? new Date(cools).toISOString() : null,
      },
      evidence: [
        evidence,
        evidenceOf('autoscaling:DescribeScalingActivities', parameters, Activities),
        evidenceOf('autoscaling:DescribeInstanceRefreshes', refreshesOf, InstanceRefreshes),
      ],
    };
  },
  describe: ({ exists, min, max, desired, inService, launchFault, ...group }) =>
    exists
      ? [
          `${inService} in service, ${desired} desired (${min} to ${max})`,
          ...(launchFault === null ? [] : [`the newest launch failed: ${launchFault}`]),
          ...describeHindrances(group),
        ].join('; ')
      : 'there is no such group',
});

/** What else the group says of itself, for people. */
export const describeHindrances = ({
  suspended,
  refreshing,
  coolsUntil,
}: Pick<RunnerGroup, 'suspended' | 'refreshing' | 'coolsUntil'>): readonly string[] => [
  ...(suspended.length > 0 ? [`suspended: ${list(suspended)}`] : []),
  ...(refreshing === null
    ? []
    : [`an instance refresh has replaced ${number(refreshing)} % of the machines`]),
  ...(coolsUntil === null ? [] : [`its scaling policies rest until ${moment(coolsUntil)}`]),
];

const faultOf = (message: string | undefined): string =>
  NO_CAPACITY.test(message ?? '') ? 'EC2 has no capacity' : errorCause(message ?? null);
