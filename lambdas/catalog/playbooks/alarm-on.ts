import type { AlarmDeclaration } from './definition.ts';

type Stated = Pick<AlarmDeclaration, 'name' | 'threshold' | 'severity' | 'description' | 'title' | 'unit'>;
type Usual = Partial<Pick<AlarmDeclaration, 'datapoints' | 'missingData'>>;

/**
 * An alarm on a metric: published every 5 minutes, on the first breaching datapoint unless `datapoints`
 * says otherwise. With this statistic a repair shows within its period.
 */
export const alarmOn = (metric: string, alarm: Stated & Usual): AlarmDeclaration => ({
  metric,
  periodMinutes: 5,
  statistic: 'above' in alarm.threshold ? 'Minimum' : 'Maximum',
  datapoints: { breaching: 1, outOf: 1 },
  missingData: 'missing',
  ...alarm,
});
