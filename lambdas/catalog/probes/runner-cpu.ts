import * as z from 'zod';
import { defineProbe } from './definition.ts';
import { describeGroup } from './runner-group.ts';

/** Percent, over all instances in service and ten minutes; null: not measured. */
export const RunnerCpu = z.number().nullable();

const WINDOW_MS = 600_000;
const PERIOD_SECONDS = 60;
/** Enough to represent a large group. */
const MOST_INSTANCES = 20;

export const runnerCpu = defineProbe<unknown, z.infer<typeof RunnerCpu>>({
  name: 'runner-cpu',
  momentary: 'Datapoints come late, and machines come and go.',
  question: 'How busy are the runners?',
  queries: [
    "aws cloudwatch get-metric-statistics --namespace AWS/EC2 --metric-name CPUUtilization   --dimensions Name=InstanceId,Value=i-0123456789abcdef0 --start-time $(date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ)   --end-time $(date -u +%Y-%m-%dT%H:%M:%SZ) --period 60 --statistics Average",
  ],
  // Neither metrics nor groups have ARNs for reading.
  permissions: () => [
    {
      actions: ['cloudwatch:GetMetricStatistics', 'autoscaling:DescribeAutoScalingGroups'],
      resources: ['*'],
    },
  ],
  value: RunnerCpu,
  async run({ now, settings, tools }) {
    const cloudwatch = await tools.cloudwatch();
    const described = await describeGroup(await tools.autoScaling(), settings.estate.runners.group);
    const measured = await Promise.all(
      described.group.instances.slice(0, MOST_INSTANCES).map(async (instance) => {
        const parameters = {
          Namespace: 'AWS/EC2',
          MetricName: 'CPUUtilization',
          Dimensions: [{ Name: 'InstanceId', Value: instance }],
          StartTime: new Date(now.getTime() - WINDOW_MS),
          EndTime: now,
          Period: PERIOD_SECONDS,
          Statistics: ['Average' as const],
        };
        const { Datapoints = [] } = await cloudwatch.getMetricStatistics(parameters);
        return { parameters, rows: Datapoints };
      }),
    );
    const values = measured.flatMap(({ rows }) => rows.flatMap(({ Average }) => Average ?? []));
    const value =
      values.length === 0 ? null : Math.round(values.reduce((sum, one) => sum + one, 0) / values.length);
    const asked = measured.map((one) => ({
      source: 'cloudwatch',
      query: 'cloudwatch:GetMetricStatistics',
      ...one,
    }));
    return { value, evidence: [described.evidence, ...asked] };
  },
  describe: (cpu) =>
    cpu === null ? 'not measured within 10 minutes' : `${cpu} % on average over 10 minutes`,
});
