import { createHash, hash } from 'node:crypto';

/** The end of an audit chain: its hash covers that entry and all before it. */
export interface Head {
  /** An incident's id, or `people`. */
  readonly chain: string;
  /** The last entry's place, from 1. */
  readonly seq: number;
  /** SHA-256, hex. */
  readonly hash: string;
}

/** A head, and the root over the hashes of its entries. */
export interface HeadAnchor extends Head {
  /** Base64. */
  readonly root: string;
}

/** What a daily anchor signs of all chains, those that it does not list too. */
export interface AllHeads {
  readonly count: number;
  /** Base64: over the lines of all heads, by the bytes of the chains' names. */
  readonly root: string;
  /** The ledger's transactions before this one are in it. */
  readonly through: string;
  readonly lists: 'all' | 'changed';
}

export interface DailyAnchor {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  /** Of the chains that have changed since the previous daily anchor; of all in the first, and without `all`. */
  readonly heads: readonly Head[];
  readonly all?: AllHeads;
  /** The previous daily anchor, and the SHA-256 (hex) over its bytes; none before the first. */
  readonly previous: { readonly key: string; readonly sha256: string } | null;
}

export const HEADS = 'heads/';
export const DAILY = 'daily/';
export const KEYS = 'keys/';

/** e.g. `heads/INC-r-1/00000012-0f2b8c1d7a3e4c55.txt`. The same head has the same key: it is written once. */
export const headKey = ({ chain, seq, hash }: Head): string =>
  `${HEADS}${encodeURIComponent(chain)}/${String(seq).padStart(8, '0')}-${hash.slice(0, 16)}.txt`;

export const dailyKey = (day: string): string => `${DAILY}${day}.txt`;

/** @param key of a signer, as `NoteSigner.keys` has it */
export const publicKeyKey = (key: string): string => `${KEYS}${key.split('+')[1] ?? ''}.txt`;

/*
 * Each anchor is the text of a checkpoint (c2sp.org/tlog-checkpoint): origin, number of leaves, root in base64, then
 * lines of our own. One content has one text: a reader writes it again, and sees any changed byte.
 */

/** @param log name of the signer */
export const headText = (log: string, { chain, seq, hash, root }: HeadAnchor): string =>
  `${log}/${HEADS}${encodeURIComponent(chain)}\n${seq}\n${root}\nhead ${hash}\n`;

/** Of a head in a daily anchor. */
export const headLine = ({ chain, seq, hash }: Head): string => `${encodeURIComponent(chain)} ${seq} ${hash}`;

const allLine = ({ count, root, through, lists }: AllHeads): string =>
  `all ${count} ${root} ${through} ${lists}`;

function dailyStart(
  log: string,
  { day, previous, all }: Omit<DailyAnchor, 'heads'>,
  { count, root }: { count: number; root: string },
): string {
  const before = previous ? `${previous.key} ${previous.sha256}` : 'none';
  return `${log}/${DAILY}${day}\n${count}\n${root}\nprevious ${before}\n${all ? `${allLine(all)}\n` : ''}`;
}

export function dailyText(log: string, { heads, ...anchor }: DailyAnchor): string {
  const lines = heads.map(headLine);
  const start = dailyStart(log, anchor, { count: heads.length, root: rootOf(lines) });
  return start + lines.map((line) => `${line}\n`).join('');
}

/** The key itself, signed with it and with those before it. */
export const keyText = (log: string, key: string): string => `${log}/${KEYS.slice(0, -1)}\n${key}\n`;

/** Of an exported folder: over the lines of its index. @param at ISO 8601 */
export const exportText = (
  log: string,
  { files, root, at }: { files: number; root: string; at: string },
): string => `${log}/export\n${files}\n${root}\ntime ${at}\n`;

/** @returns undefined when the text is none of a head's */
export function readHead(log: string, text: string): HeadAnchor | undefined {
  const [origin = '', seq = '', root = '', head = ''] = text.split('\n', 4);
  const chain = chainOf(origin.slice(log.length + 1 + HEADS.length));
  const anchor = { chain: chain ?? '', seq: Number(seq), hash: head.slice('head '.length), root };
  return chain !== undefined && headText(log, anchor) === text ? anchor : undefined;
}

/**
 * Reads a daily anchor line by line: one that lists all chains may be large.
 * @param each is given the heads; they count only if the whole is a daily anchor
 * @returns undefined when the text is none of a day's
 */
