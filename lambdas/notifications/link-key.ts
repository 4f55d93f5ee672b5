import { awsClients, within } from '../platform/aws.ts';
import { once } from '../platform/once.ts';
import type { Settings } from '../platform/settings.ts';

/** Shorter than what the stack generates, a key was put there by hand, and not well. */
const SHORTEST = 32;

/**
 * The key that signs the links, read once per process; a failure is not kept.
 * @throws when the secret cannot be read, or holds no good key
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
