import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { CloudWatch } from '../../aws/cloudwatch.ts';
import { Clock } from '../../kernel/clock.ts';
import type { Store } from '../../kernel/store.ts';
import { memoryStore } from '../support/memory-store.ts';

export const TOPIC = 'arn:aws:sns:us-east-1:012345678901:alarms';

export interface Published {
  readonly topicArn: string;
  readonly subject: string;
  readonly message: Record<string, unknown>;
}

/** A CloudWatch at 2026-11-23T14:00:10Z with an evaluator that runs, and all that it published. */
export function makeWorld(
  options: { store?: Pick<Store, 'collection'>; refusal?: Error; start?: string } = {},
) {
  const { store = memoryStore(), refusal, start = '2026-11-23T14:00:10.000Z' } = options;
  const errors: unknown[] = [];
  const clock = new Clock(new Date(start), (error) => errors.push(error));
  const published: Published[] = [];
  const invoked: { functionArn: string; payload: Record<string, unknown> }[] = [];
  const cloudWatch = new CloudWatch({
    store,
    clock,
    publish: async (topicArn, subject, message) => {
      if (refusal) throw refusal;
      published.push({ topicArn, subject, message: JSON.parse(message) as Record<string, unknown> });
    },
    invokeLambda: async (functionArn, payload) => {
      invoked.push({ functionArn, payload });
    },
  });
  cloudWatch.start();
  return { store, clock, cloudWatch, published, invoked, errors };
}

export const freshness: PutMetricAlarmCommandInput = {
  AlarmName: 'cur-freshness',
  AlarmDescription: 'The cost report is stale',
  Namespace: 'CommercialOps',
  MetricName: 'cur_freshness_days',
  Statistic: 'Minimum',
  Period: 300,
  EvaluationPeriods: 1,
  DatapointsToAlarm: 1,
  Threshold: 2,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: 'breaching',
  AlarmActions: [TOPIC],
  OKActions: [TOPIC],
};

/** Publishes the freshness and lets one more evaluation happen. */
export async function measure(
  { clock, cloudWatch }: ReturnType<typeof makeWorld>,
  days: number,
): Promise<void> {
  cloudWatch.putMetricData('CommercialOps', [{ MetricName: 'cur_freshness_days', Value: days }]);
  await pass(clock, 60);
}

/** The clock moves on by so many seconds, and what that started has ended. */
export async function pass(clock: Clock, seconds: number): Promise<void> {
  await clock.advanceTo(new Date(clock.now().getTime() + seconds * 1000));
  await clock.idle();
}
