import { arn } from '../kernel/places.ts';
import type { Collection, Store } from '../kernel/store.ts';
import { evaluateResourcePolicy } from './iam-resource-policy.ts';
import type { Asker } from './iam-resource-policy.ts';
import type { Iam } from './iam.ts';

interface Key {
  readonly id: string;
  readonly arn: string;
  readonly policy: string;
}

/** Keys and their policies: who may use what they encrypt. Nothing is really encrypted. */
export class Kms {
  private readonly keys: Collection<Key>;
  private readonly iam: Iam;

  constructor({ store, iam }: { store: Pick<Store, 'collection'>; iam: Iam }) {
    this.keys = store.collection<Key>('kms.key');
    this.iam = iam;
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

  /**
   * Whether `who` may do all `actions` with the key. An AWS-managed key (`alias/aws/sns`) allows
   * the account's principals through its service, and no other service: alarms get lost that way.
   * An unknown key allows nobody.
   * @param keyId id or ARN, or the alias of an AWS-managed key
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

  private find(keyId: string): Key | undefined {
    return this.keys.get(keyId.replace(/^(arn:[^/]*:)?key\//, ''));
  }
}
