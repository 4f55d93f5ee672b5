import { escalatesOnly } from './escalates-only.ts';

export const budgetStale = escalatesOnly({
  id: 'budget-stale',
  section: '3. Budget and Alerts',
  alarms: [
    {
      name: 'budget-stale',
      metric: 'budget_age_hours',
      threshold: { above: 24 },
      severity: 'SEV-3',
      description: 'A budget was last refreshed more than 24 hours ago.',
      periodMinutes: 5,
      statistic: 'Minimum',
      datapoints: { breaching: 1, outOf: 1 },
      missingData: 'missing',
    },
  ],
});
