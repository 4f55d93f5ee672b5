import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { once } from '../../platform/once.ts';
import { JiraError } from './error.ts';

const Secret = z.object({ email: z.string().min(1), token: z.string().min(1) });

/** The value of the header `Authorization`. */
export interface Login {
  header(within: AbortSignal): Promise<string>;
  /** Read the secret again next time: the token may have rotated. */
  forget(): void;
}

/** Retrying would not help. */
const LASTING = /AccessDenied|NotFound|Decryption|InvalidParameter|InvalidRequest|Validation/;

/** Reads the secret on first use, and keeps it. */
export function loginOf(secretArn: string, secrets: () => Promise<SecretsManager>): Login {
  let signal: AbortSignal;
  const read = async (): Promise<string> => {
    const { email, token } = secretIn(await textOf(secretArn, secrets, signal), secretArn);
    return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
  };
  let kept = once(read);
  return {
    header(within) {
      signal = within;
      return kept();
    },
    forget() {
      kept = once(read);
    },
  };
}

async function textOf(
  secretArn: string,
  secrets: () => Promise<SecretsManager>,
  abortSignal: AbortSignal,
): Promise<string> {
  try {
    const client = await secrets();
    const { SecretString } = await client.getSecretValue(
      { SecretId: secretArn },
      {
        abortSignal,
      },
    );
    return SecretString ?? '';
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : 'no error';
    throw new JiraError(
      LASTING.test(name) ? 'refused' : 'away',
      `Jira was not asked: its secret ${secretArn} could not be read (${name}); ` +
        'wanted: a secret that is there, that the function may read and whose key it may use',
      { cause },
    );
  }
}

/** Errors do not quote the secret, nor the parser. */
function secretIn(text: string, secretArn: string): z.infer<typeof Secret> {
  const read = Secret.safeParse(parsed(text));
  if (read.success) return read.data;
  throw new JiraError(
    'refused',
    `Jira was not asked: its secret ${secretArn} is not what was wanted, JSON with the strings "email" and "token"; ` +
      'write both into it: the account’s e-mail address, and an API token of that account',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
