import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { iamDefinition } from '../../aws/iam-operations.ts';
import { Sts, stsDefinition } from '../../aws/sts.ts';
import { ANONYMOUS } from '../../wire/caller.ts';
import type { AccessKey } from '../../kernel/credentials.ts';
import type { Principal } from '../../kernel/service.ts';
import { makeWorld, serve } from '../wire/serve.ts';
import type { Served, World } from '../wire/serve.ts';

const ACTOR = 'arn:aws:iam::012345678901:role/actor';
const RUNNER: Principal = {
  arn: 'arn:aws:sts::012345678901:assumed-role/runner/i-1',
  roleName: 'runner',
  workerPid: 4242,
};
const allow = (Action: string, Resource = '*') => ({ Statement: { Effect: 'Allow', Action, Resource } });
const trusting = (Principal: object, more = {}) => ({
  Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole', ...more },
});

let world: World;
let served: Served;
beforeEach(async () => {
  world = makeWorld();
  served = await serve(world, [stsDefinition(new Sts(world)), iamDefinition(world.iam)]);
  await world.iam.createRole({ name: 'runner', trust: trusting({ Service: 'lambda.amazonaws.com' }) });
  await actor(trusting({ AWS: 'arn:aws:iam::012345678901:role/runner' }));
});
afterEach(() => served.close());

const actor = (trust: object) =>
  world.iam.createRole({ name: 'actor', trust, policies: [{ name: 'act', document: allow('glue:*') }] });
const as = (principal?: Principal): STSClient =>
  new STSClient(served.config(principal && world.credentials.issue(principal)));
const assume = (principal: Principal | undefined, more: Partial<AssumeRoleCommandInput> = {}) =>
  as(principal).send(new AssumeRoleCommand({ RoleArn: ACTOR, RoleSessionName: 'run-1', ...more }));
const keyOf = ({ Credentials }: Awaited<ReturnType<typeof assume>>): AccessKey => ({
  accessKeyId: Credentials?.AccessKeyId ?? '',
  secretAccessKey: Credentials?.SecretAccessKey ?? '',
  sessionToken: Credentials?.SessionToken ?? '',
});

const sessionOf = (answer: Awaited<ReturnType<typeof assume>>): Principal =>
  world.credentials.principalOf(keyOf(answer).accessKeyId) ?? ANONYMOUS;

test('GetCallerIdentity says who calls, and needs no permission', async () => {
  expect(await as().send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '012345678901',
    Arn: 'arn:aws:iam::012345678901:root',
  });
  const runner = await as(RUNNER).send(new GetCallerIdentityCommand({}));
  expect(runner).toMatchObject({ Arn: RUNNER.arn, UserId: `${world.iam.role('runner').id}:i-1` });
});

test('AssumeRole gives a session of the role, kept by its session policy, for the same worker', async () => {
  const Policy = JSON.stringify(
    allow('glue:StartJobRun', 'arn:aws:glue:us-east-1:012345678901:job/cur_ingest_prod'),
  );
  const answer = await assume(RUNNER, { Policy, DurationSeconds: 900 });
  const arn = 'arn:aws:sts::012345678901:assumed-role/actor/run-1';
  expect(answer.AssumedRoleUser).toEqual({ Arn: arn, AssumedRoleId: `${world.iam.role('actor').id}:run-1` });

  const session = sessionOf(answer);
  expect(session).toEqual({ arn, roleName: 'actor', sessionPolicy: Policy, workerPid: 4242 });
  const may = (action: string, job: string) =>
    world.iam.check(session, action, `arn:aws:glue:us-east-1:012345678901:job/${job}`).allowed;
  expect([
    may('glue:StartJobRun', 'cur_ingest_prod'),
    may('glue:StartJobRun', 'other'),
    may('glue:GetJobRun', 'cur_ingest_prod'),
  ]).toEqual([true, false, false]);
  const identity = await new STSClient(served.config(keyOf(answer))).send(new GetCallerIdentityCommand({}));
  expect(identity.Arn).toBe(arn);
});

test("a session ends by the emulator's clock", async () => {
  const answer = await assume(RUNNER, { DurationSeconds: 900 });
  const left = (answer.Credentials?.Expiration?.getTime() ?? 0) - world.clock.now().getTime();
  expect(left).toBe(900_000);
  const call = () => new STSClient(served.config(keyOf(answer))).send(new GetCallerIdentityCommand({}));
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 800_000));
  await call();
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 101_000));
  await expect(call()).rejects.toMatchObject({ name: 'ExpiredTokenException' });
});

