import type { FilterLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { filterOf } from '../../aws/logs-filter.ts';
import { logsDefinition } from '../../aws/logs-operations.ts';
import { KEPT_EVENTS } from '../../aws/logs-store.ts';
import { Logs } from '../../aws/logs.ts';
import { Clock } from '../../kernel/clock.ts';
import { ROOT } from '../../kernel/credentials.ts';
import { memoryStore } from '../support/memory-store.ts';

const GROUP = '/aws/lambda/budget-refresh';
const START = Date.parse('2026-11-23T14:00:00.000Z');

let clock: Clock;
let store: ReturnType<typeof memoryStore>;
let logs: Logs;

beforeEach(() => {
  clock = new Clock(new Date(START));
  store = memoryStore();
  logs = new Logs({ store, clock });
});

afterEach(() => clock.stop());

/** From its first page with events on. */
async function filter(input: object): Promise<FilterLogEventsCommandOutput> {
  const found = await page(input);
  return 'nextToken' in input ? found : page({ ...input, nextToken: found.nextToken });
}

async function page(input: object): Promise<FilterLogEventsCommandOutput> {
  const { FilterLogEvents } = logsDefinition(logs).operations;
  const wanted = 'logGroupIdentifier' in input ? input : { logGroupName: GROUP, ...input };
  const found = await FilterLogEvents?.handle(wanted as never, {
    requestId: 'r',
    principal: ROOT,
    now: clock.now(),
  });
  return found as FilterLogEventsCommandOutput;
}

const messages = (output: FilterLogEventsCommandOutput) => output.events?.map(({ message }) => message);
const minutes = (count: number) => new Date(START + count * 60_000);

test('events come by time over all streams, both ends of the range included', async () => {
  logs.append(GROUP, 'b', 'second', minutes(-50));
  logs.append(GROUP, 'a', 'first', minutes(-60));
  logs.append(GROUP, 'a', 'too old', minutes(-61));
  logs.append(GROUP, 'a', 'third', minutes(-1));
  const found = await filter({ startTime: START - 3_600_000, endTime: START - 60_000 });
  expect(messages(found)).toEqual(['first', 'second', 'third']);
  expect(found.events?.[1]).toMatchObject({ logStreamName: 'b', timestamp: START - 3_000_000 });
  expect(messages(await filter({ logStreamNames: ['b'] }))).toEqual(['second']);
  expect(messages(await filter({ logStreamNamePrefix: 'a', startTime: START - 60_000 }))).toEqual(['third']);
  const logGroupIdentifier = `arn:aws:logs:us-east-1:012345678901:log-group:${GROUP}`;
  expect(messages(await filter({ logGroupIdentifier, limit: 1 }))).toEqual(['too old']);
});

test('a search begins with an empty page, and finds a line five seconds after it was written', async () => {
  logs.append(GROUP, 's', 'old', minutes(-1));
  logs.append(GROUP, 's', 'new');
  expect(await page({ startTime: START - 3_600_000 })).toMatchObject({ events: [], nextToken: 'head/0/' });
  expect(messages(await filter({}))).toEqual(['old']);
  await clock.advanceTo(new Date(START + 5_000));
  expect(messages(await filter({}))).toEqual(['old', 'new']);
  await expect(page({ nextToken: 'head/0' })).rejects.toMatchObject({ code: 'InvalidParameterException' });
});

test('from the end, the newest events come first on every page', async () => {
  for (let i = 0; i < 5; i++) logs.append(GROUP, 's', `event ${i}`, minutes(i - 10));
  const range = { startTime: START - 3_600_000, startFromHead: false, limit: 2 };
  const one = await filter(range);
  // The token's direction counts.
  const two = await filter({ ...range, startFromHead: true, nextToken: one.nextToken });
  const three = await filter({ ...range, nextToken: two.nextToken });
  expect([one, two, three].map(messages)).toEqual([
    ['event 4', 'event 3'],
    ['event 2', 'event 1'],
    ['event 0'],
  ]);
  expect(three.nextToken).toBeUndefined();
  for (const startTime of [undefined, Date.parse('2023-12-31T23:59:59Z')])
    await expect(page({ startFromHead: false, startTime })).rejects.toMatchObject({
      code: 'InvalidParameterException',
    });
});

test('paging loses nothing while new events come in', async () => {
  for (let i = 0; i < 5; i++) logs.append(GROUP, 's', `event ${i}`, minutes(i - 10));
  const one = await filter({ limit: 2 });
  logs.append(GROUP, 's', 'earlier', minutes(-11));
  logs.append(GROUP, 's', 'event 5', minutes(-5));
  await clock.advanceTo(new Date(START + 5_000));
  const two = await filter({ limit: 2, nextToken: one.nextToken });
  const three = await filter({ limit: 10, nextToken: two.nextToken });
  expect([one, two, three].flatMap(messages)).toEqual([
    'event 0',
    'event 1',
    'event 2',
    'event 3',
    'event 4',
    'event 5',
  ]);
  expect(three.nextToken).toBeUndefined();
});

test.each([
  ['', ['ERROR AccessDenied: s3:GetObject', 'INFO ERROR done', 'all well']],
  ['ERROR', ['ERROR AccessDenied: s3:GetObject', 'INFO ERROR done']],
  ['ERROR AccessDenied', ['ERROR AccessDenied: s3:GetObject']],
  ['"s3:GetObject"', ['ERROR AccessDenied: s3:GetObject']],
  ['?AccessDenied ?well', ['ERROR AccessDenied: s3:GetObject', 'all well']],
  ['ERROR -done', ['ERROR AccessDenied: s3:GetObject']],
  ['error', []],
])('the filter pattern %j', (pattern, expected) => {
  const all = ['ERROR AccessDenied: s3:GetObject', 'INFO ERROR done', 'all well'];
  expect(all.filter(filterOf(pattern))).toEqual(expected);
});

test.each([
  ['{ $.level = "ERROR" }', /JSON/],
  ['[ip, user]', /space-delimited/],
  ['%ERR.*%', /regular expressions/],
  ['a:b', /double quotes/],
  ['?ERROR INFO', /mixes/],
])('refuses the filter pattern %j', (pattern, fault) => expect(() => filterOf(pattern)).toThrow(fault));

test('retention leaves out what is too old', async () => {
  logs.append(GROUP, 's', 'old', minutes(-9 * 24 * 60));
  logs.append(GROUP, 's', 'new', minutes(-1));
  expect(messages(await filter({}))).toEqual(['old', 'new']);
  await logs.createGroup({ name: GROUP, retentionDays: 7 });
  expect(messages(await filter({}))).toEqual(['new']);
  await expect(logs.createGroup({ name: GROUP, retentionDays: 8 })).rejects.toThrow(/one of 1, 3/);
  await expect(filter({ logGroupName: '/none' })).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  });
});

