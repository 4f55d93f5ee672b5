import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { signToken, type Link } from '../../lambdas/notifications/acknowledge-token.ts';
import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { closeIncident, raise } from '../../lambdas/record/incidents.ts';
import { openRun } from '../../lambdas/record/write.ts';
import { containing, matching } from '../../emulator/test/support/matching.ts';
import { opening } from '../support/runs.ts';
import { bootWorld } from '../support/world.ts';
import { arnOfPerson, orders } from './orders.ts';

/** Both ways to say "I have it": a command, and a link of a message, over real HTTP. */

const world = bootWorld({ settled: true }, orders);
let key: string;
beforeAll(async () => {
  const client = new SecretsManagerClient({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: world.rootKey,
  });
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: 'responder/link-key' }));
  key = SecretString ?? '';
  client.destroy();
});

const now = () => world.clock.now();
/** As people replace a key that may have leaked. */
const putKey = (value: string): Promise<void> => {
  const { secrets } = world.services;
  return secrets.putSecret(secrets.arnOf('responder/link-key'), 'responder/link-key', value);
};
const SRE_ONE = 'sre-one';

/** An open incident of SEV-3, by the record's own statements. */
let made = 0;
async function incident(playbook = 'cur-freshness'): Promise<string> {
  made += 1;
  const opened = await openRun(world.pool, {
    ...opening(`links-${made}`, 0, { playbook, target: { period: `20${50 + made}-01` } }),
    openedAt: now().toISOString(),
  });
  return opened.incident;
}
const resolved = (id: string) =>
  transaction(world.pool, (client) =>
    closeIncident(client, id, { by: { run: 'a run' }, at: now().toISOString(), why: 'over' }),
  );

const tokenOf = (id: string, change: Partial<Link> = {}, by = key): string => {
  const expires = Math.floor(now().getTime() / 1_000) + 3_600;
  return signToken({ incident: id, episode: 1, recipient: 'sre', expires, ...change }, by);
};

interface Shown {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}
const page = () => world.outputs['AcknowledgeUrl'] ?? '';
async function shown(asked: Promise<Response>): Promise<Shown> {
  const { status, headers, ...response } = await asked.then(async (answer) => ({
    status: answer.status,
    headers: answer.headers,
    text: await answer.text(),
  }));
  return { status, headers, ...response };
}
/** As a browser comes: to anything else of the sandbox it would be turned away. */
const browsing = { 'sec-fetch-site': 'none', origin: 'null' };
const get = (token: string, method = 'GET'): Promise<Shown> =>
  shown(fetch(`${page()}?t=${encodeURIComponent(token)}`, { method, headers: browsing }));
const press = (token: string, name: Record<string, string> = { name: ' Ada  Ö. ' }): Promise<Shown> => {
  const body = new URLSearchParams({ t: token, ...name });
  return shown(fetch(page(), { method: 'POST', body, headers: browsing }));
};
const ada = (topic: string): string => `Ada Ö. (name not checked, link of ${topic})`;

const row = async (id: string): Promise<Record<string, unknown>> => {
  const { rows } = await world.pool.query<Record<string, unknown>>(
    `select acknowledged_by as by, version,
            (select count(*)::int from responder.used_link where used_link.incident_id = episode.incident_id) as used,
            (select count(*)::int from responder.audit where chain = episode.incident_id) as audited
     from responder.episode where incident_id = $1 order by episode desc limit 1`,
    [id],
  );
  return rows[0] ?? {};
};

