import * as z from 'zod';

/** Money is decimal text, never a float: SQL calculates with it. */
const usd = (fallback: string, unit: string) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'a decimal number in quotes, such as "0.20"')
    .default(fallback)
    .describe(unit);

/** Published prices of us-east-1, for the daily report's cost of the automation itself. */
export const Prices = z.strictObject({
  durablePerMillionOperations: usd('8', 'USD per million durable operations'),
  lambdaPerGbSecond: usd('0.0000133334', 'USD per GB-second of a function on arm64'),
  lambdaPerMillionRequests: usd('0.20', 'USD per million invocations'),
  athenaPerTb: usd('5', 'USD per TB (2^40 bytes) that Athena scans'),
  fixedPerMonth: usd(
    '12.00',
    'USD a month for what the stack costs while nothing happens: metrics, alarms, key, secrets and schedules, as `npm run cost` counts them',
  ),
  athenaLeastMb: z
    .int()
    .min(0)
    .default(10)
    .describe('MB (2^20 bytes) that each query is charged for at least'),
});
