import { arn, REGION } from '../kernel/places.ts';
import type { Principal } from '../kernel/service.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { evaluateResourcePolicy } from './iam-resource-policy.ts';
import type { Asker } from './iam-resource-policy.ts';
import type { Iam } from './iam.ts';

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly policy: string;
}

/** What a caller needs of the key that encrypts a call's resource: the service uses it in the caller's name. */
const USES: Readonly<Record<string, readonly [service: string, ...actions: string[]]>> = {
  's3:GetObject': ['s3', 'kms:Decrypt'],
  's3:PutObject': ['s3', 'kms:GenerateDataKey', 'kms:Decrypt'],
  'sqs:ReceiveMessage': ['sqs', 'kms:Decrypt'],
  'sqs:SendMessage': ['sqs', 'kms:GenerateDataKey', 'kms:Decrypt'],
  'secretsmanager:GetSecretValue': ['secretsmanager', 'kms:Decrypt'],
  'lambda:UpdateFunctionConfiguration': ['lambda', 'kms:Encrypt', 'kms:CreateGrant'],
  /** Not to call it, only to see the variables. */
  'lambda:Environment': ['lambda', 'kms:Decrypt'],
};

/** Keys and their policies: who may use what they encrypt. Nothing is really encrypted. */
export class Kms {
  private readonly keys: Collection<Key>;
  /** The key's id of each resource: a bucket, queue, secret or function, by its ARN. */
  private readonly encrypted: Collection<string>;
  private readonly iam: Iam;

  constructor({ store, iam }: { store: Pick<Store, 'collection'>; iam: Iam }) {
    this.keys = store.collection<Key>('kms.key');
    this.encrypted = store.collection<string>('kms.encrypted');
    this.iam = iam;
    iam.heedKeys(this);
  }

  /** Makes the key, or gives it another policy. @returns the key's ARN */
  async createKey({ keyId, policy }: { keyId: string; policy: unknown }): Promise<string> {
    const text = typeof policy === 'string' ? policy : JSON.stringify(policy);
    this.iam.policy(`key ${keyId}`, text);
    const key: Key = { id: keyId, arn: arn('kms', `key/${keyId}`), policy: text };
    await this.keys.put(keyId, key);
    return key.arn;
  }

  /** From now on nobody can use it: AWS deletes it days later. */
  async deleteKey(keyId: string): Promise<void> {
    await this.keys.delete(keyId);
  }

  /** From now on the key encrypts what the resource holds. */
  async encrypt(resourceArn: string, keyId: string): Promise<void> {
    await this.encrypted.put(resourceArn, keyId);
  }

  keyOf(resourceArn: string): string | undefined {
    const id = this.encrypted.get(resourceArn);
    return id === undefined ? undefined : this.find(id)?.arn;
  }

  /** What the caller may not do with the key of an action's resource; undefined when nothing stands in the way. */
  denial(
    principal: Principal,
    action: string,
    resource: string,
  ): { readonly action: string; readonly resource: string } | undefined {
    const [service, ...needed] = USES[action] ?? [];
    if (service === undefined) return undefined;
    // An object's key is its bucket's.
    const owner = service === 's3' ? resource.replace(/^([^/]+)\/.*$/s, '$1') : resource;
    const keyId = this.encrypted.get(owner);
    if (keyId === undefined) return undefined;
    const context = {
      'kms:ViaService': `${service}.${REGION}.amazonaws.com`,
      'kms:GrantIsForAWSResource': 'true',
    };
    const missing = needed.find(
      (one) => !this.mayUse(keyId, { arn: principal.arn, principal }, [one], context),
    );
    return missing === undefined
      ? undefined
      : { action: missing, resource: this.find(keyId)?.arn ?? arn('kms', `key/${keyId}`) };
  }

  /**
   * Whether `who` may do all `actions` with the key. An AWS-managed key (`alias/aws/sns`) allows
   * the account's principals through its service, and no other service: alarms get lost that way.
   * An unknown key allows nobody.
   * @param keyId id or ARN, or the alias of an AWS-managed key
   */
  mayUse(
    keyId: string,
    who: Asker & { readonly principal?: Principal },
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
      const principal = who.principal ?? (who.arn === undefined ? undefined : this.iam.principalOf(who.arn));
      return principal !== undefined && this.iam.check(principal, action, key.arn, context).allowed;
    });
  }

  private find(keyId: string): Key | undefined {
    return this.keys.get(keyId.replace(/^(arn:[^/]*:)?key\//, ''));
  }
}
