import type {
  CreateLogGroupCommandInput,
  CreateLogStreamCommandInput,
  DescribeLogGroupsCommandInput,
  DescribeLogStreamsCommandInput,
  FilterLogEventsCommandInput,
  GetLogEventsCommandInput,
  PutLogEventsCommandInput,
  PutRetentionPolicyCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { AwsError, operation } from '../kernel/service.ts';
import type { Operation } from '../kernel/service.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import type { Logs } from './logs.ts';
import { filterLogEvents, getLogEvents, groupArn, groupNameOf } from './logs-query.ts';

const A_PAGE = 50;

interface GroupInput {
  logGroupName?: string | undefined;
  logGroupIdentifier?: string | undefined;
}

/** What policies name: events and streams lie under the group's ARN with `:*`. */
const insideGroup = (input: GroupInput): string => `${groupArn(groupNameOf(input))}:*`;

export function logsOperations(logs: Logs): Record<string, Operation> {
  return {
    CreateLogGroup: operation({
      action: 'logs:CreateLogGroup',
      resource: (input: CreateLogGroupCommandInput) => groupArn(input.logGroupName ?? ''),
      handle: async (input: CreateLogGroupCommandInput) => {
        refuseOptions('CreateLogGroup', input, ['logGroupName', 'tags', 'kmsKeyId']);
        const name = input.logGroupName ?? '';
        if (logs.groups.get(name))
          throw new AwsError(
            'ResourceAlreadyExistsException',
            `The specified log group already exists: ${name}`,
          );
        await logs.createGroup({ name });
        return {};
      },
    }),
    CreateLogStream: operation({
      action: 'logs:CreateLogStream',
      resource: insideGroup,
      handle: async ({ logGroupName = '', logStreamName = '' }: CreateLogStreamCommandInput) => {
        const { name } = logs.group(logGroupName);
        if (logs.streamsOf(name).some((stream) => stream.name === logStreamName))
          throw new AwsError(
            'ResourceAlreadyExistsException',
            `The specified log stream already exists: ${logStreamName}`,
          );
        await logs.createStream(name, logStreamName);
        return {};
      },
    }),
    PutLogEvents: operation({
      action: 'logs:PutLogEvents',
      resource: insideGroup,
      handle: ({ logGroupName = '', logStreamName = '', logEvents = [] }: PutLogEventsCommandInput) => {
        const stream = logs.stream(logGroupName, logStreamName);
        for (const { message, timestamp } of logEvents)
          if (message === undefined || timestamp === undefined)
            throw new AwsError(
              'InvalidParameterException',
              'Each log event needs a message and a timestamp.',
            );
        for (const { message = '', timestamp = 0 } of logEvents)
          logs.append(stream.group, stream.name, message, new Date(timestamp));
        return {};
      },
    }),
    PutRetentionPolicy: operation({
      action: 'logs:PutRetentionPolicy',
      resource: insideGroup,
      handle: async ({ logGroupName = '', retentionInDays = 0 }: PutRetentionPolicyCommandInput) => {
        await logs.createGroup({ name: logs.group(logGroupName).name, retentionDays: retentionInDays });
        return {};
      },
    }),
    FilterLogEvents: operation({
      action: 'logs:FilterLogEvents',
      resource: insideGroup,
      handle: (input: FilterLogEventsCommandInput) => filterLogEvents(logs, input),
    }),
    GetLogEvents: operation({
      action: 'logs:GetLogEvents',
      resource: insideGroup,
      handle: (input: GetLogEventsCommandInput) => getLogEvents(logs, input),
    }),
    DescribeLogGroups: operation({
      action: 'logs:DescribeLogGroups',
      resource: () => groupArn('*'),
      handle: (input: DescribeLogGroupsCommandInput) => {
        refuseOptions('DescribeLogGroups', input, [
          'logGroupNamePrefix',
          'logGroupNamePattern',
          'nextToken',
          'limit',
        ]);
        const { logGroupNamePrefix: prefix = '', logGroupNamePattern: part = '' } = input;
        const matching = logs.groups
          .all()
          .filter(({ name }) => name.startsWith(prefix) && name.toLowerCase().includes(part.toLowerCase()))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        const { page, next } = pageOf(matching, input);
        return {
          logGroups: page.map(({ name, createdAt, retentionDays }) => ({
            logGroupName: name,
            creationTime: createdAt,
            arn: `${groupArn(name)}:*`,
            logGroupArn: groupArn(name),
            metricFilterCount: 0,
            storedBytes: 0,
            ...(retentionDays !== undefined && { retentionInDays: retentionDays }),
          })),
          ...next,
        };
      },
    }),
    DescribeLogStreams: operation({
      action: 'logs:DescribeLogStreams',
      resource: insideGroup,
      handle: (input: DescribeLogStreamsCommandInput) => describeLogStreams(logs, input),
    }),
  };
}

function describeLogStreams(logs: Logs, input: DescribeLogStreamsCommandInput) {
  const group = groupNameOf(input);
  if (input.orderBy === 'LastEventTime' && input.logStreamNamePrefix !== undefined)
    throw new AwsError(
      'InvalidParameterException',
      'Cannot order by LastEventTime with a logStreamNamePrefix.',
    );
  const events = logs.events(group);
  const streams = logs
    .streamsOf(group)
    .filter(({ name }) => name.startsWith(input.logStreamNamePrefix ?? ''))
    .map(({ name, createdAt }) => {
      const own = events.filter(({ stream }) => stream === name);
      const [first, last] = [own[0], own.at(-1)];
      return {
        logStreamName: name,
        creationTime: createdAt,
        arn: `${groupArn(group)}:log-stream:${name}`,
        storedBytes: 0,
        ...(first &&
          last && {
            firstEventTimestamp: first.at,
            lastEventTimestamp: last.at,
            lastIngestionTime: last.ingestedAt,
          }),
      };
    })
    .sort((a, b) =>
      input.orderBy === 'LastEventTime'
        ? (a.lastEventTimestamp ?? 0) - (b.lastEventTimestamp ?? 0)
        : a.logStreamName < b.logStreamName
          ? -1
          : 1,
    );
  if (input.descending) streams.reverse();
  const { page, next } = pageOf(streams, input);
  return { logStreams: page, ...next };
}

function pageOf<T>(
  all: readonly T[],
  { nextToken, limit }: { nextToken?: string | undefined; limit?: number | undefined },
): { page: T[]; next: { nextToken?: string } } {
  const from = Number(nextToken ?? 0);
  const to = from + (limit ?? A_PAGE);
  return { page: all.slice(from, to), next: to < all.length ? { nextToken: String(to) } : {} };
}
