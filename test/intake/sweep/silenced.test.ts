import { curFreshness } from '../../../lambdas/catalog/playbooks/cur-freshness.ts';
import { silencedAlarms, type Measured } from '../../../lambdas/intake/sweep/silenced.ts';

const now = new Date('2026-11-23T15:30:00Z');
const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const [declared] = curFreshness.alarms;
const playbook = {
  id: 'cur-freshness',
  alarms: [{ ...declared!, periodMinutes: 5, datapoints: { breaching: 2, outOf: 3 } }],
};
const place = { account: '012345678901', region: 'us-east-1' };

/** Measured every five minutes, newest first. */
const measured = (...values: number[]): Measured['measurements'] =>
  values.map((value, index) => ({ metric: declared!.metric, at: minutesAgo(2 + index * 5), value }));
const silenced = (change: Partial<Measured>) =>
  silencedAlarms({ now, playbooks: [playbook], standing: [], measurements: [], place, ...change });

test('an alarm whose metric was measured to breach throughout, and that does not stand, is silenced', () => {
  const [found] = silenced({ measurements: measured(4.3, 4.3, 4.3, 4.3, 4.3, 4.3, 1) });
  expect(found).toEqual({
    playbook: 'cur-freshness',
    metric: 'cur_freshness_days',
    alarm: {
      name: 'cur-freshness',
      ...place,
      kind: 'metric',
      state: 'ALARM',
      // The first of the breaches: it stays the same with each sweep.
      changedAt: minutesAgo(27).toISOString(),
      reason:
        'The metric is not what was measured: cur_freshness_days is 4.3 and has breached since ' +
        '23 Nov 2026 15:03:00 UTC, but the alarm does not stand.',
    },
  });
});

test.each<[string, Partial<Measured>]>([
  ['nothing was measured', {}],
  ['it is healthy', { measurements: measured(1, 1, 1, 1, 1, 1) }],
  ['it has recovered', { measurements: measured(1, 4.3, 4.3, 4.3, 4.3, 4.3) }],
  ['the alarm has not had its time', { measurements: measured(4.3, 4.3, 4.3, 4.3, 1) }],
  ['one measurement in between was healthy', { measurements: measured(4.3, 4.3, 1, 4.3, 4.3, 4.3, 4.3) }],
  [
    'too few periods were measured',
    { measurements: [{ metric: declared!.metric, at: minutesAgo(14), value: 4.3 }] },
  ],
  [
    'nothing has been measured for long',
    { measurements: measured(4.3, 4.3, 4.3, 4.3, 4.3, 4.3), now: new Date(now.getTime() + 3_600_000) },
  ],
  [
    'the alarm stands',
    {
      measurements: measured(4.3, 4.3, 4.3, 4.3, 4.3, 4.3),
      standing: [
        {
          playbook: 'cur-freshness',
          alarm: {
            name: 'cur-freshness',
            ...place,
            kind: 'metric',
            state: 'ALARM',
            changedAt: '2026-11-23T15:00:00Z',
            reason: '',
          },
        },
      ],
    },
  ],
])('none is when %s', (_when, change) => {
  expect(silenced(change)).toEqual([]);
});