export function scanDaily(
  log: string,
  text: string,
  each: (head: Head) => void = () => undefined,
): Omit<DailyAnchor, 'heads'> | undefined {
  const lines = linesOf(text);
  const [origin, size, root, before] = [lines.next(), lines.next(), lines.next(), lines.next()].map(
    ({ value }) => value ?? '',
  );
  const [key = '', sha = ''] = (before ?? '').slice('previous '.length).split(' ');
  const day = (origin ?? '').slice(log.length + 1 + DAILY.length);
  let all: AllHeads | undefined;
  let count = 0;
  const tree = new MerkleTree();
  for (const line of lines) {
    const [encoded = '', second = '', third = '', through = '', lists] = line.split(' ');
    // A head's line has three words.
    if (count === 0 && !all && (lists === 'all' || lists === 'changed')) {
      all = { count: Number(second), root: third, through, lists };
      if (allLine(all) !== line) return undefined;
      continue;
    }
    const head = { chain: chainOf(encoded) ?? '', seq: Number(second), hash: third };
    if (headLine(head) !== line) return undefined;
    tree.add(line);
    count++;
    each(head);
  }
  const previous = key === 'none' ? null : { key, sha256: sha };
  const anchor = { day, previous, ...(all && { all }) };
  const start = dailyStart(log, anchor, { count, root: tree.root() });
  return text.startsWith(start) && size === String(count) && root === tree.root() && text.endsWith('\n')
    ? anchor
    : undefined;
}

/** @returns undefined when the text is none of a day's */
export function readDaily(log: string, text: string): DailyAnchor | undefined {
  const heads: Head[] = [];
  const anchor = scanDaily(log, text, (head) => heads.push(head));
  return anchor && { ...anchor, heads };
}

function* linesOf(text: string): Generator<string, undefined> {
  for (let from = 0, to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) yield text.slice(from, to);
}

/** Of a daily anchor that was read: the ledger's transactions before this one are in it. */
export const throughOf = (text: string): string | undefined =>
  /^(?:.*\n){4}all \d+ \S+ (\d+) (?:all|changed)\n/.exec(text)?.[1];

/** @returns undefined when the text is no key's */
export function readKeyText(log: string, text: string): string | undefined {
  const [, key = ''] = text.split('\n', 2);
  return keyText(log, key) === text ? key : undefined;
}

/** The key that a text belongs under: under any other it is somebody's copy. */
export function keyFor(log: string, text: string): string | undefined {
  const head = readHead(log, text);
  if (head) return headKey(head);
  const day = scanDaily(log, text)?.day;
  if (day !== undefined) return dailyKey(day);
  const key = readKeyText(log, text);
  return key === undefined ? undefined : publicKeyKey(key);
}

function chainOf(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** A Merkle tree (RFC 6962 with SHA-256) that holds no more than the hashes of its complete parts. */
export class MerkleTree {
  readonly #parts: { size: number; hash: Buffer }[] = [];

  add(leaf: string | Uint8Array): void {
    let part = { size: 1, hash: digest(Buffer.of(0), leaf) };
    for (let last; (last = this.#parts.at(-1))?.size === part.size; this.#parts.pop())
      part = { size: 2 * part.size, hash: digest(Buffer.of(1), last?.hash ?? '', part.hash) };
    this.#parts.push(part);
  }

  /** Base64. */
  root(): string {
    const hashes = this.#parts.map(({ hash }) => hash);
    const root = hashes.reduceRight<Buffer | undefined>(
      (right, left) => (right ? digest(Buffer.of(1), left, right) : left),
      undefined,
    );
    return (root ?? digest()).toString('base64');
  }
}

/** Base64 of the tree's root over the leaves. */
export function rootOf(leaves: Iterable<string | Uint8Array>): string {
  const tree = new MerkleTree();
  for (const leaf of leaves) tree.add(leaf);
  return tree.root();
}

/** Of an audit chain: each leaf is the 32 bytes of an entry's hash. */
export const rootOfChain = (hashes: readonly string[]): string =>
  rootOf(hashes.map((hash) => Buffer.from(hash, 'hex')));

const digest = (...parts: readonly (string | Uint8Array)[]): Buffer =>
  hash(
    'sha256',
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))),
    'buffer',
  );

export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');
