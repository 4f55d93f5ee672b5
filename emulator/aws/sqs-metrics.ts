import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { Clock } from '../kernel/clock.ts';
import { MINUTE_MS, minuteOf } from './alarm-window.ts';
import type { Sqs } from './sqs.ts';

const TIMER = 'sqs.metrics';

/** Publishes each queue's metrics at every full minute, dead-letter queues included. */
export class SqsMetrics {
  private readonly sqs: Sqs;
  private readonly clock: Clock;
  private readonly putMetricData: (namespace: string, data: readonly MetricDatum[]) => void;

  constructor(needs: {
    sqs: Sqs;
    clock: Clock;
    putMetricData: (namespace: string, data: readonly MetricDatum[]) => void;
  }) {
    this.sqs = needs.sqs;
    this.clock = needs.clock;
    this.putMetricData = needs.putMetricData;
  }

  start(): void {
    const next = new Date(minuteOf(this.clock.now()) + MINUTE_MS);
    this.clock.at(TIMER, next, () => {
      this.start();
      this.publish();
    });
  }

  stop(): void {
    this.clock.cancel(TIMER);
  }

  private publish(): void {
    for (const { name, arn } of this.sqs.queues.all()) {
      const { visible, inFlight, oldestSeconds } = this.sqs.counts(arn);
      const Dimensions = [{ Name: 'QueueName', Value: name }];
      this.putMetricData('AWS/SQS', [
        { MetricName: 'ApproximateNumberOfMessagesVisible', Value: visible, Unit: 'Count', Dimensions },
        { MetricName: 'ApproximateNumberOfMessagesNotVisible', Value: inFlight, Unit: 'Count', Dimensions },
        { MetricName: 'ApproximateAgeOfOldestMessage', Value: oldestSeconds, Unit: 'Seconds', Dimensions },
      ]);
    }
  }
}
