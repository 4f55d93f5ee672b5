import { Kms } from '../../aws/kms.ts';
import { makeWorld, type World } from '../wire/serve.ts';

const CLOUDWATCH = { service: 'cloudwatch.amazonaws.com' };
const USES = ['kms:Decrypt', 'kms:GenerateDataKey*'];
const account = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::012345678901:root' },
  Action: 'kms:*',
  Resource: '*',
};
const lets = (Service: string) => ({ Effect: 'Allow', Principal: { Service }, Action: USES, Resource: '*' });

let world: World;
let kms: Kms;
beforeEach(() => {
  world = makeWorld();
  kms = new Kms(world);
});
afterEach(() => world.clock.stop());

const key = (...Statement: object[]) =>
  kms.createKey({ keyId: 'k-1', policy: { Version: '2012-10-17', Statement } });

test('CloudWatch may use a key that lets it, and no other', async () => {
  const arn = await key(account, lets(CLOUDWATCH.service));
  expect(arn).toBe('arn:aws:kms:us-east-1:012345678901:key/k-1');
  for (const name of ['k-1', arn]) {
    expect(kms.mayUse(name, CLOUDWATCH, ['kms:Decrypt', 'kms:GenerateDataKey'])).toBe(true);
  }
  expect(kms.mayUse(arn, CLOUDWATCH, ['kms:Decrypt', 'kms:Encrypt'])).toBe(false);
  expect(kms.mayUse(arn, { service: 'events.amazonaws.com' }, ['kms:Decrypt'])).toBe(false);
  await key(account);
  expect(kms.mayUse(arn, CLOUDWATCH, ['kms:Decrypt'])).toBe(false);
});

test('the AWS-managed key of SNS never lets CloudWatch, and an unknown key nobody', () => {
  for (const name of ['alias/aws/sns', 'arn:aws:kms:us-east-1:012345678901:alias/aws/sns']) {
    expect(kms.mayUse(name, CLOUDWATCH, ['kms:Decrypt'])).toBe(false);
    expect(kms.mayUse(name, { arn: 'arn:aws:sts::012345678901:assumed-role/r/s' }, ['kms:Decrypt'])).toBe(
      true,
    );
  }
  expect(kms.mayUse('gone', CLOUDWATCH, ['kms:Decrypt'])).toBe(false);
});

test("a key that lets the account leaves it to the role's own policies", async () => {
  const trust = {
    Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  };
  await world.iam.createRole({ name: 'r', trust });
  const arn = await key(account);
  const who = { arn: 'arn:aws:sts::012345678901:assumed-role/r/s' };
  expect(kms.mayUse(arn, who, ['kms:Decrypt'])).toBe(false);
  await world.iam.putRolePolicy('r', 'key', {
    Statement: { Effect: 'Allow', Action: 'kms:Decrypt', Resource: arn },
  });
  expect(kms.mayUse(arn, who, ['kms:Decrypt'])).toBe(true);
});

describe('what a key encrypts', () => {
  const QUEUE = 'arn:aws:sqs:us-east-1:012345678901:orders';
  const BUCKET = 'arn:aws:s3:::costs';
  const trust = {
    Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  };
  const all = { Effect: 'Allow', Action: ['sqs:*', 's3:*', 'lambda:*'], Resource: '*' };
  const session = {
    arn: 'arn:aws:sts::012345678901:assumed-role/r/s',
    roleName: 'r',
    tags: { action: 'redrive' },
  };
  const asked = (action: string, resource: string, who: object = {}) =>
    world.iam.check({ ...session, ...who }, action, resource);

  beforeEach(async () => {
    const arn = await key(account);
    for (const resource of [QUEUE, BUCKET]) await kms.encrypt(resource, arn);
    await world.iam.createRole({
      name: 'r',
      trust,
      policies: [{ name: 'calls', document: { Statement: all } }],
    });
  });

  const mayUse = (Action: string[], Condition: object = {}) =>
    world.iam.putRolePolicy('r', 'key', {
      Statement: {
        Effect: 'Allow',
        Action,
        Resource: '*',
        ...(Object.keys(Condition).length && { Condition }),
      },
    });

  test('can be used only by a caller who may also use the key', async () => {
    expect(asked('sqs:ReceiveMessage', QUEUE)).toMatchObject({
      allowed: false,
      reason: 'no identity-based policy allows the kms:Decrypt action',
      key: { action: 'kms:Decrypt', resource: 'arn:aws:kms:us-east-1:012345678901:key/k-1' },
    });
    await mayUse(['kms:Decrypt']);
    expect(asked('sqs:ReceiveMessage', QUEUE).allowed).toBe(true);
    expect(asked('s3:GetObject', `${BUCKET}/a/b`).allowed).toBe(true);
    expect(asked('sqs:SendMessage', QUEUE)).toMatchObject({ key: { action: 'kms:GenerateDataKey' } });
    expect(asked('s3:PutObject', `${BUCKET}/a/b`)).toMatchObject({ key: { action: 'kms:GenerateDataKey' } });
    // What is not encrypted needs no key, and neither do calls that touch no content.
    expect(asked('sqs:SendMessage', `${QUEUE}-2`).allowed).toBe(true);
    expect(asked('sqs:GetQueueAttributes', QUEUE).allowed).toBe(true);
  });

  test('is used through its own service, in a session as its tags and its policy have it', async () => {
    await mayUse(['kms:*'], { StringLike: { 'kms:ViaService': 'sqs.*.amazonaws.com' } });
    expect(asked('sqs:SendMessage', QUEUE).allowed).toBe(true);
    expect(asked('s3:GetObject', `${BUCKET}/a`).allowed).toBe(false);
    await mayUse(['kms:*'], { StringEquals: { 'aws:PrincipalTag/action': 'redrive' } });
    expect(asked('sqs:SendMessage', QUEUE).allowed).toBe(true);
    expect(asked('sqs:SendMessage', QUEUE, { tags: {} }).allowed).toBe(false);
    const sessionPolicy = JSON.stringify({ Statement: { Effect: 'Allow', Action: 'sqs:*', Resource: '*' } });
    expect(asked('sqs:SendMessage', QUEUE, { sessionPolicy }).allowed).toBe(false);
  });
});
