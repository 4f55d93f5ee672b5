import type { FilterLogEventsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { logsDefinition } from '../../../emulator/aws/logs-operations.ts';
import { Logs } from '../../../emulator/aws/logs.ts';
import { Clock } from '../../../emulator/kernel/clock.ts';
import { ROOT } from '../../../emulator/kernel/credentials.ts';
import type { AwsError } from '../../../emulator/kernel/service.ts';
import { memoryStore } from '../../../emulator/test/support/memory-store.ts';
import { ingestionLog } from '../../../lambdas/catalog/probes/error-logs.ts';
import { logErrorsOf } from '../../../lambdas/catalog/probes/log-probe.ts';
import type { ReadTools } from '../../../lambdas/platform/clients.ts';
import { exampleSettings } from '../../support/settings.ts';

const NOW = new Date('2026-11-23T14:06:00.000Z');
const settings = exampleSettings();
const GROUP = settings.estate.ingestion.logGroup;
const clock = new Clock(NOW);
let logs: Logs;
let pages: number;

beforeEach(() => {
  logs = new Logs({ store: memoryStore(), clock });
  pages = 0;
});
afterAll(() => clock.stop());

/** As the SDK goes through the pages of the emulated CloudWatch. */
async function* paginate(input: object): AsyncGenerator<FilterLogEventsCommandOutput> {
  const search = logsDefinition(logs).operations['FilterLogEvents'];
  for (let nextToken: string | undefined = undefined; ;) {
    const call = { requestId: 'r', principal: ROOT, now: NOW };
    let page: FilterLogEventsCommandOutput;
    try {
      const asked = { ...input, ...(nextToken !== undefined && { nextToken }) };
      page = (await search?.handle(asked as never, call)) as FilterLogEventsCommandOutput;
    } catch (error) {
      throw Object.assign(new Error(), { name: (error as AwsError).code });
    }
    pages++;
    yield page;
    if (page.nextToken === undefined) return;
    nextToken = page.nextToken;
  }
}

const look = (paginateFilterLogEvents: unknown = paginate) =>
  ingestionLog.run({
    target: undefined,
    now: NOW,
    settings,
    tools: { logs: async () => ({ paginateFilterLogEvents }) } as unknown as ReadTools,
  });
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1_000);

test('of a flood of lines the newest count, and are kept in the order in which they were written', async () => {
  logs.append(GROUP, 's', 'ERROR long ago', ago(3_500));
  for (let i = 0; i < 12_000; i++) logs.append(GROUP, 's', `line ${i}`, ago(3_000 - i / 10));
  logs.append(GROUP, 's', 'ERROR cur_ingest_prod AccessDenied', ago(60));
  const { value, evidence } = await look();
  expect(value).toMatchObject({ lines: 10_000, errors: 1, accessDenied: 1, newest: 'AccessDenied' });
  expect(value.last).toBe(ago(60).toISOString());
  expect(ingestionLog.describe(value as never)).toMatch(/^the newest 10,?000 lines, 1 error, 1 AccessDenied/);
  expect(evidence[0]?.rows.slice(-2)).toEqual(['line 11999', 'ERROR cur_ingest_prod AccessDenied']);
});

test('behind an empty page lines are found, and a log without lines ends', async () => {
  logs.append(GROUP, 's', 'loaded', ago(60));
  expect((await look()).value).toMatchObject({ exists: true, lines: 1 });
  expect(pages).toBe(2);
  await logs.createGroup({ name: GROUP });
  logs = new Logs({ store: memoryStore(), clock });
  expect((await look()).value).toMatchObject({ exists: false, lines: 0 });
});

test('a search that does not end is given up: what is not found may be there', async () => {
  const forever = async function* () {
    for (;;) yield { events: [], nextToken: 't' };
  };
  await expect(look(forever)).rejects.toThrow(/has not ended after 200 pages with 0 lines; .*aws logs tail/);
});

test.each([
  ['{"level":"info","error":null}', 0],
  ['{"errors": [], "exception": false}', 0],
  ['finished, error: 0', 0],
  ['finished, error=0.5 percent', 1],
  ['{"error":"no such period"}', 1],
  ['{"error":null,"reason":"AccessDenied"}', 1],
  ['ERROR boom', 1],
  ['botocore.errorfactory.ThrottlingException', 1],
  ['Task timed out after 30 s', 1],
])('the line %s has %i errors', (message, errors) =>
  expect(logErrorsOf({ exists: true, lines: [{ at: NOW, message }] }).errors).toBe(errors),
);
