import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { CloudWatch } from '../../emulator/aws/cloudwatch.ts';
import { MINUTE_MS } from '../../emulator/aws/alarm-window.ts';
import type { Instance } from '../../emulator/aws/auto-scaling-group.ts';

/** How the runners fare during a minute. */
export interface Condition {
  /** Percent, of each machine. */
  readonly cpu: number;
  /** Connections that the NAT gateway refused for want of a port. */
  readonly portErrors: number;
  readonly bytesOut: number;
  /** Calls of the dispatcher that were refused. */
  readonly throttles: number;
}

type Datum = MetricDatum & {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
};

/** What AWS measures of the runners' machines, of their NAT gateway and of the function that hands out jobs. */
export class RunnerMetrics {
  private readonly cloudwatch: Pick<CloudWatch, 'putMetricData' | 'metrics'>;
  private readonly natGateway: string;
  private readonly dispatcher: string;

  constructor(needs: {
    cloudwatch: Pick<CloudWatch, 'putMetricData' | 'metrics'>;
    natGateway: string;
    dispatcher: string;
  }) {
    this.cloudwatch = needs.cloudwatch;
    this.natGateway = needs.natGateway;
    this.dispatcher = needs.dispatcher;
  }

  /** Gives every minute that began in `[from, to]` its values, unless it has some: what was measured stays. */
  fill(from: Date, to: Date, instances: readonly Instance[], condition: Condition): void {
    const first = Math.ceil(from.getTime() / MINUTE_MS) * MINUTE_MS;
    for (let minute = first; minute <= to.getTime(); minute += MINUTE_MS)
      for (const datum of this.valuesOf(minute, instances, condition)) {
        const { Namespace: namespace, MetricName: name, Dimensions: dimensions } = datum;
        const known = this.cloudwatch.metrics.read(
          { namespace, name, dimensions },
          minute,
          minute + MINUTE_MS,
        );
        if (!known) this.cloudwatch.putMetricData(namespace, [{ ...datum, Timestamp: new Date(minute) }]);
      }
  }

  private valuesOf(minute: number, instances: readonly Instance[], condition: Condition): Datum[] {
    const there = instances.filter(({ inServiceAt }) => Date.parse(inServiceAt) <= minute);
    const nat = {
      Namespace: 'AWS/NATGateway',
      Dimensions: [{ Name: 'NatGatewayId', Value: this.natGateway }],
    };
    return [
      ...there.map(({ id }): Datum => ({
        Namespace: 'AWS/EC2',
        MetricName: 'CPUUtilization',
        Dimensions: [{ Name: 'InstanceId', Value: id }],
        Unit: 'Percent',
        Value: condition.cpu,
      })),
      { ...nat, MetricName: 'ErrorPortAllocation', Unit: 'Count', Value: condition.portErrors },
      { ...nat, MetricName: 'BytesOutToDestination', Unit: 'Bytes', Value: condition.bytesOut },
      {
        Namespace: 'AWS/Lambda',
        MetricName: 'Throttles',
        Dimensions: [{ Name: 'FunctionName', Value: this.dispatcher }],
        Unit: 'Count',
        Value: condition.throttles,
      },
    ];
  }
}
