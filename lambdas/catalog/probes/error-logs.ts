import { errorsInLog } from './log-probe.ts';

export const auditLog = errorsInLog({
  name: 'audit-log',
  question: 'What did the writer of audit events say within the last hour?',
  printed: 'aws logs tail /aws/lambda/audit-event-writer --since 1h',
  group: ({ estate }) => estate.logGroups.auditWriter,
});

export const emitterLog = errorsInLog({
  name: 'emitter-log',
  question: 'What did the invoice emitter say within the last hour?',
  printed: 'aws logs tail /aws/lambda/invoice_emitter --since 1h',
  group: ({ estate }) => estate.logGroups.invoiceEmitter,
});

export const ingestionLog = errorsInLog({
  name: 'ingestion-log',
  question: 'What did the ingestion say within the last hour?',
  printed: 'aws logs tail /aws/lambda/commercial-ops-cur-ingestion --since 1h',
  group: ({ estate }) => estate.ingestion.logGroup,
});

export const signalsLog = errorsInLog({
  name: 'signals-log',
  question: 'What did the signals function say within the last hour?',
  printed: 'aws logs tail /aws/lambda/responder-signals --since 1h',
  group: ({ signals }) => `/aws/lambda/${signals}`,
});
