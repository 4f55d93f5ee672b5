import type { Alarm } from '../../lambdas/alarm/alarm.ts';
import { chooseRuns, type RecordedRun } from '../../lambdas/sweep/sweep.ts';

const now = new Date('2026-11-23T15:30:00Z');
const alarm: Alarm = {
  name: 'cur-freshness',
  account: '012345678901',
  region: 'us-east-1',
  kind: 'metric',
  state: 'ALARM',
  changedAt: '2026-11-23T14:00:00.000Z',
  reason: 'Threshold Crossed',
};
const run = (change: Partial<RecordedRun>): RecordedRun => ({
  run: 'r1',
  playbook: 'cur-freshness',
  alarm: 'cur-freshness',
  executionArn: 'arn',
  openedAt: new Date('2026-11-23T14:00:05Z'),
  endedAt: new Date('2026-11-23T14:10:00Z'),
  outcome: 'escalated',
  acted: false,
  joinedRun: null,
  waitsFor: null,
  ...change,
});
const sweep = (runs: RecordedRun[], change: Partial<Alarm> = {}, at = now) =>
  chooseRuns({ now: at, standing: [{ alarm: { ...alarm, ...change }, playbook: 'cur-freshness' }], runs });

describe('an alarm that stands in ALARM', () => {
  test('and that no run has heard of gets one: its delivery was lost', () => {
    const { start } = sweep([]);
    expect(start).toEqual([
      expect.objectContaining({
        playbook: 'cur-freshness',
        mode: 'live',
        cause: { kind: 'sweep', alarm, slot: '2026-11-23T15:00:00.000Z' },
      }),
    ]);
  });

  test('gets the same run id however often it is swept within the hour, and another in the next', () => {
    const id = (at: string) => sweep([], {}, new Date(at)).start[0]?.run;
    expect(id('2026-11-23T15:30:00Z')).toBe(id('2026-11-23T15:59:59Z'));
    expect(id('2026-11-23T16:00:00Z')).not.toBe(id('2026-11-23T15:59:59Z'));
  });

  test('an earlier transition’s run does not count', () => {
    expect(sweep([run({ openedAt: new Date('2026-11-23T09:00:00Z') })]).start).toHaveLength(1);
  });

  test.each(['refused', 'inconclusive', 'failed'] as const)(
    'after an outcome of %s gets another, an hour later',
    (outcome) => {
      expect(sweep([run({ outcome })]).start).toHaveLength(1);
      expect(sweep([run({ outcome, endedAt: new Date('2026-11-23T15:00:00Z') })]).start).toEqual([]);
    },
  );

  test.each(['escalated', 'ineffective', 'resolved', 'self-healed'] as const)(
    'after an outcome of %s is left to people',
    (outcome) => {
      expect(sweep([run({ outcome })])).toEqual({
        start: [],
        skipped: [{ alarm: 'cur-freshness', reason: expect.stringContaining('people know') as string }],
      });
    },
  );

  test('after a run that acted and failed is left to people: the machine does not act again under their hands', () => {
    expect(sweep([run({ outcome: 'failed', acted: true })]).skipped[0]?.reason).toMatch(/people know/);
  });

  test('gets another at once when its run gave way to one that has ended since', () => {
    const gaveWay = run({ outcome: 'refused', joinedRun: 'r0', endedAt: new Date('2026-11-23T15:29:00Z') });
    expect(sweep([gaveWay]).start).toHaveLength(1);
  });

  test('gets none while the run that its run gave way to is at work, for another alarm of the playbook', () => {
    const gaveWay = run({ outcome: 'refused', joinedRun: 'r0', endedAt: new Date('2026-11-23T15:29:00Z') });
    const holder = run({ run: 'r0', alarm: 'cur-freshness-critical', endedAt: null, outcome: null });
    expect(sweep([gaveWay, holder]).skipped[0]?.reason).toBe('run r0 is at work');
  });

  test('gets another at once when the incident of its cause is over, and not before within the hour', () => {
    const waiting = (closedAt: Date | null) =>
      run({
        outcome: 'refused',
        endedAt: new Date('2026-11-23T15:00:00Z'),
        waitsFor: { incident: 'INC-cause', closedAt },
      });
    expect(sweep([waiting(new Date('2026-11-23T15:20:00Z'))]).start).toHaveLength(1);
    expect(sweep([waiting(null)]).skipped[0]?.reason).toBe('it waits for INC-cause');
    expect(sweep([waiting(null)], {}, new Date('2026-11-23T16:01:00Z')).start).toHaveLength(1);
  });

  test('that gets another for the end of its cause gets a run of its own, not the one that had waited', () => {
    const slotted = run({
      outcome: 'refused',
      waitsFor: { incident: 'i', closedAt: new Date('2026-11-23T15:20:00Z') },
    });
    expect(sweep([slotted]).start[0]?.run).not.toBe(sweep([]).start[0]?.run);
  });

  test('whose run for the end of its cause never came on record gets another in the next hour', () => {
    const slotted = run({
      outcome: 'refused',
      waitsFor: { incident: 'i', closedAt: new Date('2026-11-23T15:20:00Z') },
    });
    const id = (at: string) => sweep([slotted], {}, new Date(at)).start[0]?.run;
    expect(id('2026-11-23T15:30:00Z')).toBe(id('2026-11-23T15:50:00Z'));
    expect(id('2026-11-23T16:00:00Z')).not.toBe(id('2026-11-23T15:50:00Z'));
  });

  test('is not left alone for a run on another alarm of its playbook', () => {
    expect(sweep([run({ alarm: 'another', endedAt: null, outcome: null })]).start).toHaveLength(1);
  });

  test('is left to people when the run that its own gave way to has called them', () => {
    const holder = run({ run: 'r0', alarm: 'another', outcome: 'escalated' });
    const gaveWay = run({ outcome: 'refused', joinedRun: 'r0' });
    expect(sweep([holder, gaveWay]).skipped[0]?.reason).toBe('run r0 ended escalated: people know');
    expect(sweep([{ ...holder, outcome: 'inconclusive' }, gaveWay]).start).toHaveLength(1);
  });

  test('the newest run decides', () => {
    const later = run({ run: 'r2', outcome: 'escalated', openedAt: new Date('2026-11-23T14:20:00Z') });
    expect(sweep([later, run({ outcome: 'refused' })]).start).toEqual([]);
  });

  test('is left alone while a run is at work, is young, or is suppressed', () => {
    expect(sweep([run({ endedAt: null, outcome: null })]).skipped[0]?.reason).toBe('run r1 is at work');
    expect(sweep([], { changedAt: '2026-11-23T15:25:00.000Z' }).skipped[0]?.reason).toMatch(/only just/);
    expect(sweep([], { suppressedBy: 'maintenance' }).skipped[0]?.reason).toMatch(/maintenance/);
  });
});