describe('a message that asks something of people', () => {
  test('has command and link; the link shows the incident, changes nothing by itself, and is good once', async () => {
    await world.give('sre-one', 'pause', 'budget-stale', '--reason', 'AWS is ill');
    await world.breakBy('budgets-missed');
    const { run, incident: id } = await world.nextRun('budget-stale');
    const [message] = world.noticesOf(run);
    const text = message?.message ?? '';
    expect(text).toMatch(
      new RegExp(
        `Your next step: (?:.*\n)+Acknowledge: {4}by 23 Nov 2026 \\d\\d:\\d\\d UTC, in .*\n {2}npm run respond -- ack ${id}\nOr open: http`,
      ),
    );
    expect(JSON.parse(message?.parts?.['https'] ?? '')).toMatchObject({
      source: 'custom',
      metadata: { threadId: id },
    });
    expect(message?.parts?.['sms']).toMatch(
      /^SEV-\d INC-\d+ Budgets are .*: the machine is switched off\. Acknowledge by 23 Nov \d\d:\d\d UTC/,
    );
    const link = /Or open: (\S+)/.exec(text)?.[1] ?? '';
    const token = new URL(link).searchParams.get('t') ?? '';

    const heads = (): number => {
      const bucket = world.services.s3.allBuckets().find(({ name }) => name.includes('-anchors-'))?.name;
      return world.services.s3.list(bucket ?? '', `heads/${id}/`).length;
    };
    const anchored = heads();
    const before = await row(id);
    for (const method of ['GET', 'HEAD', 'GET', 'GET']) {
      const { status, headers } = await get(token, method);
      expect(status).toBe(200);
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
      );
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'x-robots-tag': 'noindex, nofollow',
        'content-type': 'text/html; charset=utf-8',
      });
    }
    const { text: seen } = await get(token);
    expect(seen).toMatch(/budget-stale.*\(SEV-\d\)/);
    expect(seen).toContain('refused: guard kill-switch: budget-stale has been switched off since');
    expect(seen).toContain('Acknowledge: I am handling it');
    expect(seen).not.toMatch(/<script|\bon\w+=|https?:/);
    expect(await row(id)).toEqual(before);
    expect(heads()).toBe(anchored);

    const done = await press(token);
    expect(done).toMatchObject({ status: 200, text: containing('Acknowledged: you are handling it') });
    expect(done.text).toContain('Not called any more: lead.');
    // Nobody can take the order out of the audit unseen from now on.
    expect(heads()).toBeGreaterThan(anchored);
    expect(await row(id)).toMatchObject({ by: ada('sre'), used: 1 });
    expect((await world.give('sre-two', 'incident', id)).text).toMatch(
      /incident\.acknowledged +by Ada Ö\. \(name not checked, link of sre\), how a link, used from 127\.0\.0\.1, severity SEV-\d/,
    );

    for (const again of [await press(token), await get(token)]) {
      expect(again).toMatchObject({
        status: 410,
        text: matching(
          /This link was used before.*It was used at 23 Nov 2026 \d\d:\d\d UTC, from 127\.0\.0\.1/s,
        ),
      });
      expect(again.text).not.toContain('<button');
    }
    expect(await row(id)).toMatchObject({ used: 1 });
    await world.give('sre-one', 'resume', 'budget-stale', '--reason', 'AWS is well');
  });
});

