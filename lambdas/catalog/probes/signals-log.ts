import { logProbe } from './log-probe.ts';

export const signalsLog = logProbe({
  name: 'signals-log',
  question: 'What did the signals function say within the last hour?',
  printed: 'aws logs tail /aws/lambda/responder-signals --since 1h',
  group: ({ signals }) => `/aws/lambda/${signals}`,
});
