import { escalatesOnly } from './escalates-only.ts';

export const tagCoverageDrop = escalatesOnly({
  id: 'tag-coverage-drop',
  section: '5. Tagging and Coverage',
  alarms: [
    {
      name: 'tag-coverage-drop',
      metric: 'tag_coverage_pct',
      threshold: { below: 100 },
      severity: 'SEV-3',
      description: 'Taggable cost lines of open periods lack a tenant or plan tag.',
      periodMinutes: 5,
      statistic: 'Maximum',
      datapoints: { breaching: 3, outOf: 3 },
      missingData: 'missing',
    },
  ],
});
