import * as z from 'zod';
import { defineProbe } from './definition.ts';

/** Connections refused for lack of a port; null: not measured. */
export const NatPortErrors = z.number().nullable();

const WINDOW_MS = 900_000;
const PERIOD_SECONDS = 60;

export const natPortErrors = defineProbe<unknown, z.infer<typeof NatPortErrors>>({
  name: 'nat-port-errors',
  momentary: 'Datapoints reach CloudWatch some minutes after they were measured.',
  question: 'Does the NAT gateway hold the runners back?',
  queries: [
    'aws cloudwatch get-metric-statistics --namespace AWS/NATGateway --metric-name ErrorPortAllocation --dimensions Name=NatGatewayId,Value=… --period 60 --statistics Sum …',
  ],
  // Metrics have no ARN.
  permissions: () => [{ actions: ['cloudwatch:GetMetricStatistics'], resources: ['*'] }],
  value: NatPortErrors,
  async run({ now, settings, tools }) {
    const cloudwatch = await tools.cloudwatch();
    const parameters = {
      Namespace: 'AWS/NATGateway',
      MetricName: 'ErrorPortAllocation',
      Dimensions: [{ Name: 'NatGatewayId', Value: settings.estate.runners.natGateway }],
      StartTime: new Date(now.getTime() - WINDOW_MS),
      EndTime: now,
      Period: PERIOD_SECONDS,
      Statistics: ['Sum' as const],
    };
    const { Datapoints = [] } = await cloudwatch.getMetricStatistics(parameters);
    const value = Datapoints.length === 0 ? null : Datapoints.reduce((sum, { Sum: one = 0 }) => sum + one, 0);
    return {
      value,
      evidence: [
        { source: 'cloudwatch', query: 'cloudwatch:GetMetricStatistics', parameters, rows: Datapoints },
      ],
    };
  },
  describe: (errors) =>
    errors === null ? 'not measured within 15 minutes' : `${errors} port allocation errors within 15 minutes`,
});
