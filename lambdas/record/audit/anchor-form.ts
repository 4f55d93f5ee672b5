import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';

/** Where a chain of the audit ended: that entry and all before it are held by its hash. */
export interface Head {
  /** An incident's id, or `people`. */
  readonly chain: string;
  /** The last entry's place, from 1. */
  readonly seq: number;
  /** Its hash: SHA-256, hex. */
  readonly hash: string;
}

/** All heads of one day. */
export interface DailyAnchor {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly heads: readonly Head[];
  /** The newest daily anchor before, and the SHA-256 (hex) over its bytes; none before the first. */
  readonly previous: { readonly key: string; readonly sha256: string } | null;
}

/**
 * An anchor as it is written: JSON with sorted keys, and in it the hash over the rest of it. There is one text for one
 * content, so that a reader who writes it anew sees any changed byte.
 */
export function anchorText(anchor: Head | DailyAnchor): string {
  return canonicalJson({ ...anchor, sha256: sha256(canonicalJson(anchor)) });
}

export const HEADS = 'heads/';
export const DAILY = 'daily/';

/** e.g. `heads/INC-r-1/00000012-0f2b8c1d7a3e4c55.json`. The same head has the same key: it is written once. */
export const headKey = ({ chain, seq, hash }: Head): string =>
  `${HEADS}${encodeURIComponent(chain)}/${String(seq).padStart(8, '0')}-${hash.slice(0, 16)}.json`;

export const dailyKey = (day: string): string => `${DAILY}${day}.json`;

export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
