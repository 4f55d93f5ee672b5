import * as z from 'zod';
import { arn } from '../../kernel/places.ts';
import { handler, ignored, nameIf, type ResourceHandler } from '../resource-handler.ts';

const alarm = handler({
  // Loose: CloudFormation's properties are PutMetricAlarm's, and the emulator's CloudWatch refuses what it can't do.
  properties: z.looseObject({ AlarmName: z.string().optional() }),
  async create(properties, { cloud, name: generated }) {
    const AlarmName = properties.AlarmName ?? generated;
    await cloud.cloudwatch.putAlarm({ ...properties, AlarmName });
    return { ref: AlarmName, attributes: { Arn: arn('cloudwatch', `alarm:${AlarmName}`) } };
  },
  taken: ({ AlarmName }, { cloud }) =>
    nameIf(AlarmName, (name) => cloud.cloudwatch.alarms.get(name) !== undefined),
  remove: ({ ref }, _properties, cloud) => cloud.cloudwatch.deleteAlarm(ref),
});

const logGroup = handler({
  properties: z.strictObject({ LogGroupName: z.string().optional(), RetentionInDays: z.number().optional() }),
  async create({ LogGroupName, RetentionInDays: retentionDays }, { cloud, name: generated }) {
    const name = LogGroupName ?? generated;
    await cloud.logs.createGroup({ name, ...(retentionDays !== undefined && { retentionDays }) });
    return { ref: name, attributes: { Arn: `${arn('logs', `log-group:${name}`)}:*` } };
  },
  taken: ({ LogGroupName }, { cloud }) =>
    nameIf(LogGroupName, (name) => cloud.logs.groups.get(name) !== undefined),
  remove: ({ ref }, _properties, cloud) => cloud.logs.deleteGroup(ref),
});

const schedule = handler({
  properties: z.strictObject({
    Name: z.string().optional(),
    ScheduleExpression: z.string(),
    ScheduleExpressionTimezone: z.enum(['Etc/UTC', 'UTC']).optional(),
    FlexibleTimeWindow: z.strictObject({ Mode: z.literal('OFF') }),
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    Target: z.strictObject({
      Arn: z.string(),
      RoleArn: z.string(),
      Input: z.string().optional(),
      RetryPolicy: z
        .strictObject({ MaximumRetryAttempts: z.number(), MaximumEventAgeInSeconds: z.number() })
        .optional(),
    }),
    Description: ignored('for people'),
  }),
  async create({ Name, ScheduleExpression, State, Target }, { cloud, name: generated }) {
    const name = Name ?? generated;
    await cloud.scheduler.createSchedule({
      name,
      expression: ScheduleExpression,
      targetArn: Target.Arn,
      roleArn: Target.RoleArn,
      state: State,
      ...(Target.Input !== undefined && { input: Target.Input }),
      ...(Target.RetryPolicy && {
        retry: {
          attempts: Target.RetryPolicy.MaximumRetryAttempts,
          maxAgeSeconds: Target.RetryPolicy.MaximumEventAgeInSeconds,
        },
      }),
    });
    return { ref: name, attributes: { Arn: arn('scheduler', `schedule/default/${name}`) } };
  },
  taken: ({ Name }, { cloud }) => nameIf(Name, (name) => cloud.scheduler.schedules.get(name) !== undefined),
  remove: ({ ref }, _properties, cloud) => cloud.scheduler.deleteSchedule(ref),
});

export const watching: Readonly<Record<string, ResourceHandler>> = {
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::Logs::LogGroup': logGroup,
  'AWS::Scheduler::Schedule': schedule,
};
