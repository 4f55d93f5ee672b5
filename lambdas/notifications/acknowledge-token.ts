import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../platform/canonical-json.ts';
import { RECIPIENTS } from '../domain/people.ts';

/**
 * A link's token: `<payload>.<signature>`, both base64url without padding; HMAC-SHA256 under the link
 * key. Its holder may acknowledge that one episode, once, until it expires.
 */

export const Link = z.strictObject({
  incident: z.string().min(1).max(200),
  episode: z.int().min(1),
  /** The topic that the link was sent to: one of its readers acknowledges. */
  recipient: z.enum(RECIPIENTS),
  /** Seconds since 1970, exclusive. */
  expires: z.int().min(1),
});
export type Link = z.infer<typeof Link>;

const Payload = Link.extend({
  v: z.literal(1),
  /** The key's id: a link of a replaced key says so, instead of looking forged. Links of before have none. */
  k: z.string().length(8).optional(),
});

/** Says which key signed, and nothing about the key. */
const idOf = (key: string): string =>
  createHash('sha256').update(`responder-link-key/${key}`).digest('hex').slice(0, 8);

/** The signed text begins with its purpose, so that no other use of the key can replace it. */
const PURPOSE = 'responder-acknowledge/1.';

/** A longer text is no token of ours. */
export const LONGEST_TOKEN = 1_024;
const SHAPE = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;

export const signToken = (link: Link, key: string): string => {
  const payload = Buffer.from(canonicalJson({ v: 1, k: idOf(key), ...link })).toString('base64url');
  return `${payload}.${signatureOf(payload, key).toString('base64url')}`;
};

const signatureOf = (payload: string, key: string): Buffer =>
  createHmac('sha256', key)
    .update(PURPOSE + payload)
    .digest();

export type TokenRead =
  | { readonly good: true; readonly link: Link }
  /** An expired token still says what it was for: its signature is valid. */
  | { readonly good: false; readonly fault: 'forged' }
  /** It names another key: a replaced one, or one newer than ours. Nothing of it is proven. */
  | { readonly good: false; readonly fault: 'other-key' }
  | { readonly good: false; readonly fault: 'expired'; readonly link: Link };

/** Rejects what cannot be a token before any key or ledger is used. */
export const looksLikeToken = (token: string): boolean => token.length <= LONGEST_TOKEN && SHAPE.test(token);

/** @param now at its expiry second a token has expired */
export function readToken(token: string, key: string, now: Date): TokenRead {
  const forged = { good: false, fault: 'forged' } as const;
  const [, payload, signature] = (looksLikeToken(token) && SHAPE.exec(token)) || [];
  if (payload === undefined || signature === undefined) return forged;
  const given = Buffer.from(signature, 'base64url');
  // The last letter has two spare bits: only one spelling is accepted, or one token would be several.
  if (given.toString('base64url') !== signature) return forged;
  const read = Payload.safeParse(jsonIn(payload));
  if (!timingSafeEqual(given, signatureOf(payload, key)))
    return read.success && read.data.k !== undefined && read.data.k !== idOf(key)
      ? { good: false, fault: 'other-key' }
      : forged;
  if (!read.success) return forged;
  const { v: _version, k: _key, ...link } = read.data;
  if (link.expires * 1_000 <= now.getTime()) return { good: false, fault: 'expired', link };
  return { good: true, link };
}

function jsonIn(payload: string): unknown {
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The record keeps the hash: the token itself would be worth stealing. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');
