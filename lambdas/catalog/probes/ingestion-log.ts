import { logProbe } from './log-probe.ts';

export const ingestionLog = logProbe({
  name: 'ingestion-log',
  question: 'What did the ingestion say within the last hour?',
  printed: 'aws logs tail /aws/lambda/commercial-ops-cur-ingestion --since 1h',
  group: ({ estate }) => estate.ingestion.logGroup,
});
