import * as fc from 'fast-check';
import { Freeze } from '../../lambdas/domain/freeze-window.ts';
import { frozenAt } from '../../lambdas/platform/frozen.ts';

const freezeOf = (freeze: object) => Freeze.parse({ zone: 'Europe/Berlin', ...freeze });
const window = (cron: string, minutes: number, name = 'w') => ({ name, cron, minutes });
const until = (freeze: Freeze, at: string) => frozenAt(freeze, new Date(at))?.until.toISOString();
const justBefore = (at: string) => new Date(Date.parse(at) - 1).toISOString();

/** Frozen from the first moment on, not a millisecond before, and to the last, which is outside. */
function expectFrozen(freeze: Freeze, from: string, to: string): void {
  const [begin, end] = [from, to].map((at) => new Date(at).toISOString()) as [string, string];
  expect(until(freeze, justBefore(begin))).toBeUndefined();
  expect(until(freeze, begin)).toBe(end);
  expect(until(freeze, justBefore(end))).toBe(end);
  expect(until(freeze, end)).toBeUndefined();
}

describe('windows in the hours of their zone', () => {
  const fridays = window('0 22 * * 5', 120);
  test.each([
    ['in winter, Berlin', 'Europe/Berlin', '2026-11-27T21:00Z', '2026-11-27T23:00Z'],
    ['in summer, Berlin', 'Europe/Berlin', '2026-07-03T20:00Z', '2026-07-03T22:00Z'],
    ['in UTC', 'UTC', '2026-11-27T22:00Z', '2026-11-28T00:00Z'],
    ['where Friday is another day', 'Pacific/Auckland', '2026-11-27T09:00Z', '2026-11-27T11:00Z'],
    ['at half an hour', 'Asia/Kolkata', '2026-11-27T16:30Z', '2026-11-27T18:30Z'],
  ])('%s', (_name, zone, from, to) => {
    expectFrozen(freezeOf({ zone, windows: [fridays] }), from, to);
  });

  test('a window that is longer than a day', () => {
    expectFrozen(
      freezeOf({ windows: [window('0 18 * * 5', 3_660)] }),
      '2026-11-27T17:00Z',
      '2026-11-30T06:00Z',
    );
  });

  test.each([
    [
      'over the hour that is left out, its minutes are minutes',
      '0 1 * * 0',
      180,
      '2026-03-29T00:00Z',
      '2026-03-29T03:00Z',
    ],
    [
      'in the hour that is left out: it begins when that would',
      '30 2 * * 0',
      60,
      '2026-03-29T01:00Z',
      '2026-03-29T02:00Z',
    ],
    ['over the hour that comes twice', '0 1 * * 0', 180, '2026-10-24T23:00Z', '2026-10-25T02:00Z'],
    [
      'in the hour that comes twice: it begins in the first',
      '30 2 * * 0',
      60,
      '2026-10-25T00:30Z',
      '2026-10-25T01:30Z',
    ],
  ])('when clocks are changed: %s', (_name, cron, minutes, from, to) => {
    expectFrozen(freezeOf({ windows: [window(cron, minutes)] }), from, to);
  });

  test.each([
    ['left out', '15 2 * * *', '2026-10-03T15:30Z', '2026-10-03T16:30Z'],
    ['repeated', '45 1 * * *', '2026-04-04T14:45Z', '2026-04-04T15:45Z'],
  ])('in a half hour that is %s', (_what, cron, from, to) => {
    expectFrozen(freezeOf({ zone: 'Australia/Lord_Howe', windows: [window(cron, 60)] }), from, to);
  });

  test('one that begins again before it has ended goes on', () => {
    const hourly = freezeOf({ windows: [window('0 * * * *', 90)] });
    expect(until(hourly, '2026-11-23T14:10:00Z')).toBe('2026-11-23T15:30:00.000Z');
    expect(until(hourly, '2026-11-23T15:00:00Z')).toBe('2026-11-23T16:30:00.000Z');
  });

  test('of several, the one that ends last is told', () => {
    const freeze = freezeOf({
      windows: [
        window('0 15 * * *', 60, 'short'),
        window('30 14 * * *', 240, 'long'),
        window('0 3 * * *', 60),
      ],
    });
    expect(frozenAt(freeze, new Date('2026-11-23T14:10:00Z'))).toEqual({
      name: 'long',
      until: new Date('2026-11-23T17:30:00Z'),
    });
  });

  test('a window is the same wherever it is asked from within', () => {
    const freeze = freezeOf({ windows: [window('17 4 * * 2', 333)] });
    const begin = Date.parse('2026-11-24T03:17:00Z');
    fc.assert(
      fc.property(fc.integer({ min: -600 * 60_000, max: 600 * 60_000 }), (offset) => {
        const inside = offset >= 0 && offset < 333 * 60_000;
        expect(frozenAt(freeze, new Date(begin + offset))?.until.getTime()).toBe(
          inside ? begin + 333 * 60_000 : undefined,
        );
      }),
    );
  });

  test('the longest window of the most frequent beginnings is found in no time', () => {
    const freeze = freezeOf({
      windows: [window('* * * * *', 44_640)],
      monthEnd: { lastDays: 15, firstDays: 15 },
    });
    // Of the processor: a busy machine gives us less of it, and takes none away.
    const began = process.cpuUsage();
    expect(frozenAt(freeze, new Date('2026-11-20T14:00:00Z'))?.until).toEqual(
      new Date('2026-12-21T14:00:00Z'),
    );
    expect(process.cpuUsage(began).user / 1_000).toBeLessThan(2_000);
  });
});

