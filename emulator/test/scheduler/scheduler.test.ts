import { Scheduler } from '../../aws/scheduler.ts';
import { timetableOf } from '../../aws/scheduler-expression.ts';
import { Clock } from '../../kernel/clock.ts';
import { memoryStore } from '../support/memory-store.ts';

const SIGNALS = 'arn:aws:lambda:us-east-1:012345678901:function:responder-signals';
const ROLE = 'arn:aws:iam::012345678901:role/scheduler';

let clock: Clock;
let errors: unknown[];
let store: ReturnType<typeof memoryStore>;
let scheduler: Scheduler;
let fired: { at: string; targetArn: string; payload: string; roleArn: string | undefined }[];
let failures: number;
let dead: string[];

const make = () =>
  new Scheduler({
    store,
    clock,
    invokeTarget: async (targetArn, payload, roleArn) => {
      if (failures-- > 0) throw new Error('throttled');
      fired.push({ at: clock.now().toISOString().slice(11, 19), targetArn, payload, roleArn });
    },
    sendSqs: async (_queueArn, body) => {
      dead.push(body);
    },
  });

beforeEach(() => {
  [errors, fired, dead, failures] = [[], [], [], 0];
  clock = new Clock(new Date('2026-11-23T14:02:00.000Z'), (error) => errors.push(error));
  store = memoryStore();
  scheduler = make();
});

afterEach(() => clock.stop());

const until = (time: string) => clock.advanceTo(new Date(`2026-11-23T${time}Z`));
const times = () => fired.map(({ at }) => at);
const schedule = {
  name: 'signals',
  expression: 'rate(5 minutes)',
  targetArn: SIGNALS,
  roleArn: ROLE,
  input: '{"at":"<aws.scheduler.scheduled-time>"}',
};

describe('expressions', () => {
  const next = (expression: string, after: string) =>
    timetableOf(expression, new Date('2026-11-23T14:02:00Z'))(new Date(after))?.toISOString();

  test.each([
    ['rate(5 minutes)', '2026-11-23T14:02:00Z', '2026-11-23T14:07:00.000Z'],
    ['rate(5 minutes)', '2026-11-23T15:00:01Z', '2026-11-23T15:02:00.000Z'],
    ['rate(1 hour)', '2026-11-23T14:02:00Z', '2026-11-23T15:02:00.000Z'],
    ['rate(1 day)', '2026-11-23T14:02:00Z', '2026-11-24T14:02:00.000Z'],
    ['cron(0 4 * * ? *)', '2026-11-23T14:02:00Z', '2026-11-24T04:00:00.000Z'],
    ['cron(0 4 * * ? *)', '2026-11-23T04:00:00Z', '2026-11-24T04:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-11-23T14:02:00Z', '2026-11-23T14:15:00.000Z'],
    ['cron(*/5 * * * ? *)', '2026-11-23T14:59:30Z', '2026-11-23T15:00:00.000Z'],
    ['cron(30 8 ? * MON-FRI *)', '2026-11-27T09:00:00Z', '2026-11-30T08:30:00.000Z'],
    ['cron(30 8 ? * 1,7 *)', '2026-11-23T09:00:00Z', '2026-11-28T08:30:00.000Z'],
    ['cron(0 0 1 JAN,jul ? *)', '2026-11-23T09:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['cron(0 0 29 2 ? *)', '2026-11-23T09:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['cron(0 12 * * ? 2025)', '2026-11-23T09:00:00Z', undefined],
  ])('%s after %s', (expression, after, expected) => expect(next(expression, after)).toBe(expected));

  test.each([
    ['rate(0 minutes)', /whole number/],
    ['rate(5 fortnights)', /minutes\|hours\|days/],
    ['cron(0 4 * * *)', /5 fields/],
    ['cron(0 4 * * * *)', /must be \?/],
    ['cron(60 4 * * ? *)', /"60" is not within 0 to 59/],
    ['cron(0 4 L * ? *)', /"L"/],
    ['at(2026-11-23T14:00:00)', /at\(…\) is not emulated/],
  ])('refuses %s', (expression, fault) =>
    expect(() => next(expression, '2026-11-23T14:02:00Z')).toThrow(fault),
  );
});

test('fires by the clock, with the scheduled time and the role', async () => {
  await scheduler.createSchedule(schedule);
  await until('14:18:00');
  expect(times()).toEqual(['14:07:00', '14:12:00', '14:17:00']);
  expect(fired[0]).toMatchObject({ targetArn: SIGNALS, roleArn: ROLE });
  expect(fired[0]?.payload).toMatch(/^\{"at":"2026-11-23T14:07:00Z"\}$/);
});

test('without input it sends an event of its own', async () => {
  await scheduler.createSchedule({ name: 'sweep', expression: 'rate(1 minute)', targetArn: SIGNALS });
  await until('14:03:30');
  expect(JSON.parse(fired[0]?.payload ?? '')).toMatchObject({
    source: 'aws.scheduler',
    'detail-type': 'Scheduled Event',
  });
});

test('survives a restart, and does not make up for what was missed', async () => {
  await scheduler.createSchedule(schedule);
  clock.stop();
  clock = new Clock(new Date('2026-11-23T15:00:00.000Z'));
  scheduler = make();
  scheduler.start();
  await until('15:08:00');
  expect(times()).toEqual(['15:02:00', '15:07:00']);
});

test('a refused invocation is tried again, and then dead-lettered', async () => {
  await scheduler.createSchedule({
    name: 'signals',
    expression: 'rate(1 hour)',
    targetArn: SIGNALS,
    input: '{"n":<aws.scheduler.attempt-number>}',
    retry: { attempts: 2, maxAgeSeconds: 60 },
    deadLetterArn: 'arn:aws:sqs:us-east-1:012345678901:dead',
  });
  failures = 1;
  await until('15:03:00');
  expect(fired.map(({ payload }) => payload)).toEqual(['{"n":2}']);
  failures = 3;
  await until('16:03:00');
  expect(dead).toEqual(['{"n":3}']);
  expect(errors).toEqual([
    expect.objectContaining({ message: expect.stringContaining('after 3 attempts: throttled') as unknown }),
  ]);
});

test('a schedule is replaced and disabled under its name', async () => {
  await scheduler.createSchedule(schedule);
  await scheduler.createSchedule({ ...schedule, state: 'DISABLED' });
  await until('14:30:00');
  expect(fired).toEqual([]);
  expect(scheduler.schedule('signals')).toMatchObject({ state: 'DISABLED', targetArn: SIGNALS });
  await scheduler.createSchedule({ ...schedule, expression: 'rate(10 minutes)' });
  await until('14:41:00');
  expect(times()).toEqual(['14:40:00']);
  expect(() => scheduler.schedule('none')).toThrow(/does not exist/);
});

test('an expression that is none makes no schedule', async () => {
  await expect(scheduler.createSchedule({ ...schedule, expression: 'daily' })).rejects.toThrow(
    /wanted: rate/,
  );
  expect(scheduler.schedules.all()).toEqual([]);
});
