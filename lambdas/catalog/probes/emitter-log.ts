import { logProbe } from './log-probe.ts';

export const emitterLog = logProbe({
  name: 'emitter-log',
  question: 'What did the invoice emitter say within the last hour?',
  printed: 'aws logs tail /aws/lambda/invoice_emitter --since 1h',
  group: ({ estate }) => estate.logGroups.invoiceEmitter,
});
