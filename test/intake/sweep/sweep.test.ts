import type { Alarm } from '../../../lambdas/domain/alarm.ts';
import { OUTCOMES, type Outcome } from '../../../lambdas/domain/outcome.ts';
import { chooseRuns, type Orders } from '../../../lambdas/intake/sweep/sweep.ts';
import type { RecordedRun } from '../../../lambdas/record/runs.ts';

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
  lookAgainAt: null,
  waitsFor: null,
  ...change,
});
const NO_ORDERS: Orders = { off: undefined, onSince: undefined };
const sweep = (runs: RecordedRun[], change: Partial<Alarm> = {}, at = now, orders = NO_ORDERS) =>
  chooseRuns({
    now: at,
    runs,
    ordersOf: () => orders,
    standing: [{ alarm: { ...alarm, ...change }, playbook: 'cur-freshness' }],
  });

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

  test.each(OUTCOMES.flatMap((outcome) => [true, false].map((acted) => [outcome, acted] as const)))(
    'after an outcome of %s (acted: %s) is checked again, an hour later: another target may be behind it',
    (outcome, acted) => {
      expect(sweep([run({ outcome, acted })]).start).toHaveLength(1);
      const justEnded = run({ outcome, acted, endedAt: new Date('2026-11-23T15:00:00Z') });
      expect(sweep([justEnded])).toEqual({
        start: [],
        skipped: [{ alarm: 'cur-freshness', reason: `run r1 ended ${outcome} less than an hour ago` }],
      });
    },
  );

  test('is not checked beside another alarm of its playbook once people know: the most severe tells of all', () => {
    const recon = { ...alarm, name: 'recon-failed' };
    const critical = { ...alarm, name: 'recon-failed-critical' };
    const playbook = 'recon-failed';
    const both = (outcome: Outcome) =>
      chooseRuns({
        now,
        ordersOf: () => NO_ORDERS,
        runs: [recon, critical].map(({ name }) => run({ run: name, playbook, alarm: name, outcome })),
        standing: [recon, critical].map((one) => ({ alarm: one, playbook })),
      });
    expect(both('escalated').start).toMatchObject([{ cause: { alarm: critical } }]);
    expect(both('escalated').skipped).toMatchObject([{ alarm: 'recon-failed' }]);
    expect(both('refused').start).toHaveLength(2);
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

  test('is left alone for an hour when the run that its own gave way to has called people', () => {
    const holder = run({ run: 'r0', alarm: 'another', outcome: 'escalated' });
    const gaveWay = run({ outcome: 'refused', joinedRun: 'r0' });
    const young = { ...holder, endedAt: new Date('2026-11-23T15:00:00Z') };
    expect(sweep([young, gaveWay]).skipped[0]?.reason).toBe('run r0 ended escalated less than an hour ago');
    expect(sweep([holder, gaveWay]).start).toHaveLength(1);
    expect(sweep([{ ...holder, outcome: 'inconclusive' }, gaveWay]).start).toHaveLength(1);
  });

  test('the newest run decides', () => {
    const [openedAt, endedAt] = [new Date('2026-11-23T14:20:00Z'), new Date('2026-11-23T14:50:00Z')];
    const later = run({ run: 'r2', outcome: 'escalated', openedAt, endedAt });
    expect(sweep([later, run({ outcome: 'refused' })]).start).toEqual([]);
  });

  test('is left alone while a run is at work, is young, or is suppressed', () => {
    expect(sweep([run({ endedAt: null, outcome: null })]).skipped[0]?.reason).toBe('run r1 is at work');
    expect(sweep([], { changedAt: '2026-11-23T15:25:00.000Z' }).skipped[0]?.reason).toMatch(/only just/);
    expect(sweep([], { suppressedBy: 'maintenance' }).skipped[0]?.reason).toMatch(/maintenance/);
  });
});

describe('what people have ordered, and what a refusal waits for', () => {
  const refused = run({ outcome: 'refused', endedAt: new Date('2026-11-23T15:20:00Z') });
  const at = (time: string) => new Date(`2026-11-23T${time}Z`);

  test('while it is switched off or its breaker is open nobody is told again; one that nobody has heard of still is', () => {
    const orders = { off: 'switched off', onSince: undefined };
    const late = at('23:30:00');
    expect(sweep([refused], {}, late, orders).skipped).toEqual([
      { alarm: 'cur-freshness', reason: 'switched off' },
    ]);
    expect(sweep([], {}, late, orders).start).toHaveLength(1);
  });

  test('switched on again, what was refused before is looked at at once, and once', () => {
    const orders = { off: undefined, onSince: at('15:25:00') };
    const [first] = sweep([refused], {}, at('15:30:00'), orders).start;
    expect(first?.cause).toMatchObject({ slot: '2026-11-23T15:25:00.000Z' });
    const again = run({ ...refused, run: 'r2', openedAt: at('15:30:00'), endedAt: at('15:31:00') });
    expect(sweep([refused, again], {}, at('15:40:00'), orders).start).toEqual([]);
  });

  test('a refusal that says when it is over is followed then, however long that is', () => {
    const frozen = run({ ...refused, lookAgainAt: at('19:00:00') });
    expect(sweep([frozen], {}, at('18:59:00')).skipped[0]?.reason).toBe(
      'run r1 was refused until 2026-11-23T19:00:00.000Z',
    );
    expect(sweep([frozen], {}, at('19:00:00')).start).toHaveLength(1);
    const soon = run({ ...refused, lookAgainAt: at('15:35:00') });
    expect(sweep([soon], {}, at('15:36:00')).start[0]?.cause).toMatchObject({
      slot: '2026-11-23T15:35:00.000Z',
    });
  });
});
