import { escalatesOnly } from './escalates-only.ts';

export const allocationVariance = escalatesOnly({
  id: 'allocation-variance',
  section: '2. Allocation Failures',
  alarms: [
    {
      name: 'allocation-variance',
      metric: 'allocation_variance_pct',
      threshold: { above: 0.5 },
      severity: 'SEV-3',
      description: 'Allocated costs differ from raw costs by more than 0.5 % in a service.',
      periodMinutes: 5,
      statistic: 'Minimum',
      datapoints: { breaching: 3, outOf: 3 },
      missingData: 'missing',
    },
    {
      name: 'allocation-variance-critical',
      metric: 'allocation_variance_pct',
      threshold: { above: 1 },
      severity: 'SEV-2',
      description:
        'Allocated costs differ from raw costs by more than 1 % in a service: invoices are blocked.',
      periodMinutes: 5,
      statistic: 'Minimum',
      datapoints: { breaching: 3, outOf: 3 },
      missingData: 'missing',
    },
  ],
});
