import type { Alarms } from '../../platform/settings.ts';
import type { AnyPlaybook } from './definition.ts';

/** A playbook as this deployment has it: an alarm of the account may have other periods than the one it stands for. */
export function deployed(playbook: AnyPlaybook, { existing }: Pick<Alarms, 'existing'>): AnyPlaybook {
  const alarms = playbook.alarms.map((alarm) => {
    const { periodMinutes = alarm.periodMinutes, evaluationPeriods: outOf = alarm.datapoints.outOf } =
      existing[alarm.name] ?? {};
    return { ...alarm, periodMinutes, datapoints: { ...alarm.datapoints, outOf } };
  });
  return { ...playbook, alarms };
}
