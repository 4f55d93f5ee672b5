import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../platform/canonical-json.ts';
import { RECIPIENTS } from '../domain/people.ts';

/**
 * A link's token: `<payload>.<signature>`, both base64url without padding; the signature is HMAC-SHA256 under the link
 * key. Whoever holds it may acknowledge that one episode, once, until it expires, and nothing else.
 */

/** What a link is good for. */
export const Link = z.strictObject({
  incident: z.string().min(1).max(200),
  episode: z.int().min(1),
  /** The topic that the link was sent to: who acknowledges by it is somebody who reads there. */
  recipient: z.enum(RECIPIENTS),
  /** Seconds since 1970. From then on it is worth nothing. */
  expires: z.int().min(1),
});
export type Link = z.infer<typeof Link>;

const Payload = Link.extend({ v: z.literal(1) });

/** What is signed begins with what it is for, so that no other use of the key could stand for it. */
const PURPOSE = 'responder-acknowledge/1.';

/** Longer is no token of ours: it is not even looked at. */
export const LONGEST_TOKEN = 1_024;
const SHAPE = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;

export const signToken = (link: Link, key: string): string => {
  const payload = Buffer.from(canonicalJson({ v: 1, ...link })).toString('base64url');
  return `${payload}.${signatureOf(payload, key).toString('base64url')}`;
};

const signatureOf = (payload: string, key: string): Buffer =>
  createHmac('sha256', key)
    .update(PURPOSE + payload)
    .digest();

export type TokenRead =
  | { readonly good: true; readonly link: Link }
  /** Of an expired one it is known what it was for: its signature holds. */
  | { readonly good: false; readonly fault: 'forged' }
  | { readonly good: false; readonly fault: 'expired'; readonly link: Link };

/** Whether it looks like a token at all: what does not, costs no key and no ledger. */
export const looksLikeToken = (token: string): boolean => token.length <= LONGEST_TOKEN && SHAPE.test(token);

/** @param now decides whether it has expired: at its second it has */
export function readToken(token: string, key: string, now: Date): TokenRead {
  const forged = { good: false, fault: 'forged' } as const;
  const [, payload, signature] = (looksLikeToken(token) && SHAPE.exec(token)) || [];
  if (payload === undefined || signature === undefined) return forged;
  const given = Buffer.from(signature, 'base64url');
  // The last letter has two bits to spare: only one spelling is taken, or one token would be several.
  if (given.toString('base64url') !== signature) return forged;
  if (!timingSafeEqual(given, signatureOf(payload, key))) return forged;
  const read = Payload.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  if (!read.success) return forged;
  const { v: _version, ...link } = read.data;
  if (link.expires * 1_000 <= now.getTime()) return { good: false, fault: 'expired', link };
  return { good: true, link };
}

/** What the record keeps of a used token: the token itself would be worth stealing. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');
