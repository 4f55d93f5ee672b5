import { randomBytes } from 'node:crypto';
import type { Principal } from './service.ts';
import { arn } from './places.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The account's owner, who may do everything. */
export const ROOT: Principal = { arn: arn('iam', 'root'), verified: true };

/** A key without an end, as users and root have. */
export type LastingKey = Omit<AccessKey, 'sessionToken'>;

export const lastingKey = (): LastingKey => ({
  accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
  secretAccessKey: randomBytes(20).toString('hex'),
});

interface Issued {
  readonly principal: Principal;
  readonly secretAccessKey: string;
}

/**
 * The access keys that the emulator has issued to root, to users, to workers and by AssumeRole, and their
 * principals. Nobody has another.
 */
export class Credentials {
  private readonly issued = new Map<string, Issued>();
  private rootKey: LastingKey | undefined;

  /** Root's key, made up unless the account has one already. A copy: the SDK writes into what it is given. */
  get root(): LastingKey {
    return { ...(this.rootKey ?? this.giveRoot(lastingKey())) };
  }

  /** Root has this key from now on, and no other. */
  giveRoot(key: LastingKey): LastingKey {
    if (this.rootKey) this.revoke(this.rootKey.accessKeyId);
    this.admit(key, ROOT);
    return (this.rootKey = key);
  }

  issue(principal: Principal): AccessKey {
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    const secretAccessKey = randomBytes(20).toString('hex');
    this.issued.set(accessKeyId, { principal, secretAccessKey });
    return { accessKeyId, secretAccessKey, sessionToken: tokenOf(accessKeyId) };
  }

  /** Accepts a lasting key of a user, which was made elsewhere. */
  admit(key: LastingKey, principal: Principal): void {
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

  /** Undefined for a key that the emulator did not issue. */
  principalOf(accessKeyId: string): Principal | undefined {
    return this.issued.get(accessKeyId)?.principal;
  }
}

const tokenOf = (accessKeyId: string): string => `sandbox-${accessKeyId}`;
