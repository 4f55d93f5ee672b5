import { arnOf } from '../permissions.ts';
import { defineProbe } from './definition.ts';
import { LogErrors, readLogErrors, tellLogErrors } from './log-errors.ts';

export const emitterLog = defineProbe<unknown, LogErrors>({
  name: 'emitter-log',
  question: 'What did the invoice emitter say within the last hour?',
  asks: ['aws logs tail /aws/lambda/invoice_emitter --since 1h'],
  permissions: (settings) => [
    {
      actions: ['logs:FilterLogEvents'],
      resources: [arnOf(settings, 'logs', `log-group:${settings.estate.logGroups.invoiceEmitter}:*`)],
    },
  ],
  value: LogErrors,
  look: async ({ now, settings, tools }) =>
    readLogErrors(await tools.logs(), settings.estate.logGroups.invoiceEmitter, now),
  tell: tellLogErrors,
});
