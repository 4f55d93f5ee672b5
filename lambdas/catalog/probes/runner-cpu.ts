import * as z from 'zod';
import { percent } from '../../domain/words.ts';
import { defineProbe } from './definition.ts';
import { metricPermissions, metricStatistics } from './metric-statistics.ts';
import { describeGroup, describeGroupsPermissions } from './runner-group.ts';

/** Percent, over all instances in service and ten minutes; null: not measured. */
export const RunnerCpu = z.number().nullable();

const WINDOW_MS = 600_000;
/** Enough to represent a large group. */
const MOST_INSTANCES = 20;

export const runnerCpu = defineProbe<unknown, z.infer<typeof RunnerCpu>>({
  name: 'runner-cpu',
  momentary: 'Datapoints come late, and machines come and go.',
  question: 'How busy are the runners?',
  queries: [
    "aws cloudwatch get-metric-statistics --namespace AWS/EC2 --metric-name CPUUtilization   --dimensions Name=InstanceId,Value=i-0123456789abcdef0 --start-time $(date -u -d '-10 minutes' +%Y-%m-%dT%H:%M:%SZ)   --end-time $(date -u +%Y-%m-%dT%H:%M:%SZ) --period 60 --statistics Average",
  ],
  permissions: (settings) => [...metricPermissions(settings), ...describeGroupsPermissions(settings)],
  value: RunnerCpu,
  async run({ now, settings, tools }) {
    const cloudwatch = await tools.cloudwatch();
    const described = await describeGroup(await tools.autoScaling(), settings.estate.runners.group);
    const measured = await Promise.all(
      described.group.instances.slice(0, MOST_INSTANCES).map((instance) => {
        const dimension = { Name: 'InstanceId', Value: instance };
        const metric = {
          namespace: 'AWS/EC2',
          name: 'CPUUtilization',
          dimension,
          statistic: 'Average',
        } as const;
        return metricStatistics(cloudwatch, metric, now, WINDOW_MS);
      }),
    );
    const values = measured.flatMap(({ datapoints }) => datapoints.flatMap(({ Average }) => Average ?? []));
    const value = values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0) / values.length;
    return { value, evidence: [described.evidence, ...measured.map(({ evidence }) => evidence)] };
  },
  describe: (cpu) =>
    cpu === null ? 'not measured within 10 minutes' : `${percent(cpu)} on average over 10 minutes`,
});
