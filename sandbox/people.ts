import { randomBytes } from 'node:crypto';
import type { Iam } from '../emulator/aws/iam.ts';
import type { Credentials } from '../emulator/kernel/credentials.ts';
import { arn } from '../emulator/kernel/places.ts';
import type { Store } from '../emulator/kernel/store.ts';

/** Who works here: two of SRE and one of FinOps who may command the responder, and one who may not. */
const PEOPLE = {
  'sre-one': ['responder-people'],
  'sre-two': ['responder-people'],
  'finops-one': ['responder-people'],
  onlooker: [],
} as const;

export type PersonName = keyof typeof PEOPLE;

/** A lasting access key of an IAM user. */
export interface PersonsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** IAM users with access keys of their own, made once: a sandbox that starts again finds them. */
export class People {
  private readonly keys;
  private readonly iam: Iam;
  private readonly credentials: Credentials;

  constructor({
    store,
    iam,
    credentials,
  }: {
    store: Pick<Store, 'collection'>;
    iam: Iam;
    credentials: Credentials;
  }) {
    this.keys = store.collection<PersonsKey>('sandbox.person');
    this.iam = iam;
    this.credentials = credentials;
    // Before anything listens: a key that nobody knows is root's.
    for (const [name, key] of this.keys.entries()) this.admit(name, key);
  }

  /** Makes those who are lacking. Once the stack is there, for its managed policy is theirs. */
  async ensure(): Promise<void> {
    for (const [name, policies] of Object.entries(PEOPLE)) {
      if (this.keys.get(name) && this.iam.user(name)) continue;
      await this.iam.createUser(
        name,
        policies.map((policy) => arn('iam', `policy/${policy}`)),
      );
      const key = {
        accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
        secretAccessKey: randomBytes(30).toString('base64'),
      };
      await this.keys.put(name, key);
      this.admit(name, key);
    }
  }

  keyOf(name: PersonName): PersonsKey {
    const key = this.keys.get(name);
    if (!key) throw new Error(`${name} has no key yet: the sandbox is still starting`);
    return key;
  }

  private admit(name: string, key: PersonsKey): void {
    this.credentials.admit(key, { arn: arn('iam', `user/${name}`), userName: name, verified: true });
  }
}
