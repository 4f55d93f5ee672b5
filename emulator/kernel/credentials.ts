import { randomBytes } from 'node:crypto';
import type { Principal } from './service.ts';
import { arn } from './places.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The person at the keyboard: any key that the sandbox did not issue itself. */
export const ROOT: Principal = { arn: arn('iam', 'root') };

interface Issued {
  readonly principal: Principal;
  readonly secretAccessKey: string;
}

/** The access keys that the sandbox has issued, to people, to workers and by AssumeRole, and who stands behind each. */
export class Credentials {
  private readonly issued = new Map<string, Issued>();

  issue(principal: Principal): AccessKey {
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const secretAccessKey = randomBytes(20).toString('hex');
    this.issued.set(accessKeyId, { principal, secretAccessKey });
    return { accessKeyId, secretAccessKey, sessionToken: tokenOf(accessKeyId) };
  }

  /** A lasting key, made elsewhere: a user's own. */
  admit(key: { accessKeyId: string; secretAccessKey: string }, principal: Principal): void {
    this.issued.set(key.accessKeyId, { principal, secretAccessKey: key.secretAccessKey });
  }

  /**
   * What signatures of the key are made with; undefined for a key that the sandbox did not issue.
   * @param token the session token that came with the key: a session's key is nothing without it
   */
  secretOf(accessKeyId: string, token: string | undefined): string | undefined {
    const wanted = accessKeyId.startsWith('ASIA') ? tokenOf(accessKeyId) : undefined;
    return token === wanted ? this.issued.get(accessKeyId)?.secretAccessKey : undefined;
  }

  /** Replaces what stands behind a key, e.g. once the worker that got it has a process id. */
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