describe('a link that is not good', () => {
  test('changed, cut or of another key: 403, and the ledger is not asked', async () => {
    const id = await incident();
    const token = tokenOf(id);
    const flipped = `${token.slice(0, 20)}${token[20] === 'A' ? 'B' : 'A'}${token.slice(21)}`;
    for (const wrong of [flipped, token.slice(0, -1), 'x', 'x'.repeat(1_025)]) {
      for (const answer of [await get(wrong), await press(wrong)])
        expect(answer).toMatchObject({ status: 403, text: containing('This link is invalid') });
    }
    expect(await row(id)).toMatchObject({ by: null, used: 0 });
  });

  test('of a replaced key: warm processes refuse it at once, and take links of the new key', async () => {
    const id = await incident();
    const old = tokenOf(id);
    // Both processes are warm, with the key of now.
    expect(await get(old)).toMatchObject({ status: 200 });
    const replacement = 'n'.repeat(64);
    await putKey(replacement);
    // Seconds later: a process reads the secret again for each button, but not more often.
    await world.pass(0.1);
    try {
      expect(await press(old)).toMatchObject({ status: 403, text: containing('key was replaced') });
      expect(await row(id)).toMatchObject({ by: null, used: 0 });
      // Whoever knows the old key could make any link.
      expect(await press(tokenOf(id, { recipient: 'management' }))).toMatchObject({ status: 403 });
      expect(await get(tokenOf(id, {}, replacement))).toMatchObject({ status: 200 });
      expect(await press(tokenOf(id, {}, replacement))).toMatchObject({ status: 200 });
      expect(await row(id)).toMatchObject({ by: ada('sre'), used: 1 });
    } finally {
      await putKey(key);
      await world.pass(1);
    }
  });

  test('expired: 410 with the other way, and nothing is done', async () => {
    const id = await incident();
    const token = tokenOf(id, { expires: Math.floor(now().getTime() / 1_000) });
    for (const answer of [await get(token), await press(token)])
      expect(answer).toMatchObject({
        status: 410,
        text: matching(new RegExp(`has expired.*npm run respond -- ack ${id}`, 's')),
      });
    expect(await row(id)).toMatchObject({ by: null, used: 0 });
  });

  test('of an unknown or resolved incident, or an earlier time of it: 409 in words', async () => {
    expect(await press(tokenOf('INC-nobody'))).toMatchObject({
      status: 409,
      text: containing('The record does not know INC-nobody'),
    });
    const id = await incident();
    const old = tokenOf(id);
    await resolved(id);
    expect(await press(old)).toMatchObject({
      status: 409,
      text: matching(/The incident is resolved.*by a run\..*Nothing was done/s),
    });
    await world.pool.query(
      'update responder.incident set episode = 2, closed_at = null where incident_id = $1',
      [id],
    );
    await world.pool.query(
      `insert into responder.episode (incident_id, episode, opened_at, opened_by_run, severity, severity_since, severity_cause)
       values ($1, 2, $2, 'r', 'SEV-3', $2, 'opening')`,
      [id, now()],
    );
    expect(await press(old)).toMatchObject({
      status: 409,
      text: matching(/that was episode 1, and this is 2.*Nothing was done/s),
    });
    expect(await row(id)).toMatchObject({ by: null, used: 0 });
  });

  test('is not used up when somebody else has the incident, and is good once it is graver', async () => {
    const id = await incident();
    const token = tokenOf(id, { recipient: 'lead' });
    expect(await world.give('sre-one', 'ack', id)).toMatchObject({ ok: true });
    expect(await get(token)).toMatchObject({
      status: 200,
      text: containing('sre-one acknowledged it on'),
    });
    expect(await press(token)).toMatchObject({
      status: 409,
      text: matching(/Somebody is handling it.*sre-one acknowledged it on 23 Nov 2026/s),
    });
    expect(await row(id)).toMatchObject({ by: SRE_ONE, used: 0 });
    await transaction(world.pool, (client) =>
      raise(client, id, { severity: 'SEV-1', cause: 'persistence', at: now().toISOString() }),
    );
    expect(await press(token)).toMatchObject({ status: 200 });
    expect(await row(id)).toMatchObject({ by: ada('lead'), used: 1 });
  });

  test('used before, it is not good for the graver incident: that message has a link of its own', async () => {
    const id = await incident();
    const token = tokenOf(id);
    expect(await press(token)).toMatchObject({ status: 200 });
    await transaction(world.pool, (client) =>
      raise(client, id, { severity: 'SEV-1', cause: 'persistence', at: now().toISOString() }),
    );
    expect(await press(token)).toMatchObject({ status: 410 });
    const { text } = await world.give('sre-two', 'list');
    expect(text.split('\n').find((line) => line.endsWith(id))).toMatch(
      /SEV-1.*nobody since it is SEV-1, due by/,
    );
    expect(await press(tokenOf(id, { expires: Math.floor(now().getTime() / 1_000) + 60 }))).toMatchObject({
      status: 200,
    });
  });

  test.each([
    ['none', {}],
    ['blanks', { name: '  ' }],
    ['markup', { name: '<b>Ada</b>' }],
    ['what looks like a part of the line', { name: 'sre-one (signed)' }],
    ['a turned direction of reading', { name: 'Ada\u202e eno-ers' }],
    ['a line of its own', { name: 'Ada\r\nset-cookie: a=b' }],
    ['more than 60 characters', { name: 'a'.repeat(61) }],
  ])('without a name (%s) nothing is done, and the form is shown again', async (_what, name) => {
    const id = await incident();
    const token = tokenOf(id);
    const answer = await press(token, name);
    expect(answer).toMatchObject({ status: 400, text: matching(/your name is missing.*<input id="name"/s) });
    expect(answer.text).not.toMatch(/<b>|signed|eno-ers|set-cookie/);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(await row(id)).toMatchObject({ by: null, used: 0 });
    expect(await press(token)).toMatchObject({
      status: 200,
      text: containing('the link shows that you read its messages, and not who you are'),
    });
  });

  test('two at once: one acknowledges, the other is told that it was used', async () => {
    const id = await incident();
    const token = tokenOf(id);
    const statuses = (await Promise.all([press(token), press(token), press(token)])).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, 410, 410]);
  });
});

test.each<[string, number, RequestInit & { at?: string }]>([
  ['no token', 400, {}],
  ['two tokens', 400, { at: '?t=a&t=b' }],
  ['another field', 400, { at: '?t=a&next=https://x.example/' }],
  ['a name in the address', 400, { at: '?t=a&name=Ada' }],
  ['another path', 404, { at: 'admin' }],
  ['another method', 405, { method: 'PUT' }],
  ['a body that is too long', 400, { method: 'POST', body: `t=${'x'.repeat(10_000)}` }],
  ['no form', 400, { method: 'POST', body: '{"t":"x"}' }],
])('a call with %s is answered %i', async (_what, status, { at = '', ...init }) => {
  const answer = await shown(fetch(`${page()}${at}`, init));
  expect(answer).toMatchObject({ status, text: containing('<!doctype html>') });
  expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
});

test('a web page may use no other part of the sandbox', async () => {
  expect(await shown(fetch(world.endpoint, { headers: browsing }))).toMatchObject({ status: 403 });
});

