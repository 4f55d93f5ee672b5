import { PRICES } from './list-prices.ts';
import type { Counts } from './template-counts.ts';

export interface CostLine {
  readonly what: string;
  /** How it comes about, in words. */
  readonly basis: string;
  readonly usd: number;
}

/** What no template says. Each may be replaced on the command line. */
export const ASSUMPTIONS = {
  signalSeconds: { value: 5, means: 'seconds that one measurement of the signals takes' },
  sweepSeconds: { value: 3, means: 'seconds that one sweep takes' },
  reportSeconds: { value: 10, means: 'seconds that one call for the daily report takes' },
  logKb: { value: 2, means: 'kB that a scheduled call writes into its log' },
  scannedMb: { value: 60, means: 'MB that an Athena query reads (10 million lines a month as Parquet)' },
  storedGb: { value: 1, means: 'GB of evidence, reports and query results in S3' },
  runOperations: { value: 16, means: 'durable operations of a run, each retry of a step included' },
  runInvocations: { value: 8, means: 'invocations of the runner in a run: one after each wait' },
  runSeconds: { value: 2, means: 'seconds that each of them takes' },
  runQueries: { value: 6, means: 'Athena queries of a run' },
  runObjects: { value: 20, means: 'objects of evidence that a run writes' },
  runMessages: { value: 10, means: 'e-mails that a run and its escalation send' },
  jobDpuMinutes: { value: 20, means: 'DPU minutes of the Glue job that a run may start' },
} as const;

export type Assumptions = Readonly<Record<keyof typeof ASSUMPTIONS, number>>;

export const ASSUMED = Object.fromEntries(
  Object.entries(ASSUMPTIONS).map(([key, { value }]) => [key, value]),
) as Assumptions;

/** What an idle month costs, and no more: without network and ledger. */
export const TARGET_USD = 15;

/** Queries of an Athena engine are charged for at least this. */
const LEAST_MB = 10;
const MB = 2 ** 20;
const HOURS = 730;

const athena = (queries: number, scannedMb: number): number =>
  (queries * Math.max(LEAST_MB, scannedMb) * MB * PRICES.athenaTb) / 2 ** 40;

export const totalOf = (lines: readonly CostLine[]): number =>
  lines.reduce((total, { usd }) => total + usd, 0);

/** Of a month in which no alarm goes off. @param slowSeconds between two measurements of the slow signals */
export function idleMonth(counts: Counts, slowSeconds: number, assumed: Assumptions = ASSUMED): CostLine[] {
  const { customMetrics, alarms, fineAlarms, keys, secrets, schedules } = counts;
  const calls = schedules.reduce((all, { callsAMonth }) => all + callsAMonth, 0);
  const callsOf = (part: string): number =>
    schedules.filter((one) => one.function.includes(part)).reduce((all, one) => all + one.callsAMonth, 0);
  const measurements = Math.min(callsOf('signals'), (HOURS * 3_600) / slowSeconds);
  const requests = callsOf('signals') + callsOf('sweep') * 3;
  const gbSeconds = schedules.reduce(
    (all, one) => all + one.callsAMonth * one.memoryGb * secondsOf(one.function, assumed),
    0,
  );
  const logGb = (calls * assumed.logKb) / 1e6;
  return [
    {
      what: 'Metrics',
      basis: `${customMetrics.length} custom metrics, each watched by an alarm`,
      usd: customMetrics.length * PRICES.metricMonth,
    },
    {
      what: 'Alarms',
      basis: `${alarms + fineAlarms} alarms`,
      usd: alarms * PRICES.alarmMonth + fineAlarms * PRICES.fineAlarmMonth,
    },
    {
      what: 'CloudWatch requests',
      basis: `${whole(requests)}: one for each measurement, three for each sweep`,
      usd: requests * PRICES.metricRequest,
    },
    { what: 'Keys', basis: `${keys} KMS key(s)`, usd: keys * PRICES.keyMonth },
    {
      what: 'Secrets',
      basis: `${secrets} secrets, and one read by each scheduled call`,
      usd: secrets * PRICES.secretMonth + calls * PRICES.secretRequest,
    },
    {
      what: 'Lambda',
      basis: `${whole(calls)} scheduled calls, ${whole(gbSeconds)} GB-seconds`,
      usd: calls * PRICES.lambdaRequest + gbSeconds * PRICES.lambdaGbSecond,
    },
    { what: 'Durable operations', basis: 'none: nothing runs', usd: 0 },
    {
      what: 'Schedules',
      basis: `${whole(calls)} calls of ${schedules.length} schedules`,
      usd: calls * PRICES.schedule,
    },
    {
      what: 'Athena',
      basis: `${whole(measurements)} queries of the slow signals`,
      usd: athena(measurements, assumed.scannedMb),
    },
    {
      what: 'Logs',
      basis: `${logGb.toFixed(2)} GB written and kept`,
      usd: logGb * (PRICES.logsGb + PRICES.logsGbMonth),
    },
    {
      what: 'S3',
      basis: `${assumed.storedGb} GB, two objects for each query`,
      usd: assumed.storedGb * PRICES.s3GbMonth + measurements * 2 * PRICES.s3Put,
    },
    {
      what: 'SQS',
      basis: 'two questions to queues for each measurement',
      usd: callsOf('signals') * 2 * PRICES.sqsRequest,
    },
  ];
}

