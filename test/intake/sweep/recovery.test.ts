import type { Episode } from '../../../lambdas/record/incidents.ts';
import { chooseRecoveries } from '../../../lambdas/intake/sweep/recovery.ts';
import type { RecordedRun } from '../../../lambdas/record/runs.ts';
import { alarm } from '../../support/runs.ts';

const now = new Date('2026-11-23T15:30:00Z');
const episode: Episode = {
  incident: 'INC-r1',
  episode: 1,
  playbook: 'cur-freshness',
  target: { period: '2026-11' },
  severity: 'SEV-3',
  openedAt: '2026-11-23T14:00:00.000Z',
  openedByRun: 'r1',
};
const ended = (endedAt: string | null): RecordedRun => ({
  run: 'r1',
  playbook: 'cur-freshness',
  alarm: 'cur-freshness',
  executionArn: 'arn',
  outcome: 'escalated',
  openedAt: new Date('2026-11-23T14:00:00Z'),
  endedAt: endedAt === null ? null : new Date(endedAt),
  acted: false,
  joinedRun: null,
  lookAgainAt: null,
  waitsFor: null,
});
const looks = (change: Partial<Parameters<typeof chooseRecoveries>[1]> = {}) =>
  chooseRecoveries([episode], { now, standing: [], runs: [ended('2026-11-23T14:10:00Z')], ...change });

test('an incident that is open an hour after its last run, with no alarm that stands, is looked at', () => {
  expect(looks()).toMatchObject([
    {
      playbook: 'cur-freshness',
      target: { period: '2026-11' },
      mode: 'live',
      cause: { kind: 'recovery', incident: 'INC-r1', slot: '2026-11-23T15:00:00.000Z' },
    },
  ]);
});

test('at most once an hour', () => {
  const later = (at: string) => looks({ now: new Date(at) })[0]?.run;
  expect(later('2026-11-23T15:59:00Z')).toBe(looks()[0]?.run);
  expect(later('2026-11-23T16:00:00Z')).not.toBe(looks()[0]?.run);
});

test.each([
  ['an alarm of its playbook stands', { standing: [{ alarm, playbook: 'cur-freshness' }] }],
  ['a run of its playbook is at work', { runs: [ended(null)] }],
  ['a run has ended within the hour', { runs: [ended('2026-11-23T14:40:00Z')] }],
  ['it was opened within the hour', { now: new Date('2026-11-23T14:50:00Z'), runs: [] }],
])('not while %s', (_why, change) => {
  expect(looks(change)).toEqual([]);
});
