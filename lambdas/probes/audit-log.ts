import { arnOf } from '../permissions.ts';
import { defineProbe } from './definition.ts';
import { LogErrors, readLogErrors, tellLogErrors } from './log-errors.ts';

export const auditLog = defineProbe<unknown, LogErrors>({
  name: 'audit-log',
  question: 'What did the writer of audit events say within the last hour?',
  asks: ['aws logs tail /aws/lambda/audit-event-writer --since 1h'],
  permissions: (settings) => [
    {
      actions: ['logs:FilterLogEvents'],
      resources: [arnOf(settings, 'logs', `log-group:${settings.estate.logGroups.auditWriter}:*`)],
    },
  ],
  value: LogErrors,
  look: async ({ now, settings, tools }) =>
    readLogErrors(await tools.logs(), settings.estate.logGroups.auditWriter, now),
  tell: tellLogErrors,
});
