import type {
  DescribeAutoScalingGroupsCommandInput,
  DescribeInstanceRefreshesCommandInput,
  DescribeScalingActivitiesCommandInput,
  ResumeProcessesCommandInput,
  SetDesiredCapacityCommandInput,
  StartInstanceRefreshCommandInput,
  SuspendProcessesCommandInput,
} from '@aws-sdk/client-auto-scaling';
import { arn } from '../kernel/places.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { ServiceDefinition } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { AutoScaling } from './auto-scaling.ts';
import { shownActivity, shownGroup, shownRefresh } from './auto-scaling-shown.ts';

const GROUPS_A_PAGE = 50;
const MOST_A_PAGE = 100;

export const autoScalingDefinition = (service: AutoScaling): ServiceDefinition => ({
  signingName: 'autoscaling',
  sdk: () => import('@aws-sdk/client-auto-scaling'),
  clientClass: 'AutoScalingClient',
  operations: {
    DescribeAutoScalingGroups: operation({
      action: 'autoscaling:DescribeAutoScalingGroups',
      resource: () => '*',
      handle: (input: DescribeAutoScalingGroupsCommandInput, { now }) => {
        refuseOptions('DescribeAutoScalingGroups', input, [
          'AutoScalingGroupNames',
          'MaxRecords',
          'NextToken',
        ]);
        const { AutoScalingGroupNames: names = [] } = input;
        // AWS ignores unknown names.
        const found = service.groups.all().filter(({ name }) => names.length === 0 || names.includes(name));
        const { page, next } = pageOf(found, input, GROUPS_A_PAGE);
        return { AutoScalingGroups: page.map((group) => shownGroup(group, now)), ...next };
      },
    }),
    DescribeScalingActivities: operation({
      action: 'autoscaling:DescribeScalingActivities',
      resource: () => '*',
      handle: (input: DescribeScalingActivitiesCommandInput, { now }) => {
        refuseOptions('DescribeScalingActivities', input, [
          'ActivityIds',
          'AutoScalingGroupName',
          'MaxRecords',
          'NextToken',
        ]);
        const { AutoScalingGroupName: name, ActivityIds: ids } = input;
        const groups = name === undefined ? service.groups.all() : [service.group(name)];
        const found = groups.flatMap((group) =>
          service
            .activitiesOf(group.name)
            .filter(({ id }) => !ids?.length || ids.includes(id))
            .map((activity) => shownActivity(activity, group.arn, now)),
        );
        const { page, next } = pageOf(found, input, MOST_A_PAGE);
        return { Activities: page, ...next };
      },
    }),
    SetDesiredCapacity: operation({
      action: 'autoscaling:SetDesiredCapacity',
      resource: arnOf(service),
      handle: async (input: SetDesiredCapacityCommandInput) => {
        const { AutoScalingGroupName = '', DesiredCapacity = NaN, HonorCooldown } = input;
        await service.setDesiredCapacity(AutoScalingGroupName, DesiredCapacity, HonorCooldown);
        return {};
      },
    }),
    SuspendProcesses: operation({
      action: 'autoscaling:SuspendProcesses',
      resource: arnOf(service),
      handle: async (input: SuspendProcessesCommandInput) => {
        await service.suspend(input.AutoScalingGroupName ?? '', input.ScalingProcesses);
        return {};
      },
    }),
    ResumeProcesses: operation({
      action: 'autoscaling:ResumeProcesses',
      resource: arnOf(service),
      handle: async (input: ResumeProcessesCommandInput) => {
        await service.resumeProcesses(input.AutoScalingGroupName ?? '', input.ScalingProcesses);
        return {};
      },
    }),
    StartInstanceRefresh: operation({
      action: 'autoscaling:StartInstanceRefresh',
      resource: arnOf(service),
      handle: async (input: StartInstanceRefreshCommandInput) => {
        refuseOptions('StartInstanceRefresh', input, ['AutoScalingGroupName']);
        return {
          InstanceRefreshId: (await service.startInstanceRefresh(input.AutoScalingGroupName ?? '')).id,
        };
      },
    }),
    DescribeInstanceRefreshes: operation({
      action: 'autoscaling:DescribeInstanceRefreshes',
      resource: () => '*',
      handle: (input: DescribeInstanceRefreshesCommandInput, { now }) => {
        const { AutoScalingGroupName: name, InstanceRefreshIds: ids } = input;
        const found = service
          .refreshesOf(service.group(name).name)
          .filter(({ id }) => !ids?.length || ids.includes(id));
        const { page, next } = pageOf(found, input, GROUPS_A_PAGE);
        return { InstanceRefreshes: page.map((refresh) => shownRefresh(refresh, now)), ...next };
      },
    }),
  },
});

const arnOf =
  (service: AutoScaling) =>
  ({ AutoScalingGroupName: name = '' }: { AutoScalingGroupName?: string | undefined }) =>
    service.groups.get(name)?.arn ?? arn('autoscaling', `autoScalingGroup:*:autoScalingGroupName/${name}`);

function pageOf<T>(
  all: readonly T[],
  { MaxRecords: size, NextToken }: { MaxRecords?: number | undefined; NextToken?: string | undefined },
  usual: number,
): { page: T[]; next: { NextToken?: string } } {
  if (size !== undefined && !(size >= 1 && size <= MOST_A_PAGE))
    throw new AwsError('ValidationError', `MaxRecords is ${size}; wanted: 1 to ${MOST_A_PAGE}.`);
  const from = Number(NextToken ?? 0);
  const to = from + (size ?? usual);
  return { page: all.slice(from, to), next: to < all.length ? { NextToken: String(to) } : {} };
}
