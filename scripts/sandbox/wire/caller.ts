import { ROOT } from '../kernel/credentials.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { AwsError } from '../kernel/service.ts';
import type { Principal } from '../kernel/service.ts';
import { header } from './message.ts';
import type { WireRequest } from './message.ts';

/** The credential scope of a Signature Version 4: who signed, for which service. Signatures are not verified. */
export interface Scope {
  readonly accessKeyId: string;
  readonly signingName: string;
}

export function scopeOf(request: WireRequest): Scope | undefined {
  const signed = /Credential=([^,\s]+)/.exec(header(request.headers, 'authorization') ?? '')?.[1];
  const [accessKeyId, , , signingName] = (signed ?? request.query.get('X-Amz-Credential') ?? '').split('/');
  return accessKeyId && signingName ? { accessKeyId, signingName } : undefined;
}

/**
 * A key with one of the sandbox's own session tokens that nobody stands behind any more has expired, or is of
 * a sandbox before a restart: without this check it would be taken for the person at the keyboard, and allowed everything.
 */
export function callerOf(request: WireRequest, scope: Scope, credentials: Credentials): Principal {
  const principal = credentials.principalOf(scope.accessKeyId);
  const token = header(request.headers, 'x-amz-security-token') ?? request.query.get('X-Amz-Security-Token');
  if (principal === ROOT && token?.startsWith('sandbox-')) {
    throw new AwsError(
      'ExpiredTokenException',
      `The security token of access key ${scope.accessKeyId} is expired`,
      403,
    );
  }
  return principal;
}
