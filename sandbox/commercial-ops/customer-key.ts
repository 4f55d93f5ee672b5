import { arn } from '../../emulator/kernel/places.ts';
import type { Kms } from '../../emulator/aws/kms.ts';
import type { Estate } from '../../lambdas/platform/settings.ts';

interface HasKeys {
  readonly kms: Pick<Kms, 'createKey' | 'encrypt'>;
}

const KEY_ID = '5a7c1e02-9b64-4d0f-8f3e-2c6b1d9e7a10';

/** Commercial-Ops' own key: it encrypts everything here that a key can encrypt. */
export const CUSTOMER_KEY = arn('kms', `key/${KEY_ID}`);

const ALLOW = { Effect: 'Allow', Resource: '*' };

/** The key's policy as KMS proposes it: who may use the key, IAM decides; and SNS delivers into encrypted queues. */
const POLICY = {
  Version: '2012-10-17',
  Statement: [
    { ...ALLOW, Principal: { AWS: arn('iam', 'root') }, Action: 'kms:*' },
    { ...ALLOW, Principal: { Service: 'sns.amazonaws.com' }, Action: ['kms:GenerateDataKey', 'kms:Decrypt'] },
  ],
};

/** Makes the key, or lets everybody use it again. */
export const giveKey = ({ kms }: HasKeys): Promise<string> =>
  kms.createKey({ keyId: KEY_ID, policy: POLICY });

/** The fault "somebody has changed the key's policy": what `Condition` fits may not use the key. */
export const withdrawKey = ({ kms }: HasKeys, Condition: object): Promise<string> =>
  kms.createKey({
    keyId: KEY_ID,
    policy: {
      ...POLICY,
      Statement: [
        ...POLICY.Statement,
        { Effect: 'Deny', Principal: '*', Action: 'kms:*', Resource: '*', Condition },
      ],
    },
  });

/** What Commercial-Ops keeps, and the variables of its functions. Its topics name the key themselves. */
export async function encryptEverything({
  kms,
  estate,
  commercialOps,
}: HasKeys & {
  readonly estate: Estate;
  readonly commercialOps: { functions(): readonly { readonly name: string }[] };
}): Promise<void> {
  const { cur, athena, payments, runners, jobs } = estate;
  const functions = [...commercialOps.functions().map(({ name }) => name), jobs.curIngestion];
  for (const resource of [
    ...[cur.bucket, athena.warehouseBucket, athena.resultsBucket].map((bucket) => arn('s3', bucket)),
    ...[payments.queue, payments.deadLetters, runners.queue].map((queue) => arn('sqs', queue)),
    ...functions.map((name) => arn('lambda', `function:${name}`)),
  ])
    await kms.encrypt(resource, CUSTOMER_KEY);
}
