import { ROOT } from '../kernel/credentials.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { AwsError } from '../kernel/service.ts';
import type { Principal } from '../kernel/service.ts';
import { header } from './message.ts';
import type { WireRequest } from './message.ts';
import { verifySignature, XML_SERVICES } from './signature.ts';

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

/** Of a call whose key says nothing. */
export const ANONYMOUS: Principal = { arn: 'anonymous' };

/**
 * Signatures of root's key and of users' are verified; workers have only their own key. Root may sign at
 * any time: its terminal goes by another clock than the account.
 * @param request as it came off the socket
 * @throws AwsError for a key that the emulator did not issue; a session's has expired, or is from before a restart
 */
export function callerOf(
  request: WireRequest,
  scope: Scope,
  { credentials, now }: { credentials: Credentials; now: Date },
): Principal {
  const principal = credentials.principalOf(scope.accessKeyId);
  const token = tokenOf(request);
  if (!principal && token?.startsWith('sandbox-')) {
    throw new AwsError(
      'ExpiredTokenException',
      `The security token of access key ${scope.accessKeyId} is expired`,
      403,
    );
  }
  if (!principal) throw unknownKey(scope);
  if (principal.verified)
    verifySignature(
      request,
      secretOf(request, scope, credentials),
      principal.arn === ROOT.arn ? undefined : now,
    );
  return principal;
}

/** @throws AwsError for a key that the emulator did not issue, or whose session's token is another */
export function secretOf(request: WireRequest, scope: Scope, credentials: Credentials): string {
  const secret = credentials.secretOf(scope.accessKeyId, tokenOf(request));
  if (secret !== undefined) return secret;
  throw unknownKey(scope);
}

/** In the words of the service: each has its own for it. */
function unknownKey({ signingName }: Scope): AwsError {
  if (signingName === 's3')
    return new AwsError(
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
      403,
    );
  const code = XML_SERVICES.includes(signingName) ? 'InvalidClientTokenId' : 'UnrecognizedClientException';
  return new AwsError(code, 'The security token included in the request is invalid.', 403);
}

const tokenOf = (request: WireRequest): string | undefined =>
  header(request.headers, 'x-amz-security-token') ?? request.query.get('X-Amz-Security-Token') ?? undefined;
