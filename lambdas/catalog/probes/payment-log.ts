import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import { defineProbe } from './definition.ts';
import { LogErrors, logErrorsOf, readLog, describeLogErrors } from './log-errors.ts';

const PaymentLog = LogErrors.extend({ mismatches: z.int() });
type PaymentLog = z.infer<typeof PaymentLog>;

export const paymentLog = defineProbe<unknown, PaymentLog>({
  name: 'payment-log',
  momentary: 'Lines reach the log some time after they were written.',
  question: 'What did the payment webhook say within the last hour?',
  queries: ['aws logs tail /aws/lambda/payment_webhook --since 1h'],
  permissions: (settings) => [
    {
      actions: ['logs:FilterLogEvents'],
      resources: [arnOf(settings, 'logs', `log-group:${settings.estate.logGroups.payments}:*`)],
    },
  ],
  value: PaymentLog,
  async run({ now, settings, tools }) {
    const { exists, lines, evidence } = await readLog(
      await tools.logs(),
      settings.estate.logGroups.payments,
      now,
    );
    const mismatches = lines.filter(({ message }) => message.includes('PAYMENT_MISMATCH')).length;
    return { value: { ...logErrorsOf(exists, lines), mismatches }, evidence };
  },
  describe: (log) => `${describeLogErrors(log)}, ${log.mismatches} PAYMENT_MISMATCH`,
});
