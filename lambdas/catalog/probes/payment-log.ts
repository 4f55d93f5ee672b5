import * as z from 'zod';
import { describeLogErrors, LogErrors, logErrorsOf, logProbe } from './log-probe.ts';

export const paymentLog = logProbe({
  name: 'payment-log',
  question: 'What did the payment webhook say within the last hour?',
  printed: 'aws logs tail /aws/lambda/payment_webhook --since 1h',
  group: ({ estate }) => estate.logGroups.payments,
  value: LogErrors.extend({ mismatches: z.int() }),
  read: (log) => ({
    ...logErrorsOf(log),
    mismatches: log.lines.filter(({ message }) => message.includes('PAYMENT_MISMATCH')).length,
  }),
  describe: (log) => `${describeLogErrors(log)}, ${log.mismatches} PAYMENT_MISMATCH`,
});
