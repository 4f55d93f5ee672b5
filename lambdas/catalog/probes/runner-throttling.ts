import * as z from 'zod';
import { logProbe } from './log-probe.ts';

const RunnerThrottling = z.object({
  /** False when the log group does not exist: then it is unknown. */
  exists: z.boolean(),
  /** Lines with ThrottlingException within the hour, and within its last quarter. */
  hour: z.int(),
  recent: z.int(),
});
export type RunnerThrottling = z.infer<typeof RunnerThrottling>;

const RECENT_MS = 900_000;

export const runnerThrottling = logProbe({
  name: 'runner-throttling',
  question: 'Are the runners’ calls to AWS throttled?',
  printed: 'aws logs tail /aws/lambda/runner_dispatcher --since 1h',
  group: ({ estate }) => estate.logGroups.runners,
  value: RunnerThrottling,
  read({ exists, lines }, now) {
    const throttled = lines.filter(({ message }) => message.includes('ThrottlingException'));
    const recent = throttled.filter(({ at }) => at.getTime() >= now.getTime() - RECENT_MS);
    return { exists, hour: throttled.length, recent: recent.length };
  },
  describe: ({ exists, hour, recent }) =>
    exists
      ? `${hour} ThrottlingException within the hour, ${recent} of them within 15 minutes`
      : 'the log group does not exist',
});
