import { request, type IncomingHttpHeaders } from 'node:http';
import { booted } from '../../emulator/test/support/booted.ts';
import type { Given, Said } from '../../lambdas/desk/persons.ts';
import { serveDesk } from '../../scripts/desk/serve.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const NOW = {
  person: 'ada',
  may: ['look', 'operate', 'approve', 'administer'],
  now: '2026-11-23T14:06:00.000Z',
  shown: { incidents: [], requests: [], orders: [], atWork: [], ended: [], paused: [], breakers: [] },
};
const shows: Said = { ok: true, status: 200, text: 'now', data: NOW };

const desk = booted(async (defer) => {
  const given: Given[] = [];
  const state = { answer: (_command: Given): Said => shows };
  const persons = {
    choices: [],
    give: async (command: Given) => {
      given.push(command);
      return state.answer(command);
    },
  };
  const { address, close } = await serveDesk({ persons });
  defer(close);
  const { host, port, pathname } = new URL(address);

  const ask = (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    form?: Record<string, string>,
  ): Promise<Answer> =>
    new Promise((done, fail) => {
      const sending = request(
        {
          host: '127.0.0.1',
          port,
          method,
          path,
          headers: { host, ...(form && { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
        },
        (answer) => {
          let body = '';
          answer.setEncoding('utf8').on('data', (text: string) => (body += text));
          answer.once('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
        },
      );
      sending.once('error', fail);
      sending.end(form && new URLSearchParams(form).toString());
    });
  const entered = await ask('GET', pathname);
  const [cookie = ''] = (entered.headers['set-cookie']?.[0] ?? '').split(';');
  const csrf = /name="csrf" value="([^"]+)"/.exec((await ask('GET', '/', { cookie })).body)?.[1] ?? '';
  given.length = 0;
  const origin = `http://${host}`;
  return { given, state, ask, entered, cookie, csrf, origin, host, pathname };
});
beforeEach(() => {
  desk.given.length = 0;
  desk.state.answer = () => shows;
});

const PAGES = [
  '/',
  '/i/INC-1',
  '/r/run-1',
  '/p/A-1',
  '/playbooks',
  '/search?q=TEN-1',
  '/api/now.json',
  '/desk.js',
  '/x',
];
const ORDER = '/do/approve/A-1';
const PLAN = { plan: 'f'.repeat(64) };
/** Everything that a browser sends with the desk's own form. */
const own = () => ({ cookie: desk.cookie, origin: desk.origin });

test('the printed address lets in, by a cookie that no script reads and no other site sends', () => {
  const { status, headers } = desk.entered;
  expect({ status, location: headers.location }).toEqual({ status: 303, location: '/' });
  expect(headers['set-cookie']).toEqual([
    expect.stringMatching(/^desk-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
  ]);
  expect(desk.pathname.length).toBeGreaterThan(30);
});

test.each([
  ['no cookie', {}],
  ['another cookie', { cookie: 'desk-1=guessed' }],
])('with %s nobody sees a page or gives a command', async (_what, headers) => {
  for (const path of [...PAGES, `${desk.pathname}x`, desk.pathname.slice(0, -1)])
    expect([path, (await desk.ask('GET', path, headers)).status]).toEqual([path, 401]);
  for (const path of [ORDER, '/as'])
    expect(
      (await desk.ask('POST', path, { ...headers, origin: desk.origin }, { csrf: desk.csrf })).status,
    ).toBe(401);
  expect(desk.given).toEqual([]);
});

test.each(['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1', '[::1]:80'])(
  'a name that somebody has made point here is refused: %s',
  async (host) => {
    const { status } = await desk.ask('GET', '/', { ...own(), host });
    expect(status).toBe(421);
    expect(desk.given).toEqual([]);
  },
);

test.each([
  ['no token', () => own(), {}],
  ['another token', () => own(), { csrf: 'a'.repeat(43) }],
  ['no origin', () => ({ cookie: desk.cookie }), undefined],
  ['another port of this machine', () => ({ cookie: desk.cookie, origin: 'http://127.0.0.1:1' }), undefined],
  ['another site', () => ({ cookie: desk.cookie, origin: 'https://evil.example' }), undefined],
  ['a sandboxed frame', () => ({ cookie: desk.cookie, origin: 'null' }), undefined],
] as const)('a form from elsewhere gives no command: %s', async (_what, headers, form) => {
  const { status } = await desk.ask('POST', ORDER, headers(), { ...PLAN, ...(form ?? { csrf: desk.csrf }) });
  expect(status).toBe(403);
  expect(desk.given).toEqual([]);
});

test('a button is one command, with its own fields alone; its answer is shown, and leads back to the desk', async () => {
  desk.state.answer = ({ name }) =>
    name === 'view' ? shows : { ok: true, status: 200, text: 'A-1: 1 of 2 <b>' };
  const form = { ...PLAN, csrf: desk.csrf, id: 'A-2', person: 'bob', reason: 'none' };
  const { status, headers } = await desk.ask('POST', ORDER, own(), form);
  expect(status).toBe(303);
  expect(headers.location).toMatch(/^\/p\/A-1\?said=[\w-]{36}$/);
  expect(desk.given).toEqual([{ name: 'approve', input: { id: 'A-1', ...PLAN } }]);
  const said = headers.location?.split('?')[1] ?? '';
  expect((await desk.ask('GET', `/?${said}`, own())).body).toContain('A-1: 1 of 2 &lt;b&gt;');
});

test('opening, prefetching or previewing an address gives no command, not even an approval by its link', async () => {
  for (const method of ['GET', 'HEAD', 'OPTIONS'])
    for (const path of [...PAGES, `${ORDER}?plan=${PLAN.plan}&csrf=${desk.csrf}`, '/as?person=bob'])
      await desk.ask(method, path, own());
  expect(desk.given.filter(({ name }) => name !== 'view')).toEqual([]);
  expect((await desk.ask('GET', `${ORDER}?csrf=${desk.csrf}`, own())).status).toBe(404);
});

test('no answer can be framed, cached or sniffed, and none allows a script but the desk’s', async () => {
  for (const [path, headers] of [
    ['/', own()],
    ['/x', own()],
    ['/', {}],
    ['/desk.js', own()],
    ['/', { host: 'evil.example' }],
  ] as const) {
    const { headers: sent } = await desk.ask('GET', path, headers);
    expect(sent).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
    });
    const policy = sent['content-security-policy'] ?? '';
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
  }
});

test.each([
  '//evil.example',
  'https://evil.example',
  '/\\evil.example',
  '..//evil.example',
  '%0d%0aLocation: x',
])('no button leads away: %s', async (id) => {
  const path = `/do/ack/${encodeURIComponent(id)}?said=//evil.example&next=//evil.example`;
  const { headers } = await desk.ask('POST', path, own(), { csrf: desk.csrf, next: '//evil.example' });
  expect(headers.location ?? '/i/').toMatch(/^\/i\/[^/\\\r\n]*$/);
  expect((await desk.ask('GET', `//evil.example`, own())).headers.location).toBeUndefined();
});

test('credentials that expire in mid-approval: nothing is done, and the same button is there to press again', async () => {
  desk.state.answer = () => {
    throw new Error('Token is expired. To refresh this SSO session run "aws sso login"');
  };
  const { status, body } = await desk.ask('POST', ORDER, own(), { ...PLAN, csrf: desk.csrf });
  expect(status).toBe(502);
  expect(body).toContain('Not done');
  expect(body).toContain('Token is expired.');
  expect(body).toContain('aws sso login');
  expect(body).toContain('action="/do/approve/A-1"');
  expect(body).toContain(`name="plan" value="${PLAN.plan}"`);
});

test('while the record does not answer, the page says so, and shows nothing old', async () => {
  desk.state.answer = () => ({
    ok: false,
    status: 503,
    text: 'The record does not answer: connect ECONNREFUSED',
  });
  for (const path of ['/', '/i/INC-1', '/playbooks']) {
    const { status, body } = await desk.ask('GET', path, own());
    expect(status).toBe(503);
    expect(body).toContain('The record does not answer');
    expect(body).not.toContain('Nothing needs you');
  }
});

test('a person who is not listed sees no page', async () => {
  desk.state.answer = () => ({ ok: false, status: 403, text: 'arn:…:user/eve is not listed' });
  const { status, body } = await desk.ask('GET', '/', own());
  expect(status).toBe(403);
  expect(body).toContain('is not listed');
  expect((await desk.ask('GET', '/api/now.json', own())).status).toBe(403);
});
