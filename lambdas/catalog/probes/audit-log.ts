import { logProbe } from './log-probe.ts';

export const auditLog = logProbe({
  name: 'audit-log',
  question: 'What did the writer of audit events say within the last hour?',
  printed: 'aws logs tail /aws/lambda/audit-event-writer --since 1h',
  group: ({ estate }) => estate.logGroups.auditWriter,
});
