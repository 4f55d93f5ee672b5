import * as z from 'zod';
import { arnOf } from '../../platform/iam.ts';
import { defineProbe } from './definition.ts';
import { LogErrors, logErrorsOf, readLog, describeLogErrors } from './log-errors.ts';

/** The runbook's `--since 2h`. */
export const LOG_HOURS = 2;

export const BudgetLog = LogErrors.extend({
  /** Lines about throttling. */
  throttled: z.int(),
  /** Since the newest of them. */
  throttledMinutesAgo: z.number().nullable(),
});
export type BudgetLog = z.infer<typeof BudgetLog>;

export const budgetLog = defineProbe<unknown, BudgetLog>({
  name: 'budget-log',
  momentary: 'Lines reach the log some time after they were written.',
  question: 'Did the budget refresh fail, or was it throttled, within the last two hours?',
  queries: ['aws logs tail /aws/lambda/budget-refresh --since 2h'],
  permissions: (settings) => [
    {
      actions: ['logs:FilterLogEvents'],
      resources: [arnOf(settings, 'logs', `log-group:${settings.estate.logGroups.budgetRefresh}:*`)],
    },
  ],
  value: BudgetLog,
  async run({ now, settings, tools }) {
    const { exists, lines, evidence } = await readLog(
      await tools.logs(),
      settings.estate.logGroups.budgetRefresh,
      now,
      LOG_HOURS,
    );
    const throttled = lines.filter(({ message }) => /throttl|rate exceeded/i.test(message));
    const newest = throttled.map(({ at }) => at.getTime()).sort((a, b) => b - a)[0];
    const value = {
      ...logErrorsOf(exists, lines),
      throttled: throttled.length,
      throttledMinutesAgo: newest === undefined ? null : (now.getTime() - newest) / 60_000,
    };
    return { value, evidence };
  },
  describe: ({ throttled, throttledMinutesAgo: ago, ...log }) =>
    ago === null
      ? describeLogErrors(log)
      : `${describeLogErrors(log)}; throttled ${throttled} times, last ${ago.toFixed(0)} min ago`,
});