test('a burst costs few writes, survives a restart and keeps its order', async () => {
  const chunks = store.collection('logs.chunk');
  const put = jest.spyOn(chunks, 'put');
  for (let i = 0; i < 250; i++) logs.append(GROUP, 's', `event ${i}`);
  await clock.idle();
  expect(put.mock.calls.length).toBeLessThanOrEqual(3);

  logs = new Logs({ store, clock });
  logs.append(GROUP, 's', 'after the restart');
  await clock.advanceTo(new Date(START + 5_000));
  const all = messages(await filter({}));
  expect(all).toHaveLength(251);
  expect([all?.[0], all?.[249], all?.[250]]).toEqual(['event 0', 'event 249', 'after the restart']);
});

test('a group forgets its oldest events, in the store too', async () => {
  for (let i = 0; i < KEPT_EVENTS + 1000; i++) logs.append(GROUP, 's', `event ${i}`);
  await clock.idle();
  const events = logs.events(GROUP);
  expect(events.length).toBeLessThanOrEqual(KEPT_EVENTS + 100);
  expect(events.at(-1)?.message).toBe(`event ${KEPT_EVENTS + 999}`);
  expect(store.collection('logs.chunk').all().length).toBeLessThanOrEqual(KEPT_EVENTS / 100 + 1);
});
