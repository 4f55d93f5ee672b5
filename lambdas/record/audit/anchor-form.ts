import { createHash } from 'node:crypto';
import { canonicalJson } from '../../platform/canonical-json.ts';

/** The end of an audit chain: its hash covers that entry and all before it. */
export interface Head {
  /** An incident's id, or `people`. */
  readonly chain: string;
  /** The last entry's place, from 1. */
  readonly seq: number;
  /** SHA-256, hex. */
  readonly hash: string;
}

export interface DailyAnchor {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly heads: readonly Head[];
  /** The previous daily anchor, and the SHA-256 (hex) over its bytes; none before the first. */
  readonly previous: { readonly key: string; readonly sha256: string } | null;
}

/**
 * An anchor's text: JSON with sorted keys, including the hash over the rest. One content has one text,
 * so that a reader who writes it again sees any changed byte.
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