const secondsOf = (name: string, assumed: Assumptions): number => {
  if (name.includes('signals')) return assumed.signalSeconds;
  return name.includes('sweep') ? assumed.sweepSeconds : assumed.reportSeconds;
};

/** It depends on where the ledger is, and is no part of the target. */
export const networkMonth = ({ endpoints }: Counts): CostLine[] =>
  endpoints === 0
    ? []
    : [
        {
          what: 'VPC endpoints',
          basis: `${endpoints} interface endpoints, counted once for each subnet`,
          usd: endpoints * HOURS * PRICES.endpointHour,
        },
      ];

/** Of one run from its alarm to its outcome, and of what it starts. */
export function oneRun(assumed: Assumptions = ASSUMED): CostLine[] {
  const gbSeconds = assumed.runInvocations * assumed.runSeconds;
  const others = assumed.runMessages + 4;
  return [
    {
      what: 'Durable operations',
      basis: `${assumed.runOperations} operations, under 1 MB written and kept for two weeks`,
      usd:
        assumed.runOperations * PRICES.durableOperation +
        0.001 * (PRICES.durableGbWritten + PRICES.durableGbMonth / 2),
    },
    {
      what: 'Lambda',
      basis: `${assumed.runInvocations} invocations of the runner, ${others} of others`,
      usd:
        gbSeconds * PRICES.lambdaGbSecond +
        others * 0.5 * PRICES.lambdaGbSecond +
        (assumed.runInvocations + others) * PRICES.lambdaRequest,
    },
    {
      what: 'Athena',
      basis: `${assumed.runQueries} queries`,
      usd: athena(assumed.runQueries, assumed.scannedMb),
    },
    {
      what: 'S3',
      basis: `${assumed.runObjects} objects of evidence`,
      usd: assumed.runObjects * (PRICES.s3Put + PRICES.s3Get),
    },
    {
      what: 'Messages',
      basis: `${assumed.runMessages} e-mails; text messages cost what their country charges`,
      usd: assumed.runMessages * (PRICES.snsEmail + PRICES.snsPublish),
    },
  ];
}

/** Of the customer's own job, when the run starts one. */
export const itsJob = (assumed: Assumptions = ASSUMED): CostLine => ({
  what: 'Glue job',
  basis: `${assumed.jobDpuMinutes} DPU minutes`,
  usd: (assumed.jobDpuMinutes / 60) * PRICES.glueDpuHour,
});

const whole = (value: number): string => Math.round(value).toLocaleString('en-US');
