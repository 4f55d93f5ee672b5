import { duration } from '../../domain/words.ts';
import * as z from 'zod';
import { describeLogErrors, LogErrors, logErrorsOf, logProbe } from './log-probe.ts';

/** The runbook's `--since 2h`. */
export const LOG_HOURS = 2;

const BudgetLog = LogErrors.extend({
  /** Lines about throttling. */
  throttled: z.int(),
  /** Since the newest of them. */
  throttledMinutesAgo: z.number().nullable(),
});
export type BudgetLog = z.infer<typeof BudgetLog>;

export const budgetLog = logProbe({
  name: 'budget-log',
  question: 'Did the budget refresh fail, or was it throttled, within the last two hours?',
  printed: 'aws logs tail /aws/lambda/budget-refresh --since 2h',
  group: ({ estate }) => estate.logGroups.budgetRefresh,
  hours: LOG_HOURS,
  value: BudgetLog,
  read(log, now) {
    const throttled = log.lines.filter(({ message }) => /throttl|rate exceeded/i.test(message));
    const newest = throttled.map(({ at }) => at.getTime()).sort((a, b) => b - a)[0];
    return {
      ...logErrorsOf(log),
      throttled: throttled.length,
      throttledMinutesAgo: newest === undefined ? null : (now.getTime() - newest) / 60_000,
    };
  },
  describe: ({ throttled, throttledMinutesAgo: ago, ...log }) =>
    ago === null
      ? describeLogErrors(log)
      : `${describeLogErrors(log)}; throttled ${throttled} times, last ${duration(Math.round(ago) * 60)} ago`,
});
