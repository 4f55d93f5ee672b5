import { VERBS } from '../../lambdas/domain/people.ts';
import { STSClient, AssumeRoleCommand } from '@aws-sdk/client-sts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { ROOT } from '../processes/child-sandbox.ts';
import { runScript } from '../processes/started.ts';
import { seedRun } from '../reporting/daily-report/seed.ts';
import type { Key } from './people.ts';

/** Its clock shows another time than this machine's: the command line must find out. */
const world = bootWorld({ volatile: false });

const respond = (key: Key, words: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  runScript(['scripts/respond.ts', ...words], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ENDPOINT_URL: world.endpoint,
      AWS_REGION: 'us-east-1',
      RESPONDER_URL: world.outputs['RespondUrl'],
      AWS_ACCESS_KEY_ID: key.accessKeyId,
      AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
      ...(key.sessionToken && { AWS_SESSION_TOKEN: key.sessionToken }),
      ...more,
    },
  });
const keyOf = (name: 'sre-one' | 'onlooker') => world.services.people.keyOf(name);

test('prints the answer; its code says whether it was done', async () => {
  const [done, unknown, wrong] = await Promise.all([
    respond(keyOf('sre-one'), ['whoami']),
    respond(keyOf('sre-one'), ['who-am-i']),
    respond(keyOf('sre-one'), ['whoami', '--by', 'sre-two']),
  ]);
  expect(done).toEqual({
    code: 0,
    out: 'you are sre-one, by arn:aws:iam::012345678901:user/sre-one. You may look, operate, approve, administer.\n',
    err: '',
  });
  expect(unknown).toEqual({ code: 2, out: '', err: matching(/no command "who-am-i".*whoami/s) });
  expect(wrong).toEqual({ code: 2, out: '', err: matching(/whoami has no option --by;.*Usage: .*whoami/s) });
});

test('--json prints the data alone; ids may be short; status says how things stand', async () => {
  const at = -30;
  for (const [i, run] of ['lag-abc-1', 'lag-abd-2'].entries())
    await seedRun(world.pool, {
      run,
      playbook: 'invoice-lag',
      severity: 'SEV-2',
      at: at + i,
      target: { period: `2026-0${i + 1}` },
    });
  const key = keyOf('sre-one');
  const { rows } = await world.pool.query<{ number: number }>(
    `select number from responder.incident where incident_id = 'INC-lag-abc-1'`,
  );
  const short = `INC-${rows[0]?.number}`;
  const [whoami, status, one, several, none, acked] = await Promise.all([
    respond(key, ['whoami', '--json']),
    respond(key, ['status']),
    respond(key, ['why', 'lag-abc']),
    respond(key, ['why', 'lag-ab']),
    respond(key, ['why', 'lag-x']),
    respond(key, ['ack', short]),
  ]);
  expect(JSON.parse(whoami.out)).toMatchObject({ person: 'sre-one' });
  expect(status).toMatchObject({
    code: 0,
    out: matching(/2 open incidents; .*INC-\d+.*\n.*2 runs at work/s),
  });
  expect(one).toMatchObject({ code: 0, out: matching(/^lag-abc-1: at work/) });
  expect(several).toMatchObject({
    code: 1,
    out: '',
    err: matching(/"lag-ab" begins several ids: lag-abd-2, lag-abc-1/),
  });
  expect(none).toMatchObject({ code: 1, out: '', err: matching(/there is no run "lag-x"/) });
  expect(acked).toMatchObject({ code: 0, out: matching(/^INC-lag-abc-1 is yours/) });
});

test('says what is lacking, and where it is to be had', async () => {
  const [forbidden, nowhere, nobody, down] = await Promise.all([
    respond(keyOf('onlooker'), ['whoami']),
    respond(keyOf('sre-one'), ['whoami'], { RESPONDER_URL: '' }),
    respond({ accessKeyId: '', secretAccessKey: '' }, ['whoami']),
    respond(keyOf('sre-one'), ['whoami', '--url', 'http://127.0.0.1:9/']),
  ]);
  expect(forbidden).toEqual({ code: 1, out: '', err: matching(/^403 Forbidden.*policy responder-people/s) });
  expect(nowhere).toEqual({ code: 1, out: '', err: matching(/wanted RESPONDER_URL .*output RespondUrl/s) });
  expect(nobody).toEqual({
    code: 1,
    out: '',
    err: matching(/no AWS credentials were found.*aws sso login.*Nothing was sent/),
  });
  expect(down).toEqual({ code: 3, out: '', err: matching(/did not answer at http:\/\/127.0.0.1:9/) });
});

test('a session of a permission set is the human whom it is named after', async () => {
  const { iam } = world.services;
  const root = 'arn:aws:iam::012345678901:root';
  const role = await iam.createRole({
    name: 'AWSReservedSSO_Sre_0123456789abcdef',
    trust: { Statement: { Effect: 'Allow', Principal: { AWS: root }, Action: 'sts:AssumeRole' } },
    managedPolicyArns: ['arn:aws:iam::012345678901:policy/responder-people-us-east-1'],
  });
  const sts = new STSClient({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: world.rootKey,
  });
  const { Credentials: given } = await sts.send(
    new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: 'sre-one@example.com' }),
  );
  sts.destroy();
  const key = {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
  expect((await respond(key, ['whoami'])).out).toBe(
    `you are sre-one, by arn:aws:sts::012345678901:assumed-role/AWSReservedSSO_Sre_0123456789abcdef/sre-one@example.com. You may ${VERBS.join(', ')}.\n`,
  );
  const { sessionToken: _left, ...without } = key;
  expect(await respond(without, ['whoami'])).toMatchObject({ code: 1, err: matching(/security token/) });
});

test('people keep their keys when the sandbox starts again', async () => {
  const before = keyOf('sre-one');
  await world.restart();
  expect(keyOf('sre-one')).toEqual(before);
  expect((await respond(before, ['whoami'])).out).toContain('sre-one');
});
