import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SecretsManager, secretsManagerDefinition } from '../../aws/secrets-manager.ts';
import { makeWorld, serve } from '../wire/serve.ts';
import type { Served, World } from '../wire/serve.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:012345678901:secret:ledger-AbCdEf';
let world: World;
let served: Served;
let secrets: SecretsManager;
beforeAll(async () => {
  world = makeWorld();
  secrets = new SecretsManager(world);
  served = await serve(world, [secretsManagerDefinition(secrets)]);
  await secrets.putSecret(ARN, 'ledger', '{"username":"u"}');
});
afterAll(() => served.close());

const get = (SecretId: string, more = {}, key = served.config()) =>
  new SecretsManagerClient(key).send(new GetSecretValueCommand({ SecretId, ...more }));

test.each(['ledger', ARN, ARN.slice(0, -7)])('is found as %s', async (id) => {
  const found = await get(id, { VersionStage: 'AWSCURRENT' });
  expect(found).toMatchObject({
    ARN,
    Name: 'ledger',
    SecretString: '{"username":"u"}',
    VersionStages: ['AWSCURRENT'],
  });
  expect((await get(id, { VersionId: found.VersionId })).SecretString).toBe('{"username":"u"}');
});

test('has one version', async () => {
  const before = await get('ledger');
  await secrets.putSecret(ARN, 'ledger', '{"username":"v"}');
  expect((await get('ledger')).SecretString).toBe('{"username":"v"}');
  const missing = { name: 'ResourceNotFoundException' };
  await expect(get('ledger', { VersionId: before.VersionId })).rejects.toMatchObject(missing);
  await expect(get('ledger', { VersionStage: 'AWSPREVIOUS' })).rejects.toMatchObject(missing);
  await expect(get('other')).rejects.toMatchObject(missing);
});

test('is for those who are allowed', async () => {
  const trust = {
    Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  };
  const document = { Statement: { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: ARN } };
  await world.iam.createRole({ name: 'reader', trust, policies: [{ name: 'p', document }] });
  await world.iam.createRole({ name: 'other', trust });
  const as = (roleName: string) =>
    served.config(
      world.credentials.issue({ arn: `arn:aws:sts::012345678901:assumed-role/${roleName}/s`, roleName }),
    );
  expect((await get('ledger', {}, as('reader'))).Name).toBe('ledger');
  await expect(get('ledger', {}, as('other'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('one that a stack asks for is made up once, and stays', async () => {
  const { arn } = await secrets.generateSecret('responder/link-key', 64);
  expect(arn).toMatch(/:secret:responder\/link-key-[A-Za-z0-9]{6}$/);
  const { SecretString } = await get('responder/link-key');
  expect(SecretString).toMatch(/^[!-~]{64}$/);
  expect(await secrets.generateSecret('responder/link-key', 64)).toMatchObject({ arn });
  expect(await get(arn)).toMatchObject({ SecretString });
});
