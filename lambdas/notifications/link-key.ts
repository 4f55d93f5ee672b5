import { awsClients, within } from '../platform/aws.ts';
import { recent } from '../platform/once.ts';
import type { Settings } from '../platform/settings.ts';

/** A shorter key than the stack generates was set by hand, and badly. */
const SHORTEST = 32;

/** Opening a page may rest on a key of this age. */
const USUAL_MS = 5 * 60_000;
/** What must know a replacement at once; also the most that a flood of wrong links has it read. */
const AT_ONCE_MS = 5_000;

/** @param how `at once` knows a replaced key within seconds; by default within five minutes */
export type LinkKey = (how?: 'at once') => Promise<string>;

/**
 * The key that signs links. People replace it when it may have leaked, and processes live for hours.
 * @throws when the secret cannot be read, or holds no valid key
 */
export function linkKey(settings: Pick<Settings, 'linkKey'>): LinkKey {
  const read = keyReader(settings);
  return (how) => read(how === 'at once' ? AT_ONCE_MS : USUAL_MS);
}

const keyReader = ({ linkKey: name }: Pick<Settings, 'linkKey'>) =>
  recent(async () => {
    const client = await awsClients({ maxAttempts: 2, requestHandler: within(3_000, 2_000) }).secrets();
    try {
      const { SecretString = '' } = await client.getSecretValue({ SecretId: name });
      if (SecretString.length >= SHORTEST) return SecretString;
      throw new Error(
        `the secret ${name} holds ${SecretString.length} characters; wanted at least ${SHORTEST}, as the stack generates them`,
      );
    } finally {
      client.destroy();
    }
  });
