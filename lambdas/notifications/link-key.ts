import { awsClients, within } from '../platform/aws.ts';
import { once } from '../platform/once.ts';
import type { Settings } from '../platform/settings.ts';

/** A shorter key than the stack generates was set by hand, and badly. */
const SHORTEST = 32;

/**
 * The key that signs links, read once per process; a failure is not kept.
 * @throws when the secret cannot be read, or holds no valid key
 */
export const linkKey = ({ linkKey: name }: Pick<Settings, 'linkKey'>): (() => Promise<string>) =>
  once(async () => {
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
