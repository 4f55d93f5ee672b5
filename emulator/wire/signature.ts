import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from '../kernel/service.ts';
import { header } from './message.ts';
import type { WireRequest } from './message.ts';

/** How far a signature's time may be from the service's, either way. */
const WINDOW_MINUTES = 5;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<key>[^,/\s]+)\/(?<scope>\d{8}\/[^,/\s]+\/[^,/\s]+\/aws4_request),\s*SignedHeaders=(?<names>[^,\s]+),\s*Signature=(?<signature>[0-9a-f]{64})$/;

/** Payload hashes of bodies that the signature does not cover; only S3 has them. */
const UNCOVERED = /^(UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/;

/**
 * Signs the request with the key's secret, as AWS does, and compares. @param request as it came
 * off the socket: an unpacked or decoded body is not what was signed @param now undefined: a
 * signature of any time will do @throws AwsError 403 in AWS's
 * words: no signature, too old or too new, or a wrong one
 */
export function verifySignature(request: WireRequest, secretAccessKey: string, now: Date | undefined): void {
  const found = AUTHORIZATION.exec(header(request.headers, 'authorization') ?? '')?.groups;
  if (!found) {
    throw refusal(
      'IncompleteSignatureException',
      "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' of AWS4-HMAC-SHA256; presigned requests of users' keys are not emulated.",
    );
  }
  const { scope = '', names = '', signature = '' } = found;
  const [day = '', region = '', service = ''] = scope.split('/');
  const time = header(request.headers, 'x-amz-date') ?? '';
  if (now) requireFresh(time, day, service, now);

  const signed = names.split(';');
  const wanted = Object.keys(request.headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = wanted.filter((name) => !signed.includes(name));
  if (unsigned.length > 0)
    throw refusal(
      codeOf(service),
      `There were headers present in the request which were not signed: ${unsigned.join(', ')}`,
    );

  const canonical = [
    request.method,
    service === 's3' ? request.path : request.path.split('/').map(escaped).join('/'),
    canonicalQuery(request.query),
    ...signed.map((name) => `${name}:${(header(request.headers, name) ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    names,
    payloadHash(request, service),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  if (timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'))) return;
  throw refusal(
    codeOf(service),
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  );
}

function requireFresh(time: string, day: string, service: string, now: Date): void {
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at) || !time.startsWith(day)) {
    throw refusal(
      codeOf(service),
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${time}'`,
    );
  }
  const bound = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
  const [earliest, latest] = [bound(-WINDOW_MINUTES), bound(WINDOW_MINUTES)];
  if (at < earliest.getTime() - 999) {
    throw refusal(
      codeOf(service),
      `Signature expired: ${time} is now earlier than ${stamp(earliest)} (${stamp(now)} - ${WINDOW_MINUTES} min.)`,
    );
  }
  if (at > latest.getTime()) {
    throw refusal(
      codeOf(service),
      `Signature not yet current: ${time} is still later than ${stamp(latest)} (${stamp(now)} + ${WINDOW_MINUTES} min.)`,
    );
  }
}

/** The body is hashed even when the client sends its hash: that may be the hash of another body. */
function payloadHash({ headers, body }: WireRequest, service: string): string {
  const named = header(headers, 'x-amz-content-sha256');
  return service === 's3' && named !== undefined && UNCOVERED.test(named) ? named : sha256(body);
}

function canonicalQuery(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  return pairs.sort().join('&');
}

/** Apart from S3. */
export const XML_SERVICES: readonly string[] = ['sts', 'iam', 'sns', 'autoscaling'];

/** Services that answer in XML have their own name for it. */
const codeOf = (service: string): string =>
  service === 's3' || XML_SERVICES.includes(service) ? 'SignatureDoesNotMatch' : 'InvalidSignatureException';

const escaped = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const stamp = (date: Date): string => date.toISOString().replaceAll(/[-:]|\.\d+/g, '');

const refusal = (code: string, message: string): AwsError => new AwsError(code, message, 403);
