import { Jira } from '../jira/jira.ts';
import { serveJira } from '../jira/serve.ts';
import { makeWorld, serve, START, type Served, type World } from './wire/serve.ts';

/** The stand-in refuses what Jira Cloud refuses, in its words: a client that works here must work there. */
let world: World;
let jira: Jira;
let served: Served;
beforeEach(async () => {
  world = makeWorld();
  jira = new Jira(world);
  served = await serve(world, [], { jira: serveJira({ ...world, jira }) });
});
afterEach(() => served.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { email, token } = await jira.account();
  const response = await fetch(`${served.url}/_jira/rest/api/3/${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`,
      'content-type': 'application/json',
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
  return { status: response.status, headers: response.headers, body: json as Record<string, unknown> };
}

const said = (...content: unknown[]) => ({ type: 'doc', version: 1, content });
const paragraph = (text: string) => ({ type: 'paragraph', content: [{ type: 'text', text }] });
const FIELDS = {
  project: { key: 'OPS' },
  issuetype: { name: 'Incident' },
  summary: 's',
  description: said(paragraph('d')),
  labels: ['a'],
};
const create = (change: object = {}) => call('POST', 'issue', { fields: { ...FIELDS, ...change } });

test('an issue is created, read, commented on and kept', async () => {
  expect(await create()).toMatchObject({ status: 201, body: { id: '10001', key: 'OPS-1' } });
  expect(await call('POST', 'issue/OPS-1/comment', { body: said(paragraph('c')) })).toMatchObject({
    status: 201,
  });
  jira = new Jira(world);
  expect(await call('GET', 'issue/OPS-1')).toMatchObject({ status: 200, body: { fields: { summary: 's' } } });
  expect(await call('GET', 'issue/OPS-1/comment')).toMatchObject({
    body: { startAt: 0, maxResults: 100, total: 1, comments: [{ body: said(paragraph('c')) }] },
  });
});

test.each([
  [{ project: { key: 'NONE' } }, 'project', 'valid project is required'],
  [{ issuetype: { name: 'Epic' } }, 'issuetype', 'Specify a valid issue type'],
  [{ summary: undefined }, 'summary', 'You must specify a summary of the issue.'],
  [{ summary: 'a\nb' }, 'summary', 'The summary is invalid because it contains newline characters.'],
  [{ summary: 'x'.repeat(256) }, 'summary', 'Summary must be less than 255 characters.'],
  [{ labels: ['a b'] }, 'labels', "The label 'a b' contains spaces which is invalid."],
  [{ labels: ['x'.repeat(256)] }, 'labels', expect.stringContaining('255')],
  [{ labels: 'a' }, 'labels', expect.stringContaining('array')],
  [{ description: 'plain' }, 'description', expect.stringContaining('must be an Atlassian Document')],
  [{ description: { type: 'doc', content: [] } }, 'description', expect.stringContaining('Atlassian')],
  [{ description: said(paragraph('x'.repeat(40_000))) }, 'description', expect.stringContaining('32,767')],
  [{ severity: 1 }, 'severity', expect.stringContaining('not on the appropriate screen')],
])('%j is refused', async (change, field, why) => {
  expect(await create(change)).toMatchObject({
    status: 400,
    body: { errorMessages: [], errors: { [field]: why as unknown } },
  });
  expect(jira.issues.all()).toEqual([]);
});

test.each([
  said({ type: 'heading7' }),
  said({ type: 'text', text: 'not in a paragraph' }),
  said(paragraph('')),
  said({ ...paragraph('x'), attrs: {} }),
  { type: 'doc', version: 1 },
])('a malformed document is refused: %j', async (description) => {
  expect(await create({ description })).toMatchObject({
    status: 400,
    body: { errorMessages: ['INVALID_INPUT'] },
  });
});

test('one answer names every wrong field', async () => {
  const { body } = await create({ project: undefined, summary: '', labels: [' '] });
  expect(Object.keys(body['errors'] as object)).toEqual(['project', 'summary', 'labels']);
});

describe('the search', () => {
  const search = (body: object) => call('POST', 'search/jql', body);

  test('goes page by page, knows no total, and shows what it is asked for', async () => {
    for (let i = 0; i < 3; i++) await create();
    await create({ labels: ['b'] });
    await world.clock.advanceTo(new Date(START.getTime() + 60_000));
    const jql = 'labels = "a" ORDER BY created ASC';
    const first = await search({ jql, maxResults: 2, fields: ['summary'] });
    expect(first.body).toEqual({
      issues: ['OPS-1', 'OPS-2'].map((key, i) => ({ id: `1000${i + 1}`, key, fields: { summary: 's' } })),
      isLast: false,
      nextPageToken: expect.any(String) as unknown,
    });
    const { nextPageToken } = first.body;
    expect((await search({ jql, maxResults: 2, nextPageToken })).body).toEqual({
      issues: [{ id: '10003' }],
      isLast: true,
    });
  });

  test('finds an issue later than a read does', async () => {
    jira.indexLagSeconds = 30;
    await create();
    const keys = async () => (await search({ jql: 'labels = "a"' })).body['issues'];
    expect(await keys()).toEqual([]);
    expect(await call('GET', 'issue/OPS-1')).toMatchObject({ status: 200 });
    await world.clock.advanceTo(new Date(START.getTime() + 60_000));
    expect(await keys()).toHaveLength(1);
  });

  test.each([
    [{ jql: 'ORDER BY created' }, /Unbounded JQL/],
    [{ jql: 'labels in (a)' }, /Error in the JQL Query/],
    [{ jql: 'labels = "a"', startAt: 0 }, /Invalid request payload/],
  ])('%j is refused', async (body, why) => {
    expect(await search(body)).toMatchObject({
      status: 400,
      body: { errorMessages: [expect.stringMatching(why) as unknown] },
    });
  });
});

test('what is no request of Jira’s is refused', async () => {
  expect(await call('POST', 'search', {})).toMatchObject({ status: 410 });
  expect(await call('PUT', 'issue/OPS-1', {})).toMatchObject({ status: 404 });
  expect(await call('GET', 'issue/OPS-1')).toMatchObject({ status: 404 });
  expect(await call('POST', 'issue/OPS-1/comment', { body: said() })).toMatchObject({ status: 404 });
  expect(await call('POST', 'issue', '{')).toMatchObject({ status: 400 });
  expect(await call('POST', 'issue', {})).toMatchObject({ status: 400 });
  expect(await call('POST', 'issue', '{}', { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  await create();
  expect(await call('POST', 'issue/OPS-1/comment', { body: 'plain' })).toMatchObject({ status: 400 });
});

test('a caller without the token may create nothing, and sees nothing', async () => {
  await create();
  await world.clock.advanceTo(new Date(START.getTime() + 60_000));
  const stranger = { authorization: 'Basic eDp5' };
  const answers = [
    [await call('POST', 'issue', { fields: FIELDS }, stranger), 401],
    [await call('POST', 'issue/OPS-1/comment', { body: said() }, stranger), 401],
    [await call('GET', 'issue/OPS-1', undefined, stranger), 404],
    [await call('GET', 'issue/OPS-1/comment', undefined, stranger), 404],
    [await call('POST', 'search/jql', { jql: 'labels = "a"' }, stranger), 200],
  ] as const;
  for (const [{ status, headers }, wanted] of answers) {
    expect(status).toBe(wanted);
    expect(headers.get('x-seraph-loginreason')).toBe('AUTHENTICATED_FAILED');
  }
  expect(answers[4][0].body).toEqual({ issues: [], isLast: true });
});
