import type { FilterLogEventsCommandInput } from '@aws-sdk/client-cloudwatch-logs';
import { operation, type ServiceDefinition } from '../kernel/service.ts';
import { filterLogEvents, groupArn, groupNameOf } from './logs-query.ts';
import type { Logs } from './logs.ts';

export const logsDefinition = (logs: Logs): ServiceDefinition => ({
  signingName: 'logs',
  sdk: () => import('@aws-sdk/client-cloudwatch-logs'),
  clientClass: 'CloudWatchLogsClient',
  operations: {
    FilterLogEvents: operation({
      action: 'logs:FilterLogEvents',
      // Policies name the group's ARN with `:*` for its events.
      resource: (input: FilterLogEventsCommandInput) => `${groupArn(groupNameOf(input))}:*`,
      handle: (input: FilterLogEventsCommandInput) => filterLogEvents(logs, input),
    }),
  },
});
