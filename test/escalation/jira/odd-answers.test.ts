import http from 'node:http';
import type { ServerResponse } from 'node:http';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { createJira } from '../../../lambdas/escalation/jira/jira.ts';
import { listenOnLoopback } from '../../../emulator/wire/server.ts';
import { bootJira, failureOf, INCIDENT, ISSUE } from './boot.ts';

/** A server that is no Jira, or a gateway before one: what the stand-in never answers. */
const world = bootJira();
let manager: SecretsManager;
let url: string;
let answers: ((res: ServerResponse) => void)[];
let asked: string[];

beforeEach(async () => {
  manager = new SecretsManager(world.served.config());
  world.defer(() => manager.destroy());
  [answers, asked] = [[], []];
  const server = http.createServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      asked.push(`${req.method} ${req.url} ${Buffer.concat(parts).toString()}`);
      answers.shift()?.(res);
    });
  });
  url = await listenOnLoopback(server);
  world.defer(() => new Promise((done) => server.close(done)));
  world.defer(() => server.closeAllConnections());
});

const connect = () =>
  createJira({ ...world.settings, url }, async () => manager, { times: { look: 2_000, change: 1_000 } });
const says =
  (status: number, body: unknown, headers = {}) =>
  (res: ServerResponse) =>
    res.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
const silence = () => undefined;
const NOTHING = says(200, { issues: [], isLast: true });

test('an issue that stands behind an empty page is found', async () => {
  answers = [says(200, { issues: [], nextPageToken: 'next' }), says(200, { issues: [{ key: 'OPS-7' }] })];
  expect(await connect().find(INCIDENT)).toEqual({ key: 'OPS-7', url: `${url}/browse/OPS-7` });
  expect(asked[1]).toContain('"nextPageToken":"next"');
});

test('a project in which anybody may create gets no second issue from a stale token', async () => {
  answers = [NOTHING, says(201, { key: 'OPS-7' }, { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' })];
  expect(await connect().open(ISSUE)).toMatchObject({ key: 'OPS-7' });
  expect(asked).toHaveLength(2);
});

test.each([
  ['the search is never answered', [silence], 'away', /took too long/],
  ['the creation is never answered', [NOTHING, silence], 'unclear', /took too long/],
  ['a gateway gives up on the creation', [NOTHING, says(504, 'Gateway Timeout')], 'unclear', /HTTP 504/],
  ['a gateway does not get to it', [NOTHING, says(503, 'Unavailable')], 'away', /HTTP 503/],
  ['the search fails', [says(500, {})], 'away', /HTTP 500/],
  ['the creation is answered by something else', [NOTHING, says(201, '<html>')], 'unclear', /no JSON/],
  ['the creation is answered without a key', [NOTHING, says(201, {})], 'unclear', /key/],
  ['the search shows a login page', [says(200, '<html>')], 'refused', /people\.jira\.url/],
  ['the search answers other JSON', [says(200, { total: 0 })], 'refused', /issues/],
  ['the site has moved', [says(302, '', { location: 'https://x.example' })], 'refused', /jira\.url/],
  [
    'the account may not',
    [NOTHING, says(403, { errorMessages: ['No.'] })],
    'refused',
    /403\): No\. .*Let the/,
  ],
  [
    'a field is not on the screen',
    [NOTHING, says(400, { errorMessages: [], errors: { labels: "Field 'labels' cannot be set." } })],
    'refused',
    /labels: Field 'labels' cannot be set\. .*screen/,
  ],
  [
    'it is asked too often',
    [says(429, {}, { 'retry-after': 'Thu, 11 Sep' })],
    'away',
    /gave no reason\. Sent: [a-z]+\w*(, \w+)*\. /,
  ],
] as const)('%s', async (_what, given, failure, wanted) => {
  answers = [...given];
  const failed = await failureOf(connect().open(ISSUE));
  expect(failed).toMatchObject({ failure, retryAfterSeconds: undefined });
  expect(failed.message).toMatch(wanted);
  expect(asked).toHaveLength(given.length);
});
