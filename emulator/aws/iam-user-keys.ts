import { randomBytes } from 'node:crypto';
import type { Credentials } from '../kernel/credentials.ts';
import { arn } from '../kernel/places.ts';
import type { Collection, Store } from '../kernel/store.ts';
import type { Iam } from './iam.ts';

/** A lasting access key of an IAM user. */
export interface UserKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** IAM users with one lasting access key each, made once: an emulator that starts again finds them. */
export class UserKeys {
  private readonly keys: Collection<UserKey>;
  private readonly iam: Iam;
  private readonly credentials: Credentials;

  constructor(needs: { store: Pick<Store, 'collection'>; iam: Iam; credentials: Credentials }) {
    this.keys = needs.store.collection<UserKey>('sandbox.person');
    this.iam = needs.iam;
    this.credentials = needs.credentials;
    // Before the endpoint listens: an unknown key counts as root's.
    for (const [name, key] of this.keys.entries()) this.admit(name, key);
  }

  /** Makes the user and the key, unless both are there. Managed policies must exist. */
  async ensure(name: string, managedPolicyArns: readonly string[]): Promise<void> {
    if (this.keys.get(name) && this.iam.user(name)) return;
    await this.iam.createUser(name, managedPolicyArns);
    const key = {
      accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString('base64'),
    };
    await this.keys.put(name, key);
    this.admit(name, key);
  }

  /** @throws when the user was not made yet */
  keyOf(name: string): UserKey {
    const key = this.keys.get(name);
    if (!key) throw new Error(`${name} has no access key: call ensure('${name}', …) first`);
    return key;
  }

  private admit(name: string, key: UserKey): void {
    this.credentials.admit(key, { arn: arn('iam', `user/${name}`), userName: name, verified: true });
  }
}
