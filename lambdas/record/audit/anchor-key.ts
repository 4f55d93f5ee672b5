import { awsClients, within } from '../../platform/aws.ts';
import { recent } from '../../platform/once.ts';
import type { Settings } from '../../platform/settings.ts';
import { sha256 } from './anchor-form.ts';
import { noteSigner, type NoteSigner } from './signed-note.ts';

const SHORTEST = 32;
const FRESH_MS = 5 * 60_000;

/** Each word of the secret makes a key: the current one, and those before it while it is replaced. */
export function signerOf(log: string, secret: string): NoteSigner {
  const words = secret.split(/\s+/).filter(Boolean);
  const short = words.find((word) => word.length < SHORTEST);
  if (words.length === 0 || short !== undefined)
    throw new Error(
      `it holds a key of ${short?.length ?? 0} characters; wanted at least ${SHORTEST}, as the stack generates it: ` +
        'put a new one, and the one before after a blank',
    );
  return noteSigner(
    log,
    words.map((word) => Buffer.from(sha256(word), 'hex')),
  );
}

/**
 * Signs anchors; the log is named after their bucket.
 * @throws when the secret cannot be read, or holds no valid key: nothing is anchored then
 */
export const anchorSigner = ({
  anchorKey: name,
  anchors,
}: Pick<Settings, 'anchorKey' | 'anchors'>): (() => Promise<NoteSigner>) => {
  const read = recent(async () => {
    const client = await awsClients({ maxAttempts: 2, requestHandler: within(3_000, 2_000) }).secrets();
    try {
      const { SecretString = '' } = await client.getSecretValue({ SecretId: name });
      return signerOf(anchors, SecretString);
    } catch (error) {
      throw new Error(`the key of the anchors, secret ${name}: ${String(error)}`, { cause: error });
    } finally {
      client.destroy();
    }
  });
  return () => read(FRESH_MS);
};
