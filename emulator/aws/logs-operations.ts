import type {
  DescribeLogGroupsCommandInput,
  FilterLogEventsCommandInput,
} from '@aws-sdk/client-cloudwatch-logs';
import { refuseOptions } from '../wire/refuse-options.ts';
import { operation, type ServiceDefinition } from '../kernel/service.ts';
import { filterLogEvents, groupArn, groupNameOf } from './logs-query.ts';
import type { Logs } from './logs.ts';

export const logsDefinition = (logs: Logs): ServiceDefinition => ({
  signingName: 'logs',
  sdk: () => import('@aws-sdk/client-cloudwatch-logs'),
  clientClass: 'CloudWatchLogsClient',
  operations: {
    DescribeLogGroups: operation({
      action: 'logs:DescribeLogGroups',
      resource: () => groupArn('*'),
      handle: (input: DescribeLogGroupsCommandInput) => describeLogGroups(logs, input),
    }),
    FilterLogEvents: operation({
      action: 'logs:FilterLogEvents',
      // Policies name the group's ARN with `:*` for its events.
      resource: (input: FilterLogEventsCommandInput) => `${groupArn(groupNameOf(input))}:*`,
      handle: (input: FilterLogEventsCommandInput) => filterLogEvents(logs, input),
    }),
  },
});

/** The most groups on a page, and how many there are by default. */
const PAGE = 50;

function describeLogGroups(logs: Logs, input: DescribeLogGroupsCommandInput): unknown {
  refuseOptions('DescribeLogGroups', input, ['logGroupNamePrefix', 'limit', 'nextToken']);
  const { logGroupNamePrefix = '', limit = PAGE, nextToken = '' } = input;
  const all = logs.groups
    .all()
    .filter(({ name }) => name.startsWith(logGroupNamePrefix) && name > nextToken)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const page = all.slice(0, Math.min(limit, PAGE));
  const last = page.length < all.length ? page.at(-1)?.name : undefined;
  return {
    logGroups: page.map(({ name, createdAt, retentionDays }) => ({
      logGroupName: name,
      arn: `${groupArn(name)}:*`,
      creationTime: createdAt,
      ...(retentionDays !== undefined && { retentionInDays: retentionDays }),
    })),
    ...(last !== undefined && { nextToken: last }),
  };
}
