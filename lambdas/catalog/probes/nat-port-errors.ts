import * as z from 'zod';
import { defineProbe } from './definition.ts';
import { metricPermissions, metricStatistics } from './metric-statistics.ts';

/** Connections refused for lack of a port; null: not measured. */
export const NatPortErrors = z.number().nullable();

const WINDOW_MS = 900_000;

export const natPortErrors = defineProbe<unknown, z.infer<typeof NatPortErrors>>({
  name: 'nat-port-errors',
  momentary: 'Datapoints reach CloudWatch some minutes after they were measured.',
  question: 'Does the NAT gateway hold the runners back?',
  queries: [
    'aws cloudwatch get-metric-statistics --namespace AWS/NATGateway --metric-name ErrorPortAllocation --dimensions Name=NatGatewayId,Value=… --period 60 --statistics Sum …',
  ],
  permissions: metricPermissions,
  value: NatPortErrors,
  async run({ now, settings, tools }) {
    const dimension = { Name: 'NatGatewayId', Value: settings.estate.runners.natGateway };
    const { datapoints, evidence } = await metricStatistics(
      await tools.cloudwatch(),
      { namespace: 'AWS/NATGateway', name: 'ErrorPortAllocation', dimension, statistic: 'Sum' },
      now,
      WINDOW_MS,
    );
    const value = datapoints.length === 0 ? null : datapoints.reduce((sum, { Sum: one = 0 }) => sum + one, 0);
    return { value, evidence: [evidence] };
  },
  describe: (errors) =>
    errors === null ? 'not measured within 15 minutes' : `${errors} port allocation errors within 15 minutes`,
});
