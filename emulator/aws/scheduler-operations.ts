import type {
  CreateScheduleCommandInput,
  DeleteScheduleCommandInput,
  GetScheduleCommandInput,
  ListSchedulesCommandInput,
  UpdateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import { arn } from '../kernel/places.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { Schedule, ScheduleInput, Scheduler } from './scheduler.ts';

const A_PAGE = 100;

const scheduleArn = ({ Name }: { Name?: string | undefined }): string =>
  arn('scheduler', `schedule/default/${Name ?? ''}`);

const invalid = (what: string): AwsError => new AwsError('ValidationException', what);

export function schedulerOperations(scheduler: Scheduler): Record<string, Operation> {
  return {
    CreateSchedule: operation({
      action: 'scheduler:CreateSchedule',
      resource: scheduleArn,
      handle: async (input: CreateScheduleCommandInput) => {
        const wanted = scheduleInput('CreateSchedule', input);
        if (scheduler.schedules.get(wanted.name))
          throw new AwsError('ConflictException', `Schedule ${wanted.name} already exists.`, 409);
        return { ScheduleArn: (await scheduler.createSchedule(wanted)).arn };
      },
    }),
    // As on AWS, what is left out of an update falls back to its default, it is not kept.
    UpdateSchedule: operation({
      action: 'scheduler:UpdateSchedule',
      resource: scheduleArn,
      handle: async (input: UpdateScheduleCommandInput) => {
        const wanted = scheduleInput('UpdateSchedule', input);
        scheduler.schedule(wanted.name);
        return { ScheduleArn: (await scheduler.createSchedule(wanted)).arn };
      },
    }),
    GetSchedule: operation({
      action: 'scheduler:GetSchedule',
      resource: scheduleArn,
      handle: ({ Name, GroupName }: GetScheduleCommandInput) => {
        onlyDefaultGroup(GroupName);
        return shown(scheduler.schedule(Name ?? ''));
      },
    }),
    DeleteSchedule: operation({
      action: 'scheduler:DeleteSchedule',
      resource: scheduleArn,
      handle: async ({ Name, GroupName }: DeleteScheduleCommandInput) => {
        onlyDefaultGroup(GroupName);
        await scheduler.deleteSchedule(Name ?? '');
        return {};
      },
    }),
    ListSchedules: operation({
      action: 'scheduler:ListSchedules',
      resource: () => '*',
      handle: (input: ListSchedulesCommandInput) => {
        onlyDefaultGroup(input.GroupName);
        const matching = scheduler.schedules
          .all()
          .filter(
            ({ name, state }) =>
              name.startsWith(input.NamePrefix ?? '') && (input.State === undefined || state === input.State),
          )
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const from = Number(input.NextToken ?? 0);
        const to = from + (input.MaxResults ?? A_PAGE);
        return {
          Schedules: matching.slice(from, to).map((schedule) => {
            const { Arn, Name, GroupName, State, CreationDate, LastModificationDate } = shown(schedule);
            return {
              Arn,
              Name,
              GroupName,
              State,
              CreationDate,
              LastModificationDate,
              Target: { Arn: schedule.targetArn },
            };
          }),
          ...(to < matching.length && { NextToken: String(to) }),
        };
      },
    }),
  };
}

function onlyDefaultGroup(name: string | undefined): void {
  if (name !== undefined && name !== 'default')
    throw new AwsError(
      'ResourceNotFoundException',
      `Schedule group ${name} does not exist; the sandbox has only "default".`,
      404,
    );
}

/** @throws AwsError for options that would change when or how the schedule fires and are not emulated */
function scheduleInput(operationName: string, input: CreateScheduleCommandInput): ScheduleInput {
  refuseOptions(operationName, input, [
    'Name',
    'GroupName',
    'ScheduleExpression',
    'ScheduleExpressionTimezone',
    'Description',
    'State',
    'Target',
    'FlexibleTimeWindow',
    'ClientToken',
    'ActionAfterCompletion',
  ]);
  onlyDefaultGroup(input.GroupName);
  const { Name, ScheduleExpression, ScheduleExpressionTimezone: zone = 'UTC', Target } = input;
  if (!Name || !ScheduleExpression || !Target?.Arn)
    throw invalid('Name, ScheduleExpression and Target.Arn are required.');
  if (!['UTC', 'Etc/UTC'].includes(zone))
    throw invalid(`The sandbox does not emulate the time zone ${zone}; it knows UTC.`);
  const mode = input.FlexibleTimeWindow?.Mode;
  if (mode !== 'OFF')
    throw invalid(
      `The sandbox does not emulate FlexibleTimeWindow ${mode ?? '(none)'}; wanted: {"Mode": "OFF"}.`,
    );
  if (input.ActionAfterCompletion === 'DELETE')
    throw invalid('The sandbox does not emulate ActionAfterCompletion DELETE.');
  refuseOptions(`${operationName} Target`, Target, [
    'Arn',
    'RoleArn',
    'Input',
    'RetryPolicy',
    'DeadLetterConfig',
  ]);
  const { RetryPolicy, DeadLetterConfig } = Target;
  return {
    name: Name,
    expression: ScheduleExpression,
    targetArn: Target.Arn,
    ...(Target.RoleArn && { roleArn: Target.RoleArn }),
    ...(Target.Input !== undefined && { input: Target.Input }),
    ...(input.State && { state: input.State }),
    ...(input.Description && { description: input.Description }),
    ...(RetryPolicy && {
      retry: {
        attempts: RetryPolicy.MaximumRetryAttempts ?? 185,
        maxAgeSeconds: RetryPolicy.MaximumEventAgeInSeconds ?? 86_400,
      },
    }),
    ...(DeadLetterConfig?.Arn && { deadLetterArn: DeadLetterConfig.Arn }),
  };
}

const shown = (schedule: Schedule) => ({
  Arn: schedule.arn,
  Name: schedule.name,
  GroupName: 'default',
  ScheduleExpression: schedule.expression,
  ScheduleExpressionTimezone: 'UTC',
  State: schedule.state,
  CreationDate: new Date(schedule.createdAt),
  LastModificationDate: new Date(schedule.modifiedAt),
  FlexibleTimeWindow: { Mode: 'OFF' as const },
  ...(schedule.description && { Description: schedule.description }),
  Target: {
    Arn: schedule.targetArn,
    RoleArn: schedule.roleArn ?? '',
    RetryPolicy: {
      MaximumRetryAttempts: schedule.retry.attempts,
      MaximumEventAgeInSeconds: schedule.retry.maxAgeSeconds,
    },
    ...(schedule.input !== undefined && { Input: schedule.input }),
    ...(schedule.deadLetterArn && { DeadLetterConfig: { Arn: schedule.deadLetterArn } }),
  },
});
