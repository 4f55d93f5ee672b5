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

/** The access keys that the sandbox has issued, to workers and by AssumeRole, and who stands behind each. */
export class Credentials {
  private readonly issued = new Map<string, Principal>();

  issue(principal: Principal): AccessKey {
    const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
    this.issued.set(accessKeyId, principal);
    return {
      accessKeyId,
      secretAccessKey: randomBytes(20).toString('hex'),
      sessionToken: `sandbox-${accessKeyId}`,
    };
  }

  /** Replaces what stands behind a key, e.g. once the worker that got it has a process id. */
  update(accessKeyId: string, principal: Principal): void {
    this.issued.set(accessKeyId, principal);
  }

  revoke(accessKeyId: string): void {
    this.issued.delete(accessKeyId);
  }

  principalOf(accessKeyId: string | undefined): Principal {
    return (accessKeyId && this.issued.get(accessKeyId)) || ROOT;
  }
}
