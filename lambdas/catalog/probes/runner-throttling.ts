import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import { defineProbe } from './definition.ts';
import { readLog } from './log-errors.ts';

export const RunnerThrottling = z.object({
  /** False when the log group does not exist: then it is unknown. */
  exists: z.boolean(),
  /** Lines with ThrottlingException within the hour, and within its last quarter. */
  hour: z.int(),
  recent: z.int(),
});
export type RunnerThrottling = z.infer<typeof RunnerThrottling>;

const RECENT_MS = 900_000;

export const runnerThrottling = defineProbe<unknown, RunnerThrottling>({
  name: 'runner-throttling',
  momentary: 'Lines reach the log some time after they were written.',
  question: 'Are the runners’ calls to AWS throttled?',
  queries: ['aws logs tail /aws/lambda/runner_dispatcher --since 1h'],
  permissions: (settings) => [
    {
      actions: ['logs:FilterLogEvents'],
      resources: [arnOf(settings, 'logs', `log-group:${settings.estate.logGroups.runners}:*`)],
    },
  ],
  value: RunnerThrottling,
  async run({ now, settings, tools }) {
    const { exists, lines, evidence } = await readLog(
      await tools.logs(),
      settings.estate.logGroups.runners,
      now,
    );
    const throttled = lines.filter(({ message }) => message.includes('ThrottlingException'));
    const recent = throttled.filter(({ at }) => at.getTime() >= now.getTime() - RECENT_MS);
    return { value: { exists, hour: throttled.length, recent: recent.length }, evidence };
  },
  describe: ({ exists, hour, recent }) =>
    exists
      ? `${hour} ThrottlingException within the hour, ${recent} of them within 15 minutes`
      : 'the log group does not exist',
});
