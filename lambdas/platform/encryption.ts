import type { IamStatement } from './iam.ts';
import type { Settings } from './settings.ts';

/** What a call needs of the key that encrypts what it reads or writes: the service uses it in the caller's name. */
const USES: Readonly<Record<string, readonly [service: string, ...actions: string[]]>> = {
  's3:GetObject': ['s3', 'kms:Decrypt'],
  's3:PutObject': ['s3', 'kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': ['sqs', 'kms:Decrypt'],
  'sqs:SendMessage': ['sqs', 'kms:GenerateDataKey', 'kms:Decrypt'],
  'sns:Publish': ['sns', 'kms:GenerateDataKey', 'kms:Decrypt'],
  'secretsmanager:GetSecretValue': ['secretsmanager', 'kms:Decrypt'],
  'lambda:GetFunctionConfiguration': ['lambda', 'kms:Decrypt'],
  'lambda:UpdateFunctionConfiguration': ['lambda', 'kms:Encrypt', 'kms:CreateGrant'],
  // The catalog's own data may be encrypted.
  'glue:GetTable': ['glue', 'kms:Decrypt'],
};

/**
 * The statements, and what their calls need of the customer's keys: through those services alone, for whoever may call
 * KMS directly can decrypt anything that the key has ever encrypted.
 */
export function withKeys(
  statements: readonly IamStatement[],
  { encryptionKeys, queries }: Pick<Settings, 'encryptionKeys' | 'queries'>,
): readonly IamStatement[] {
  if (encryptionKeys.length === 0) return statements;
  // S3's own key encrypts the results of our own workgroup.
  const isOurs = (resource: string): boolean =>
    queries !== undefined && resource.includes(`:::${queries.bucket}/`);
  const services = new Map<string, Set<string>>();
  for (const [service, ...needed] of statements
    .filter(({ resources }) => !resources.every(isOurs))
    .flatMap(({ actions }) => actions.map((one) => USES[one] ?? [''])))
    for (const one of needed) services.set(one, (services.get(one) ?? new Set()).add(service));
  return [
    ...statements,
    ...[...services].map(([action, via]): IamStatement => ({
      actions: [action],
      resources: encryptionKeys,
      conditions: {
        // A bucket may be in another Region.
        StringLike: { 'kms:ViaService': [...via].sort().map((service) => `${service}.*.amazonaws.com`) },
        ...(action === 'kms:CreateGrant' && { Bool: { 'kms:GrantIsForAWSResource': 'true' } }),
      },
    })),
  ];
}