describe('the close of a month, by days of the calendar in the zone', () => {
  test.each([
    [
      'the last two days and the first',
      { lastDays: 2, firstDays: 1 },
      '2026-11-28T23:00Z',
      '2026-12-01T23:00Z',
    ],
    ['the last days alone', { lastDays: 1 }, '2026-11-29T23:00Z', '2026-11-30T23:00Z'],
    ['the first days alone', { firstDays: 3 }, '2026-10-31T23:00Z', '2026-11-03T23:00Z'],
    ['over the turn of the year', { lastDays: 1, firstDays: 1 }, '2026-12-30T23:00Z', '2027-01-01T23:00Z'],
    ['of a February', { lastDays: 3, firstDays: 0 }, '2026-02-25T23:00Z', '2026-02-28T23:00Z'],
    ['of a leap year’s', { lastDays: 3, firstDays: 0 }, '2028-02-26T23:00Z', '2028-02-29T23:00Z'],
    ['from a day of 25 hours on', { lastDays: 7, firstDays: 1 }, '2026-10-24T22:00Z', '2026-11-01T23:00Z'],
    ['from a day of 23 hours on', { lastDays: 3, firstDays: 1 }, '2026-03-28T23:00Z', '2026-04-01T22:00Z'],
  ])('%s', (_name, monthEnd, from, to) => {
    expectFrozen(freezeOf({ monthEnd }), from, to);
  });

  test('is another moment in another zone', () => {
    const monthEnd = { lastDays: 1, firstDays: 1 };
    expectFrozen(freezeOf({ zone: 'UTC', monthEnd }), '2026-11-30T00:00Z', '2026-12-02T00:00Z');
    expectFrozen(freezeOf({ zone: 'America/New_York', monthEnd }), '2026-11-30T05:00Z', '2026-12-02T05:00Z');
    expectFrozen(freezeOf({ zone: 'Asia/Kathmandu', monthEnd }), '2026-11-29T18:15Z', '2026-12-01T18:15Z');
  });

  test('ends with the last day that Intl counts to it, in every zone', () => {
    const zones = [
      'Africa/Cairo',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Europe/Berlin',
      'Pacific/Apia',
    ];
    const moments = fc.date({
      min: new Date('2000-01-01'),
      max: new Date('2040-01-01'),
      noInvalidDate: true,
    });
    const days = fc.integer({ min: 0, max: 15 });
    fc.assert(
      fc.property(fc.constantFrom(...zones), moments, days, days, (zone, now, lastDays, firstDays) => {
        const format = new Intl.DateTimeFormat('sv', { timeZone: zone });
        const isClosing = (moment: number): boolean => {
          const [year = 0, month = 0, day = 0] = format.format(moment).split('-').map(Number);
          return day <= firstDays || new Date(Date.UTC(year, month, 0)).getUTCDate() - day < lastDays;
        };
        const end = frozenAt(freezeOf({ zone, monthEnd: { lastDays, firstDays } }), now)?.until.getTime();
        expect(end !== undefined).toBe(isClosing(now.getTime()));
        if (end === undefined) return;
        expect([isClosing(end - 1), isClosing(end)]).toEqual([true, false]);
        for (let at = now.getTime(); at < end; at += 6 * 3_600_000) expect(isClosing(at)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('has a name, and none is frozen by default', () => {
    const at = new Date('2026-11-30T12:00:00Z');
    expect(frozenAt(freezeOf({ monthEnd: { lastDays: 1 } }), at)?.name).toBe('month-end close');
    expect(frozenAt(Freeze.parse({}), at)).toBeUndefined();
  });

  test('a window that ends later than the close is told', () => {
    const freeze = freezeOf({ monthEnd: { lastDays: 1 }, windows: [window('0 12 30 * *', 1_440, 'audit')] });
    expect(frozenAt(freeze, new Date('2026-11-30T12:00:00Z'))?.name).toBe('audit');
  });
});

test.each([
  ['six fields', { windows: [window('0 0 22 * * 5', 60)] }, 'windows.0.cron'],
  ['no cron', { windows: [window('Fridays at ten', 60)] }, 'windows.0.cron'],
  ['a day that never comes', { windows: [window('0 0 31 2 *', 60)] }, 'windows.0.cron'],
  ['no length', { windows: [window('0 22 * * 5', 0)] }, 'windows.0.minutes'],
  ['no name', { windows: [window('0 22 * * 5', 60, '')] }, 'windows.0.name'],
  ['a zone that is none', { zone: 'Berlin' }, 'zone'],
  ['more than half a month', { monthEnd: { lastDays: 16 } }, 'monthEnd.lastDays'],
])('%s is refused', (_name, freeze, path) => {
  expect(Freeze.safeParse(freeze).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});
