import type { UserKey, UserKeys } from '../emulator/aws/iam-user-keys.ts';
import { arn } from '../emulator/kernel/places.ts';

/** Who works here: two of SRE and one of FinOps who may command the responder, and one who may not. */
const PEOPLE = {
  'sre-one': ['responder-people'],
  'sre-two': ['responder-people'],
  'finops-one': ['responder-people'],
  onlooker: [],
} as const;

export type PersonName = keyof typeof PEOPLE;

/** The people of the example company, as IAM users with access keys. */
export class People {
  private readonly userKeys: UserKeys;

  constructor(userKeys: UserKeys) {
    this.userKeys = userKeys;
  }

  /** Call it once the stack is deployed: the managed policy of these users belongs to it. */
  async ensure(): Promise<void> {
    for (const [name, policies] of Object.entries(PEOPLE))
      await this.userKeys.ensure(
        name,
        policies.map((policy) => arn('iam', `policy/${policy}`)),
      );
  }

  keyOf(name: PersonName): UserKey {
    return this.userKeys.keyOf(name);
  }
}
