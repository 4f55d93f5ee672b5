import { arnOf } from '../permissions.ts';
import type { Settings } from '../settings.ts';
import { defineProbe } from './definition.ts';
import { LogErrors, readLogErrors, tellLogErrors } from './log-errors.ts';

const groupOf = ({ signals }: Settings): string => `/aws/lambda/${signals}`;

export const signalsLog = defineProbe<unknown, LogErrors>({
  name: 'signals-log',
  question: 'What did the signals function say within the last hour?',
  asks: ['aws logs tail /aws/lambda/responder-signals --since 1h'],
  permissions: (settings) => [
    {
      actions: ['logs:FilterLogEvents'],
      resources: [arnOf(settings, 'logs', `log-group:${groupOf(settings)}:*`)],
    },
  ],
  value: LogErrors,
  look: async ({ now, settings, tools }) => readLogErrors(await tools.logs(), groupOf(settings), now),
  tell: tellLogErrors,
});
