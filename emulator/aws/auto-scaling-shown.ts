import type {
  Activity as ShownActivity,
  AutoScalingGroup,
  InstanceRefresh,
  Instance as ShownInstance,
} from '@aws-sdk/client-auto-scaling';
import { lifecycleOf, ZONES } from './auto-scaling-group.ts';
import type { Activity, Group, Refresh } from './auto-scaling-group.ts';

export function shownGroup(group: Group, now: Date): AutoScalingGroup {
  const instances = group.instances.flatMap((instance): ShownInstance[] => {
    const state = lifecycleOf(instance, now);
    if (!state) return [];
    return [
      {
        InstanceId: instance.id,
        InstanceType: group.instanceType,
        AvailabilityZone: instance.zone,
        LifecycleState: state,
        HealthStatus: 'Healthy',
        ProtectedFromScaleIn: false,
      },
    ];
  });
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: group.arn,
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.cooldownSeconds,
    AvailabilityZones: ZONES,
    LoadBalancerNames: [],
    TargetGroupARNs: [],
    HealthCheckType: 'EC2',
    HealthCheckGracePeriod: 0,
    Instances: instances,
    CreatedTime: new Date(group.createdAt),
    SuspendedProcesses: Object.entries(group.suspended ?? {}).map(([ProcessName, SuspensionReason]) => ({
      ProcessName,
      SuspensionReason,
    })),
    EnabledMetrics: [],
    Tags: [],
    TerminationPolicies: ['NewestInstance'],
    NewInstancesProtectedFromScaleIn: false,
  };
}

export function shownRefresh(refresh: Refresh, now: Date): InstanceRefresh {
  const [start, end] = [Date.parse(refresh.startedAt), Date.parse(refresh.endsAt)];
  const ended = end <= now.getTime();
  return {
    InstanceRefreshId: refresh.id,
    AutoScalingGroupName: refresh.group,
    Status: ended ? 'Successful' : 'InProgress',
    StartTime: new Date(start),
    ...(ended && { EndTime: new Date(end) }),
    PercentageComplete: ended ? 100 : Math.floor((100 * (now.getTime() - start)) / (end - start)),
  };
}

export function shownActivity(activity: Activity, groupArn: string, now: Date): ShownActivity {
  const ended = Date.parse(activity.endsAt) <= now.getTime();
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: activity.group,
    AutoScalingGroupARN: groupArn,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.startedAt),
    ...(ended && { EndTime: new Date(activity.endsAt) }),
    StatusCode: activity.fault !== undefined ? 'Failed' : ended ? 'Successful' : 'InProgress',
    ...(activity.fault !== undefined && { StatusMessage: activity.fault }),
    Progress: ended ? 100 : 50,
    Details: JSON.stringify({ 'Availability Zone': activity.zone }),
  };
}
