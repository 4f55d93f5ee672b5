import { randomBytes } from 'node:crypto';
import type { Principal } from './service.ts';
import { arn } from './places.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The account's owner, who may do everything: any key that the emulator did not issue. */
export const ROOT: Principal = { arn: arn('iam', 'root') };

interface Issued {
  readonly principal: Principal;
  readonly secretAccessKey: string;
}

/**
 * The access keys that the emulator has issued to users, to workers and by AssumeRole, and their
 * principals.
 */
export class Credentials {
  private readonly issued = new Map<string, Issued>();

  issue(principal: Principal): AccessKey {
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const secretAccessKey = randomBytes(20).toString('hex');
    this.issued.set(accessKeyId, { principal, secretAccessKey });
    return { accessKeyId, secretAccessKey, sessionToken: tokenOf(accessKeyId) };
  }

  /** Accepts a lasting key of a user, which was made elsewhere. */
  admit(key: { accessKeyId: string; secretAccessKey: string }, principal: Principal): void {
    this.issued.set(key.accessKeyId, { principal, secretAccessKey: key.secretAccessKey });
  }

  /**
   * The secret that signs with this key; undefined for a key that the emulator did not issue.
   * @param token the session token of the request: a session's key is invalid without it
   */
  secretOf(accessKeyId: string, token: string | undefined): string | undefined {
    const wanted = accessKeyId.startsWith('ASIA') ? tokenOf(accessKeyId) : undefined;
    return token === wanted ? this.issued.get(accessKeyId)?.secretAccessKey : undefined;
  }

  /** Replaces the principal of a key, e.g. once its worker has a process id. */
  update(accessKeyId: string, principal: Principal): void {
    const secretAccessKey = this.issued.get(accessKeyId)?.secretAccessKey ?? '';
    this.issued.set(accessKeyId, { principal, secretAccessKey });
  }

  revoke(accessKeyId: string): void {
    this.issued.delete(accessKeyId);
  }

  principalOf(accessKeyId: string | undefined): Principal {
    return (accessKeyId && this.issued.get(accessKeyId)?.principal) || ROOT;
  }
}

const tokenOf = (accessKeyId: string): string => `sandbox-${accessKeyId}`;