test('while the ledger is away: 503, nothing is done, and the same link does it later', async () => {
  const id = await incident();
  const token = tokenOf(id);
  world.ledger.cut();
  try {
    for (const answer of [await get(token), await press(token)])
      expect(answer).toMatchObject({
        status: 503,
        text: matching(/The ledger does not answer.*npm run respond -- ack/s),
      });
  } finally {
    world.ledger.restore();
  }
  expect(await row(id)).toMatchObject({ by: null, used: 0 });
  expect(await press(token)).toMatchObject({ status: 200 });
});

describe('by command', () => {
  test('a person acknowledges under their own name, once; the list says who', async () => {
    const id = await incident();
    const listed = async () => {
      const { text } = await world.give('sre-two', 'list');
      return text.split('\n').find((line) => line.endsWith(id));
    };
    expect(await listed()).toMatch(
      /^ {2}SEV-3 {2}INC-\d+ {2}cur-freshness +period=\d{4}-01 +since 23 Nov 2026 \d\d:\d\d UTC +nobody yet, due by 23 Nov 2026 \d\d:\d\d UTC +- +INC-/,
    );
    expect(await world.give('sre-one', 'ack', id)).toMatchObject({
      ok: true,
      text: containing(
        `${id} is yours (SEV-3). Nobody else is called, unless its severity is raised or it comes back.`,
      ),
    });
    expect(await listed()).toMatch(/ acknowledged by sre-one since 23 Nov 2026 \d\d:\d\d UTC /);
    for (const who of ['sre-one', 'sre-two'] as const)
      expect(await world.give(who, 'ack', id)).toMatchObject({
        ok: false,
        text: matching(/is not changed: sre-one has acknowledged it before, at 23 Nov 2026 \d\d:\d\d UTC\./),
      });
    expect((await world.audited()).filter(({ object_id: of }) => of === id)).toEqual([
      {
        action: 'responder.acknowledge',
        actor_type: 'operator_user',
        actor_id: SRE_ONE,
        object_type: 'incident',
        object_id: id,
        metadata: { caller: arnOfPerson('sre-one'), why: 'is handling it' },
      },
    ]);
  });

  test('a person declares it over, with a reason; then nothing more can be done to it', async () => {
    const id = await incident();
    expect(await world.give('sre-one', 'resolve', id)).toMatchObject({
      ok: false,
      text: matching(/reason.*Usage: npm run respond -- resolve <incident> --reason/s),
    });
    expect(await world.give('sre-one', 'resolve', id, '--reason', 'AWS has delivered')).toMatchObject({
      ok: true,
      text: matching(/is over, by your word.*An alarm that still stands opens it again with the next run\./),
    });
    for (const again of [
      ['ack', id],
      ['resolve', id, '--reason', 'again'],
    ])
      expect(await world.give('sre-two', ...again)).toMatchObject({
        ok: false,
        text: matching(/is not changed: it was resolved at 23 Nov 2026 \d\d:\d\d UTC/),
      });
    const { text } = await world.give('sre-two', 'incident', id);
    expect(text).toMatch(
      new RegExp(
        `^${id}:\n {2}it is not open\n\n.*incident\\.opened .*\n.*incident\\.resolved +AWS has delivered, by sre-one`,
      ),
    );
  });

  test.each([
    [['ack', 'INC-nobody'], /there is no incident INC-nobody.*`npm run respond -- list` shows/],
    [
      ['resolve', 'INC-nobody', '--reason', 'x'],
      /there is no incident INC-nobody.*`npm run respond -- list` shows/,
    ],
    [['incident', 'INC-nobody'], /there is no incident INC-nobody on record; `list` shows/],
    [['ack', 'cur-freshness'], /the id of an incident.*INC-….*Usage: npm run respond -- ack <incident>/s],
  ])('%j is explained', async (typed, wanted) => {
    expect(await world.give('sre-one', ...typed)).toMatchObject({ ok: false, text: matching(wanted) });
  });

  test('an onlooker may not', async () => {
    const id = await incident();
    expect(await world.give('onlooker', 'ack', id)).toMatchObject({
      ok: false,
      text: matching(/^403 Forbidden/),
    });
    expect(await row(id)).toMatchObject({ by: null });
  });
});

test('more requests at once than the page may answer are turned away, and SRE is notified of it', async () => {
  const token = tokenOf(await incident());
  const statuses = (await Promise.all(Array.from({ length: 60 }, () => get(token)))).map(
    ({ status }) => status,
  );
  expect([...new Set(statuses)].sort()).toEqual([200, 429]);
  await world.until(
    'SRE to be notified of the throttles',
    () => world.notices('commercial-ops-sre', /ALARM: "responder-acknowledge-throttled"/).length === 1,
    15,
  );
});
