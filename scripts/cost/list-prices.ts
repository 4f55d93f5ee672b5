/**
 * AWS's list prices of us-east-1 in USD, without the free tier, as known on this day. They were not read from the
 * pricing pages: compare them there before you rely on a sum.
 */
export const PRICES_OF = '2026-11-30';

export const PRICES = {
  /** First tier: up to 10,000 metrics. */
  metricMonth: 0.3,
  alarmMonth: 0.1,
  /** Periods under a minute. */
  fineAlarmMonth: 0.3,
  metricRequest: 0.01 / 1_000,
  logsGb: 0.5,
  logsGbMonth: 0.03,
  keyMonth: 1,
  secretMonth: 0.4,
  secretRequest: 0.05 / 10_000,
  /** On arm64. */
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2 / 1e6,
  durableOperation: 8 / 1e6,
  durableGbWritten: 0.25,
  durableGbMonth: 0.15,
  schedule: 1 / 1e6,
  athenaTb: 5,
  s3Put: 0.005 / 1_000,
  s3Get: 0.0004 / 1_000,
  s3GbMonth: 0.023,
  snsEmail: 2 / 100_000,
  snsPublish: 0.5 / 1e6,
  sqsRequest: 0.4 / 1e6,
  /** An interface endpoint in one availability zone. */
  endpointHour: 0.01,
  glueDpuHour: 0.44,
} as const;
