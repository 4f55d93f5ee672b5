import type { AlarmDeclaration } from './definition.ts';

type Stated = Pick<AlarmDeclaration, 'name' | 'threshold' | 'severity' | 'description'>;
type Usual = Partial<Pick<AlarmDeclaration, 'datapoints' | 'missingData'>>;

/**
 * An alarm on a metric: measured every 5 minutes, and on the first datapoint over the threshold unless `datapoints` says
 * otherwise. The statistic follows from the direction: a repair shows within the period that it is measured in.
 */
export const alarmOn = (metric: string, alarm: Stated & Usual): AlarmDeclaration => ({
  metric,
  periodMinutes: 5,
  statistic: 'above' in alarm.threshold ? 'Minimum' : 'Maximum',
  datapoints: { breaching: 1, outOf: 1 },
  missingData: 'missing',
  ...alarm,
});
