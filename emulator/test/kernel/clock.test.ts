import { Clock } from '../../kernel/clock.ts';
import { installShiftedDate } from '../../lambda/shifted-date.ts';
import { turns } from '../support/eventually.ts';

const START = new Date('2025-09-10T08:00:00Z');
const after = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);
const realMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let clock: Clock;
let errors: unknown[];
let jumps: Date[];
beforeEach(() => {
  errors = [];
  jumps = [];
  clock = new Clock(
    START,
    (error) => errors.push(error),
    (now) => void jumps.push(now),
  );
});
afterEach(() => clock.stop());

describe('a clock that stands', () => {
  test('shows the same time until it is advanced, and fires nothing that is not due', async () => {
    const fired: string[] = [];
    clock.at('soon', after(0.01), () => void fired.push('soon'));
    await realMs(50);
    expect([clock.now(), fired, jumps]).toEqual([START, [], []]);
    await clock.advanceTo(after(1));
    expect([clock.now(), fired, jumps]).toEqual([after(1), ['soon'], [after(0.01), after(1)]]);
  });

  test('fires by itself what is due already, which counts as in flight', async () => {
    const fired: string[] = [];
    clock.at('over', after(-5), () => void fired.push('over'));
    clock.at('now', START, () => void fired.push('now'));
    expect(fired).toEqual([]);
    await clock.idle();
    expect([fired, clock.now()]).toEqual([['over', 'now'], START]);
  });

  test('fires in the order of time, and at one moment in the order of setting, with the time it was set for', async () => {
    const fired: [string, Date][] = [];
    const note = (key: string) => () => void fired.push([key, clock.now()]);
    for (const [key, seconds] of [
      ['c', 2],
      ['a', 1],
      ['d', 2],
      ['b', 1],
    ] as const)
      clock.at(key, after(seconds), note(key));
    clock.at('a', after(3), note('a, replaced'));
    clock.at('gone', after(1), note('gone'));
    clock.cancel('gone');
    await clock.advanceTo(after(10));
    expect(fired).toEqual([
      ['b', after(1)],
      ['c', after(2)],
      ['d', after(2)],
      ['a, replaced', after(3)],
    ]);
  });

  test('a timer that cancels or replaces another one of its moment is obeyed', async () => {
    const fired: string[] = [];
    clock.at('first', after(1), () => {
      clock.cancel('second');
      clock.at('third', after(2), () => void fired.push(`third at ${clock.now().toISOString()}`));
    });
    clock.at('second', after(1), () => void fired.push('second'));
    clock.at('third', after(1), () => void fired.push('third, too early'));
    await clock.advanceTo(after(5));
    expect(fired).toEqual([`third at ${after(2).toISOString()}`]);
  });

  test('does not jump while anything is in flight', async () => {
    const fired: string[] = [];
    clock.at('timer', after(1), () => void fired.push('timer'));
    let end = (): void => undefined;
    clock.spawn('a request', () => new Promise<void>((resolve) => (end = resolve)));
    const advanced = clock.advanceTo(after(2));
    await turns();
    expect([clock.inFlight(), clock.now(), fired]).toEqual([['a request'], START, []]);
    end();
    await advanced;
    expect([clock.inFlight(), clock.now(), fired]).toEqual([[], after(2), ['timer']]);
  });

  test('stops where the condition holds, at the limit, or where nothing is left', async () => {
    let held = 0;
    for (const seconds of [1, 2, 3]) clock.at(`${seconds}`, after(seconds), () => void (held = seconds));
    expect(await clock.advanceUntil(() => held === 2, after(10))).toBe(true);
    expect(clock.now()).toEqual(after(2));
    expect(await clock.advanceUntil(() => held === 9, after(2.5))).toBe(false);
    expect(clock.now()).toEqual(after(2));
    expect(await clock.advanceUntil(() => held === 9, after(10))).toBe(false);
    expect(clock.now()).toEqual(after(3));
  });

  test('the next jump waits until the last one is remembered', async () => {
    let remembered = (): void => undefined;
    const slow = new Clock(START, undefined, () => new Promise<void>((resolve) => (remembered = resolve)));
    for (const seconds of [1, 2]) slow.at(`${seconds}`, after(seconds), () => undefined);
    const advanced = slow.advanceTo(after(2));
    await turns();
    expect([slow.now(), slow.inFlight()]).toEqual([after(1), ['onJump of the clock']]);
    remembered();
    await turns();
    expect(slow.now()).toEqual(after(2));
    remembered();
    await advanced;
  });

  test('what a timer throws goes to the handler, and time goes on', async () => {
    clock.at('bad', after(1), () => Promise.reject(new Error('bad timer')));
    await clock.advanceTo(after(2));
    expect([errors, clock.now()]).toEqual([[new Error('bad timer')], after(2)]);
  });
});

describe('work that waits for a timer', () => {
  const timer = (seconds: number): Promise<string> =>
    new Promise((resolve) => clock.at(`timer ${seconds}`, after(seconds), () => resolve(`${seconds} s`)));

  test('steps aside with the work that it is a part of, and is in flight again afterwards', async () => {
    const seen: unknown[] = [];
    clock.spawn('request', () =>
      clock.busy('handler', async () => {
        const waited = clock.aside(timer(5));
        seen.push(clock.inFlight());
        seen.push(await waited, clock.inFlight(), clock.now());
      }),
    );
    await clock.advanceTo(after(10));
    expect(seen).toEqual([[], '5 s', ['handler', 'request'], after(5)]);
    expect(clock.inFlight()).toEqual([]);
  });

  test('what it has started holds the clock all the same', async () => {
    let end = (): void => undefined;
    clock.spawn('request', async () => {
      clock.spawn('started by it', () => new Promise<void>((resolve) => (end = resolve)));
      await clock.aside(timer(5));
    });
    const advanced = clock.advanceTo(after(10));
    await turns();
    expect([clock.inFlight(), clock.now()]).toEqual([['started by it'], START]);
    end();
    await advanced;
    expect(clock.now()).toEqual(after(10));
  });
});

test('a clock that runs follows real time, and still jumps', async () => {
  clock.run();
  expect(jumps).toHaveLength(1);
  const fired = new Promise<Date>((resolve) => clock.at('soon', after(0.02), () => resolve(clock.now())));
  expect((await fired).getTime()).toBeGreaterThanOrEqual(after(0.02).getTime());
  await clock.advanceTo(after(3_600));
  expect(clock.now().getTime()).toBeGreaterThanOrEqual(after(3_600).getTime());
  expect(clock.read()).toEqual({ ahead: expect.any(Number) as number });
});

test('the Date of a worker process is as it was set: it stands, or runs ahead of the machine', () => {
  const MachineDate = globalThis.Date;
  try {
    const set = installShiftedDate({ stands: START.getTime() });
    expect([Date.now(), new Date().getTime()]).toEqual([START.getTime(), START.getTime()]);
    expect(new Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
    expect(new Date() instanceof Date).toBe(true);
    set({ ahead: 3_600_000 });
    const [before, shown, afterwards] = [MachineDate.now(), Date.now() - 3_600_000, MachineDate.now()];
    expect(before <= shown && shown <= afterwards).toBe(true);
  } finally {
    MachineDate.prototype.constructor = MachineDate;
    globalThis.Date = MachineDate;
  }
});
