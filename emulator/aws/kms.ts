import type {
  DescribeKeyCommandInput,
  DescribeKeyCommandOutput,
  GetKeyPolicyCommandInput,
  GetKeyPolicyCommandOutput,
} from '@aws-sdk/client-kms';
import type { Clock } from '../kernel/clock.ts';
import { AwsError, operation } from '../kernel/service.ts';
import type { ServiceDefinition } from '../kernel/service.ts';
import { ACCOUNT, arn } from '../kernel/places.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { refuseOptions } from '../wire/refuse-options.ts';
import { evaluateResourcePolicy } from './iam-resource-policy.ts';
import type { Asker } from './iam-resource-policy.ts';
import type { Iam } from './iam.ts';

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly policy: string;
  readonly aliases: readonly string[];
  readonly created: string;
}

/** Keys as far as they decide who may use what they encrypt; nothing is really encrypted. */
export class Kms {
  private readonly keys: Collection<Key>;
  private readonly iam: Iam;
  private readonly clock: Clock;

  constructor({ store, iam, clock }: { store: Pick<Store, 'collection'>; iam: Iam; clock: Clock }) {
    this.keys = store.collection<Key>('kms.key');
    this.iam = iam;
    this.clock = clock;
  }

  /** Made anew, or given another policy. @param aliases e.g. `alias/responder` @returns the key's ARN */
  async createKey({
    keyId,
    policy,
    aliases = [],
  }: {
    keyId: string;
    policy: unknown;
    aliases?: readonly string[];
  }): Promise<string> {
    const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
    this.iam.policy(`key ${keyId}`, text);
    const created = this.keys.get(keyId)?.created ?? this.clock.now().toISOString();
    const key: Key = { id: keyId, arn: arn('kms', `key/${keyId}`), policy: text, aliases, created };
    await this.keys.put(keyId, key);
    return key.arn;
  }

  /**
   * Whether `who` may do all `actions` with the key. An AWS-managed key (`alias/aws/sns`) serves the account's own
   * principals through its service, and never another service: alarms vanish that way. An unknown key serves nobody.
   * @param keyId id, ARN, alias or alias ARN
   */
  mayUse(
    keyId: string,
    who: Asker,
    actions: readonly string[],
    context: Readonly<Record<string, string>> = {},
  ): boolean {
    if (/(^|:)alias\/aws\//.test(keyId)) return who.service === undefined && who.arn !== undefined;
    const key = this.find(keyId);
    if (!key) return false;
    const policy = this.iam.policy(`key ${key.id}`, key.policy);
    return actions.every((action) => {
      const verdict = evaluateResourcePolicy(policy, who, action, key.arn, context);
      if (verdict !== 'account') return verdict === 'allowed';
      return (
        who.arn !== undefined &&
        this.iam.check(this.iam.principalOf(who.arn), action, key.arn, context).allowed
      );
    });
  }

  definition(): ServiceDefinition {
    const resource = ({ KeyId = '' }: { KeyId: string | undefined }): string =>
      this.find(KeyId)?.arn ?? arn('kms', `key/${KeyId}`);
    return {
      signingName: 'kms',
      sdk: () => import('@aws-sdk/client-kms'),
      clientClass: 'KMSClient',
      operations: {
        DescribeKey: operation<DescribeKeyCommandInput, Pick<DescribeKeyCommandOutput, 'KeyMetadata'>>({
          action: 'kms:DescribeKey',
          resource,
          handle: (input) => {
            refuseOptions('DescribeKey', input, ['KeyId']);
            return { KeyMetadata: metadata(this.wanted(input.KeyId ?? '')) };
          },
        }),
        GetKeyPolicy: operation<GetKeyPolicyCommandInput, Omit<GetKeyPolicyCommandOutput, '$metadata'>>({
          action: 'kms:GetKeyPolicy',
          resource,
          handle: ({ KeyId = '', PolicyName = 'default' }) => {
            if (PolicyName !== 'default')
              throw new AwsError('NotFoundException', `No such policy exists: ${PolicyName}`);
            return { Policy: this.wanted(KeyId).policy, PolicyName };
          },
        }),
      },
    };
  }

  private find(keyId: string): Key | undefined {
    const name = keyId.startsWith('arn:') ? keyId.split(':').slice(5).join(':') : keyId;
    return name.startsWith('alias/')
      ? this.keys.all().find((key) => key.aliases.includes(name))
      : this.keys.get(name.replace(/^key\//, ''));
  }

  private wanted(keyId: string): Key {
    const key = this.find(keyId);
    if (!key) throw new AwsError('NotFoundException', `Key '${keyId}' does not exist`);
    return key;
  }
}

const metadata = (key: Key): DescribeKeyCommandOutput['KeyMetadata'] => ({
  KeyId: key.id,
  Arn: key.arn,
  AWSAccountId: ACCOUNT,
  CreationDate: new Date(key.created),
  Enabled: true,
  KeyState: 'Enabled',
  KeyManager: 'CUSTOMER',
  KeyUsage: 'ENCRYPT_DECRYPT',
  KeySpec: 'SYMMETRIC_DEFAULT',
  Origin: 'AWS_KMS',
  MultiRegion: false,
});
