import { arnOf } from '../permissions.ts';
import { defineProbe } from './definition.ts';
import { LogErrors, readLogErrors, tellLogErrors } from './log-errors.ts';

export const ingestionLog = defineProbe<unknown, LogErrors>({
  name: 'ingestion-log',
  question: 'What did the ingestion say within the last hour?',
  asks: ['aws logs tail /aws/lambda/commercial-ops-cur-ingestion --since 1h'],
  permissions: (settings) => [
    {
      actions: ['logs:FilterLogEvents'],
      resources: [arnOf(settings, 'logs', `log-group:${settings.estate.ingestion.logGroup}:*`)],
    },
  ],
  value: LogErrors,
  look: async ({ now, settings, tools }) =>
    readLogErrors(await tools.logs(), settings.estate.ingestion.logGroup, now),
  tell: tellLogErrors,
});