describe('trust', () => {
  const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

  test('that does not name the caller', async () => {
    await actor(trusting({ Service: 'lambda.amazonaws.com' }));
    await expect(assume(RUNNER)).rejects.toMatchObject(denied);
    await expect(assume(undefined)).rejects.toThrow(/the trust of role actor does not name the caller/);
  });

  test("that names the account wants the caller's own permission, too", async () => {
    await actor(trusting({ AWS: 'arn:aws:iam::012345678901:root' }));
    await expect(assume(RUNNER)).rejects.toThrow(/no identity-based policy allows the sts:AssumeRole action/);
    await world.iam.putRolePolicy('runner', 'assume', allow('sts:AssumeRole', ACTOR));
    await assume(RUNNER);
    await assume(undefined);
  });

  test("a denial and the caller's session policy hold even if the trust names it", async () => {
    const sessionPolicy = JSON.stringify(allow('s3:*'));
    await expect(assume({ ...RUNNER, sessionPolicy })).rejects.toThrow(/no session policy allows/);
    await assume({ ...RUNNER, sessionPolicy: JSON.stringify(allow('sts:*')) });
    await world.iam.putRolePolicy('runner', 'no', {
      Statement: { Effect: 'Deny', Action: 'sts:*', Resource: '*' },
    });
    await expect(assume(RUNNER)).rejects.toThrow(/explicit deny in the identity-based policy no/);
  });

  test('that wants an external id', async () => {
    const Condition = { StringEquals: { 'sts:ExternalId': 'e-1' } };
    await actor(trusting({ AWS: 'arn:aws:iam::012345678901:role/runner' }, { Condition }));
    await expect(assume(RUNNER)).rejects.toMatchObject(denied);
    await assume(RUNNER, { ExternalId: 'e-1' });
  });

  test('that wants a tag: the caller must be allowed to give it, and the session keeps it', async () => {
    const runner = { AWS: 'arn:aws:iam::012345678901:role/runner' };
    const Condition = { StringEquals: { 'aws:RequestTag/action': ['settle', 'start'] } };
    const Tags = [{ Key: 'action', Value: 'settle' }];
    await actor(trusting(runner, { Condition }));
    await expect(assume(RUNNER, { Tags })).rejects.toThrow(/not authorized to perform: sts:TagSession/);
    await actor(trusting(runner, { Condition, Action: ['sts:AssumeRole', 'sts:TagSession'] }));
    await expect(assume(RUNNER)).rejects.toMatchObject(denied);
    await expect(assume(RUNNER, { Tags: [{ Key: 'action', Value: 'x' }] })).rejects.toMatchObject(denied);
    const session = sessionOf(await assume(RUNNER, { Tags }));
    const only = (action: string) => ({
      Statement: {
        Effect: 'Allow',
        Action: `s3:${action}`,
        Resource: '*',
        Condition: { StringEquals: { 'aws:PrincipalTag/action': action } },
      },
    });
    for (const action of ['settle', 'start']) await world.iam.putRolePolicy('actor', action, only(action));
    const may = (action: string) => world.iam.check(session, `s3:${action}`, '*').allowed;
    expect([may('settle'), may('start')]).toEqual([true, false]);
  });

  test('a role that is not there is denied as well', async () => {
    await expect(assume(RUNNER, { RoleArn: `${ACTOR}s` })).rejects.toMatchObject(denied);
  });
});

test.each([
  ['too long a session', { DurationSeconds: 3_601 }, 'ValidationError', /wanted: 900 to 3600/],
  [
    'too long a policy',
    { Policy: ' '.repeat(2_049) },
    'ValidationError',
    /2049 characters; the limit is 2048/,
  ],
  ['a wrong policy', { Policy: '{"Statement":{}}' }, 'MalformedPolicyDocumentException', /session/],
  ['a wrong name', { RoleSessionName: 'a b' }, 'ValidationError', /RoleSessionName 'a b'/],
  ['what is not emulated', { PolicyArns: [{ arn: 'a' }] }, 'NotImplemented', /does not emulate PolicyArns/],
])('%s is refused', async (_, more, name, message) => {
  const call = assume(RUNNER, more);
  await expect(call).rejects.toMatchObject({ name });
  await expect(call).rejects.toThrow(message);
});
