import { escalatesOnly } from './escalates-only.ts';

export const signalsMissing = escalatesOnly({
  id: 'signals-missing',
  section: 'Observability: signals',
  alarms: [
    {
      name: 'signals-missing',
      metric: 'signals_unmeasured',
      threshold: { above: 0 },
      severity: 'SEV-2',
      description:
        'Business metrics are not measured any more: no other alarm of the billing subsystem can be trusted.',
      periodMinutes: 5,
      statistic: 'Minimum',
      datapoints: { breaching: 3, outOf: 3 },
      missingData: 'breaching',
    },
  ],
});
