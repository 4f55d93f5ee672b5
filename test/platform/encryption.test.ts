import { actionsOfAll } from '../../lambdas/catalog/playbooks/permissions.ts';
import { sessionPolicy } from '../../lambdas/platform/clients.ts';
import { withKeys } from '../../lambdas/platform/encryption.ts';
import { classify } from '../../lambdas/platform/error-class.ts';
import { exampleSettings } from '../support/settings.ts';

const KEY = 'arn:aws:kms:us-east-1:012345678901:key/5a7c1e02-9b64-4d0f-8f3e-2c6b1d9e7a10';
const calls = (...actions: string[]) => [{ actions, resources: ['*'] }];
/** The statements on keys, in short. */
const onKeys = (actions: string[], encryptionKeys = [KEY]) =>
  withKeys(calls(...actions), { encryptionKeys })
    .slice(1)
    .map(({ actions: [action], conditions }) => [action, conditions?.['StringLike']?.['kms:ViaService']]);

test('a call gets of the customer’s keys what its own service needs, and nothing without keys or need', () => {
  expect(onKeys(['secretsmanager:GetSecretValue'])).toEqual([
    ['kms:Decrypt', ['secretsmanager.*.amazonaws.com']],
  ]);
  expect(onKeys(['s3:GetObject', 's3:PutObject', 'sqs:ReceiveMessage'])).toEqual([
    ['kms:Decrypt', ['s3.*.amazonaws.com', 'sqs.*.amazonaws.com']],
    ['kms:GenerateDataKey', ['s3.*.amazonaws.com']],
  ]);
  expect(onKeys(['rds-db:connect', 'glue:StartJobRun', 'autoscaling:SetDesiredCapacity'])).toEqual([]);
  expect(onKeys(['s3:GetObject'], [])).toEqual([]);
});

test('what is only in our own workgroup’s bucket needs no key: S3’s own encrypts it', () => {
  const queries = { workgroup: 'responder', bucket: 'results', prefix: 'queries' };
  const put = (...resources: string[]) =>
    withKeys([{ actions: ['s3:PutObject'], resources }], { encryptionKeys: [KEY], queries }).slice(1);
  expect(put('arn:aws:s3:::results/queries/*')).toEqual([]);
  expect(put('arn:aws:s3:::results/queries/*', 'arn:aws:s3:::results-of-theirs/*')).toHaveLength(2);
});

test('a grant is made for a service of AWS alone', () => {
  const grants = withKeys(calls('lambda:UpdateFunctionConfiguration'), { encryptionKeys: [KEY] });
  expect(grants.find(({ actions }) => actions.includes('kms:CreateGrant'))).toEqual({
    actions: ['kms:CreateGrant'],
    resources: [KEY],
    conditions: {
      StringLike: { 'kms:ViaService': ['lambda.*.amazonaws.com'] },
      Bool: { 'kms:GrantIsForAWSResource': 'true' },
    },
  });
});

test.each(actionsOfAll().map((action) => [action.name, action] as const))(
  'the session policy of %s fits into STS with any number of keys, and has what the role allows',
  (_name, { permissions }) => {
    const settings = exampleSettings({ encryptionKeys: Array<string>(50).fill(KEY) });
    const policy = sessionPolicy(permissions(settings), settings);
    expect(policy.length).toBeLessThanOrEqual(2_048);
    for (const { actions } of withKeys(permissions(settings), settings))
      for (const action of actions) expect(policy).toContain(JSON.stringify(action));
  },
);

test('a session policy that does not fit says so before STS does', () => {
  const settings = exampleSettings({});
  const many = Array.from({ length: 60 }, (_, i) => ({
    actions: ['sqs:SendMessage'],
    resources: [`queue-${i}`],
  }));
  expect(() => sessionPolicy(many, settings)).toThrow(/has \d+ characters, and STS takes 2048/);
});

test.each([
  ['KMSAccessDeniedException', 'The ciphertext refers to a customer master key that …'],
  ['KmsAccessDenied', ''],
  ['AccessDenied', 'User: x is not authorized to perform: kms:Decrypt on resource: y'],
  ['AccessDeniedException', 'Access to KMS is not allowed'],
  ['InvalidParameterValueException', 'Lambda was unable … because the KMS access was denied'],
])('%s is told as what is missing: the key', (name, message) =>
  expect(classify({ name, message })).toEqual({
    class: 'refused',
    words: `denied the use of an encryption key (${name})`,
  }),
);
