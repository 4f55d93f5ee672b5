import { escalatesOnly } from './escalates-only.ts';

export const invoiceLag = escalatesOnly({
  id: 'invoice-lag',
  section: '6. Invoice Generation',
  alarms: [
    {
      name: 'invoice-lag',
      metric: 'invoice_emission_lag_hours',
      threshold: { above: 72 },
      severity: 'SEV-2',
      description: 'An invoice of a closed period has been missing for more than 72 hours.',
      periodMinutes: 5,
      statistic: 'Minimum',
      datapoints: { breaching: 1, outOf: 1 },
      missingData: 'missing',
    },
  ],
});
