import { createHash, randomInt } from 'node:crypto';
import type {
  CreateSecretCommandInput,
  CreateSecretCommandOutput,
  DescribeSecretCommandInput,
  DescribeSecretCommandOutput,
  GetSecretValueCommandInput,
  GetSecretValueCommandOutput,
} from '@aws-sdk/client-secrets-manager';
import type { Clock } from '../kernel/clock.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { ServiceDefinition } from '../kernel/service.ts';
import { arn } from '../kernel/places.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { refuseOptions } from '../wire/refuse-options.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly value: string;
  readonly versionId: string;
  readonly created: string;
}

export const secretsManagerDefinition = (secrets: SecretsManager): ServiceDefinition => ({
  signingName: 'secretsmanager',
  sdk: () => import('@aws-sdk/client-secrets-manager'),
  clientClass: 'SecretsManagerClient',
  operations: {
    CreateSecret: operation<CreateSecretCommandInput, Omit<CreateSecretCommandOutput, '$metadata'>>({
      action: 'secretsmanager:CreateSecret',
      resource: ({ Name = '' }) => secrets.arnOf(Name),
      handle: (input) => secrets.createSecret(input),
    }),
    DescribeSecret: operation<DescribeSecretCommandInput, Omit<DescribeSecretCommandOutput, '$metadata'>>({
      action: 'secretsmanager:DescribeSecret',
      resource: ({ SecretId = '' }) => secrets.arnOf(SecretId),
      handle: ({ SecretId = '' }) => secrets.describeSecret(SecretId),
    }),
    GetSecretValue: operation<GetSecretValueCommandInput, Omit<GetSecretValueCommandOutput, '$metadata'>>({
      action: 'secretsmanager:GetSecretValue',
      resource: ({ SecretId = '' }) => secrets.arnOf(SecretId),
      handle: (input) => secrets.getSecretValue(input),
    }),
  },
});

const pick = (from: string, times: number): string =>
  Array.from({ length: times }, () => from[randomInt(from.length)] ?? '').join('');

/** Its last six characters are AWS's choice. */
const newArn = (name: string): string => arn('secretsmanager', `secret:${name}-${pick(LETTERS, 6)}`);

/** Secrets, with only their current version. */
export class SecretsManager {
  private readonly secrets: Collection<Secret>;
  private readonly clock: Clock;

  constructor({ store, clock }: { store: Pick<Store, 'collection'>; clock: Clock }) {
    this.secrets = store.collection<Secret>('secretsmanager.secret');
    this.clock = clock;
  }

  async putSecret(secretArn: string, name: string, value: string): Promise<void> {
    const created = this.clock.now().toISOString();
    const digest = createHash('sha256').update(`${secretArn} ${created} ${value}`).digest('hex');
    const versionId = digest.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
    await this.secrets.put(secretArn, { arn: secretArn, name, value, versionId, created });
  }

  /**
   * Generates a value for a new secret, with AWS's letters, digits and punctuation. An existing one
   * is unchanged.
   */
  async generateSecret(name: string, length: number): Promise<{ readonly arn: string }> {
    const there = this.secrets.all().find((secret) => secret.name === name);
    if (there) return there;
    const secretArn = newArn(name);
    await this.putSecret(secretArn, name, pick(LETTERS + PUNCTUATION, length));
    return { arn: secretArn };
  }

  hasSecret(name: string): boolean {
    return this.secrets.all().some((secret) => secret.name === name);
  }

  /** At once, as CloudFormation deletes; by default a person's deletion waits for 30 days. */
  async deleteSecret(secretArn: string): Promise<void> {
    await this.secrets.delete(secretArn);
  }

  async createSecret(input: CreateSecretCommandInput): Promise<Omit<CreateSecretCommandOutput, '$metadata'>> {
    refuseOptions('CreateSecret', input, ['Name', 'SecretString', 'ClientRequestToken', 'Description']);
    const { Name = '', SecretString = '' } = input;
    if (this.find(Name))
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${Name} already exists.`,
      );
    const ARN = newArn(Name);
    await this.putSecret(ARN, Name, SecretString);
    return { ARN, Name, VersionId: this.find(ARN)?.versionId };
  }

  /** The secret's ARN for policies, also of one that does not exist. */
  arnOf(secretId: string): string {
    const found = this.find(secretId);
    if (found) return found.arn;
    return secretId.startsWith('arn:') ? secretId : arn('secretsmanager', `secret:${secretId}`);
  }

  /** All but its value. */
  describeSecret(id: string): Omit<DescribeSecretCommandOutput, '$metadata'> {
    const secret = this.find(id);
    if (!secret)
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    return {
      ARN: secret.arn,
      Name: secret.name,
      CreatedDate: new Date(secret.created),
      VersionIdsToStages: { [secret.versionId]: ['AWSCURRENT'] },
    };
  }

  getSecretValue(input: GetSecretValueCommandInput): Omit<GetSecretValueCommandOutput, '$metadata'> {
    refuseOptions('GetSecretValue', input, ['SecretId', 'VersionId', 'VersionStage']);
    const secret = this.find(input.SecretId ?? '');
    const stage = input.VersionStage ?? 'AWSCURRENT';
    const isCurrent = stage === 'AWSCURRENT' && (input.VersionId ?? secret?.versionId) === secret?.versionId;
    if (!secret || !isCurrent) {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return {
      ARN: secret.arn,
      Name: secret.name,
      SecretString: secret.value,
      VersionId: secret.versionId,
      VersionStages: ['AWSCURRENT'],
      CreatedDate: new Date(secret.created),
    };
  }

  /** By name, by ARN, or by the ARN without the six random characters that AWS puts at its end. */
  private find(id: string): Secret | undefined {
    return (
      this.secrets.get(id) ??
      this.secrets
        .all()
        .find((secret) => secret.name === id || secret.arn.replace(/-[A-Za-z0-9]{6}$/, '') === id)
    );
  }
}
