import { ROOT } from '../kernel/credentials.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { AwsError } from '../kernel/service.ts';
import type { Principal } from '../kernel/service.ts';
import { header } from './message.ts';
import type { WireRequest } from './message.ts';
import { verifySignature } from './signature.ts';

/** The credential scope of a Signature Version 4: who signed, for which service. */
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
 * A session token of the emulator whose key is unknown has expired, or is from before a restart:
 * without this check its caller would count as root, and be allowed everything. Only signatures of
 * users' keys are verified: workers have only their own key, and any unknown key is root.
 * @param request as it came off the socket
 */
export function callerOf(
  request: WireRequest,
  scope: Scope,
  { credentials, now }: { credentials: Credentials; now: Date },
): Principal {
  const principal = credentials.principalOf(scope.accessKeyId);
  const token = tokenOf(request);
  if (principal === ROOT && token?.startsWith('sandbox-')) {
    throw new AwsError(
      'ExpiredTokenException',
      `The security token of access key ${scope.accessKeyId} is expired`,
      403,
    );
  }
  if (principal.verified) verifySignature(request, secretOf(request, scope, credentials), now);
  return principal;
}

/** @throws AwsError for a key that the emulator did not issue, or whose session's token is another */
export function secretOf(request: WireRequest, scope: Scope, credentials: Credentials): string {
  const secret = credentials.secretOf(scope.accessKeyId, tokenOf(request));
  if (secret !== undefined) return secret;
  throw new AwsError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    403,
  );
}

const tokenOf = (request: WireRequest): string | undefined =>
  header(request.headers, 'x-amz-security-token') ?? request.query.get('X-Amz-Security-Token') ?? undefined;
