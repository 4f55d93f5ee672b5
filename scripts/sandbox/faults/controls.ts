import type { Fault } from './fault.ts';

/** Healthy worlds in which the right answer is to do nothing. */
export const controls: readonly Fault[] = [
  {
    name: 'healthy-alarm',
    about: 'Somebody sets the alarm by hand, while the costs are fresh.',
    ...{ alarm: 'cur-freshness', outcome: 'self-healed', actions: [] },
    async inject({ services: { cloudwatch } }) {
      await cloudwatch.setAlarmState({
        AlarmName: 'cur-freshness',
        StateValue: 'ALARM',
        StateReason: 'set by hand, to see what happens',
      });
    },
  },
  {
    name: 'normal-lag',
    about: 'AWS lags by 42 hours, which is normal.',
    ...{ alarm: null, outcome: null, actions: [] },
    async inject({ clock, services: { commercialOps } }) {
      await commercialOps.setIngested(new Date(clock.now().getTime() - 42 * 3_600_000));
    },
  },
];
