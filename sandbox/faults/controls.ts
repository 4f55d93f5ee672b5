import { setByHand, type Fault } from './fault.ts';

const PLAYBOOK = 'cur-freshness';
const METRIC = 'cur_freshness_days';

/** Healthy worlds in which the right answer is to do nothing. */
export const controls: readonly Fault[] = [
  {
    name: 'healthy-alarm',
    about: 'Somebody sets the alarm by hand, while the costs are fresh.',
    kind: 'control',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'self-healed',
        branch: 'fresh',
        why: /^both copies are fresh: .*alarm cur-freshness is OK$/,
      },
    ],
    actions: [],
    metric: METRIC,
    inject: (sandbox) => setByHand(sandbox, 'cur-freshness'),
  },
  {
    name: 'normal-lag',
    about: 'AWS lags by 42 hours, which is normal.',
    kind: 'control',
    runs: [],
    actions: [],
    metric: METRIC,
    async inject({ clock, services: { commercialOps } }) {
      await commercialOps.setIngested(new Date(clock.now().getTime() - 42 * 3_600_000));
    },
  },
];
