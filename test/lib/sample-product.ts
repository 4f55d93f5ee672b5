import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HANDLERS } from '../../lib/names.ts';
import type { Product } from '../../lib/product.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { arnOf } from '../../lambdas/platform/iam.ts';

/** Declarations as playbooks make them, but fixed: a test of the stack must not change with a playbook. */
export const sampleProduct: Product = {
  playbooks: [
    {
      id: 'cur-freshness',
      alarms: [
        {
          name: 'cur-freshness',
          metric: 'cur_freshness_days',
          threshold: { above: 2 },
          severity: 'SEV-3',
          description: 'The cost report is stale',
          title: 'costs are old',
          unit: 'days',
          periodMinutes: 15,
          statistic: 'Minimum',
          datapoints: { breaching: 2, outOf: 3 },
          missingData: 'missing',
        },
      ],
    },
    {
      id: 'tag-coverage-drop',
      alarms: [
        {
          name: 'tag-coverage-drop',
          metric: 'tag_coverage_pct',
          threshold: { below: 100 },
          severity: 'SEV-4',
          description: 'Cost lines lack their tags',
          title: 'tag coverage is too low',
          unit: '%',
          periodMinutes: 15,
          statistic: 'Maximum',
          datapoints: { breaching: 1, outOf: 1 },
          missingData: 'missing',
        },
        {
          name: 'signals-missing',
          metric: 'signals_published',
          threshold: { below: 1 },
          severity: 'SEV-2',
          description: 'Nothing is measured',
          title: 'metrics are not measured',
          unit: 'metrics',
          periodMinutes: 30,
          statistic: 'SampleCount',
          datapoints: { breaching: 1, outOf: 1 },
          missingData: 'breaching',
        },
      ],
    },
  ],
  look: (settings) => [
    {
      actions: ['glue:GetJobRuns'],
      resources: [arnOf(settings, 'glue', `job/${settings.estate.ingestion.job}`)],
    },
    { actions: ['s3:GetObject'], resources: [arnOf(settings, 's3', `${settings.estate.cur.bucket}/*`)] },
  ],
  act: (settings) => [
    {
      actions: ['glue:StartJobRun'],
      resources: [arnOf(settings, 'glue', `job/${settings.estate.ingestion.job}`)],
    },
  ],
  actions: ['start-ingestion'],
  measure: () => [{ actions: ['athena:GetQueryExecution'], resources: ['*'] }],
};

export const sampleConfig = {
  ledger: {
    host: 'ledger.internal',
    logins: { kind: 'iam', resourceId: 'cluster-ABC' },
  },
};

/** A directory with a small handler of each name, or of the names given. */
export function sampleHandlers(names: readonly string[] = HANDLERS): string {
  const dir = scratchDir();
  for (const name of names) {
    writeFileSync(
      join(dir, `${name}.handler.ts`),
      `export const handler = async (): Promise<string> => '${name}';\n`,
    );
  }
  return dir;
}
