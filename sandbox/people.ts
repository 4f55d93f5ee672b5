import type { UserKey, UserKeys } from '../emulator/aws/iam-user-keys.ts';
import { arn, REGION } from '../emulator/kernel/places.ts';
import { inRegion, NAMES } from '../lib/names.ts';

const PEOPLES_POLICY = inRegion(NAMES.peoplesPolicy, { region: REGION });

/**
 * Who works here: two of SRE and one of FinOps who may command the responder, an auditor who may read, a contractor whom
 * AWS lets through to a responder that does not list them, and one who is not let through at all.
 */
const PEOPLE = {
  'sre-one': [PEOPLES_POLICY],
  'sre-two': [PEOPLES_POLICY],
  'finops-one': [PEOPLES_POLICY],
  auditor: [PEOPLES_POLICY],
  contractor: [PEOPLES_POLICY],
  onlooker: [],
} as const;

export type PersonName = keyof typeof PEOPLE;
export const PEOPLE_NAMES = Object.keys(PEOPLE) as readonly PersonName[];

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
