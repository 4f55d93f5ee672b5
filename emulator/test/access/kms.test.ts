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
