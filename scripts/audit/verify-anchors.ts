import {
  dailyKey,
  keyFor,
  KEYS,
  readHead,
  readKeyText,
  scanDaily,
  sha256,
  type DailyAnchor,
  type Head,
} from '../../lambdas/record/audit/anchor-form.ts';
import { openNote } from '../../lambdas/record/audit/signed-note.ts';
import type { Fault } from '../../lambdas/record/audit/chain-link.ts';
import { SortedLines } from './sorted-lines.ts';

/** An object as it was read. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: Uint8Array;
  /** ISO 8601: when S3 took it. Undefined: not asked for. */
  readonly modified?: string;
  /** ISO 8601; null: nothing locks it. */
  readonly lockedUntil?: string | null;
}

/** Whose signatures count, and in which log. */
export interface Trusted {
  /** The bucket's name. */
  readonly log: string;
  readonly keys: readonly string[];
}

/**
 * The keys that the bucket's anchors are signed with: those that you have kept, or else the first that the bucket holds,
 * and each that a trusted one has signed. Object Lock keeps the first: nobody can put another before it.
 */
export function trustedKeys(
  log: string,
  objects: readonly StoredObject[],
  kept: readonly string[],
): string[] {
  const notes = objects
    .filter(({ key }) => key.startsWith(KEYS))
    .sort((a, b) => Date.parse(a.modified ?? '') - Date.parse(b.modified ?? ''))
    .flatMap(({ key, bytes }) => {
      const own = keyIn(log, bytes);
      return own !== undefined && signedText({ log, keys: [own] }, key, bytes) !== undefined
        ? [{ key, bytes, own }]
        : [];
    });
  const trusted = new Set(kept.length > 0 ? kept : notes.slice(0, 1).map(({ own }) => own));
  for (let before = -1; before !== trusted.size;) {
    before = trusted.size;
    for (const { key, bytes, own } of notes)
      if (signedText({ log, keys: [...trusted] }, key, bytes) !== undefined) trusted.add(own);
  }
  return [...trusted];
}

function keyIn(log: string, bytes: Uint8Array): string | undefined {
  const [text = ''] = Buffer.from(bytes).toString().split('\n\n', 1);
  return readKeyText(log, `${text}\n`);
}

/** @returns undefined for what nobody trusted has signed for that key */
export function signedText({ log, keys }: Trusted, key: string, bytes: Uint8Array): string | undefined {
  const text = openNote(bytes, keys);
  return text !== undefined && keyFor(log, text) === key ? text : undefined;
}

/** An anchored head, and the anchor that says so. */
export interface Anchored extends Head {
  readonly by: string;
  /** ISO 8601: when S3 took that anchor; empty: not asked for. */
  readonly taken: string;
  readonly root?: string;
}

/** A daily anchor without the heads that it lists. */
export interface Daily extends Omit<DailyAnchor, 'heads'> {
  readonly anchor: Pick<StoredObject, 'key' | 'modified'> & { readonly sha256: string };
}

/** Takes one anchor after the other, and keeps what they hold the chains to. */
export class AnchorReader {
  readonly #heads = new SortedLines();
  readonly #daily: Daily[] = [];
  /** One line for each object that somebody else has put there. It counts for nothing. */
  readonly forged: string[] = [];
  /** Those that we have signed, without keys. */
  count = 0;

  readonly #trusted: Trusted;

  constructor(trusted: Trusted) {
    this.#trusted = trusted;
  }

  /** @returns whether we have signed it */
  read({ key, bytes, modified }: StoredObject): boolean {
    const { log } = this.#trusted;
    const text = signedText(this.#trusted, key, bytes);
    if (text === undefined) {
      this.forged.push(
        `${key} counts for nothing: it has no signature of ours for that key; somebody else has put it there` +
          (modified === undefined ? '' : ` at ${modified}`),
      );
      return false;
    }
    if (!key.startsWith(KEYS)) this.count++;
    const from = { by: key, taken: modified ?? '' };
    const head = readHead(log, text);
    if (head) this.#add({ ...head, ...from });
    const daily = scanDaily(log, text, (one) => this.#add({ ...one, ...from }));
    if (!daily) return true;
    const anchor = { key, ...(modified !== undefined && { modified }), sha256: sha256(bytes) };
    this.#daily.push({ ...daily, anchor });
    return true;
  }

  #add(head: Anchored): void {
    this.#heads.add(`${head.chain}\t${String(head.seq).padStart(10, '0')}\t${JSON.stringify(head)}`);
  }

  /** By day. */
  get daily(): readonly Daily[] {
    return this.#daily.sort((a, b) => (a.day < b.day ? -1 : 1));
  }

  /** The heads of each chain by their places, the chains by the bytes of their names. */
  *chains(): Generator<readonly [chain: string, heads: readonly Anchored[]]> {
    let heads: Anchored[] = [];
    for (const line of this.#heads) {
      const head = JSON.parse(line.slice(line.lastIndexOf('\t') + 1)) as Anchored;
      const [{ chain } = head] = heads;
      if (chain !== head.chain) {
        yield [chain, heads];
        heads = [];
      }
      heads.push(head);
    }
    const [first] = heads;
    if (first) yield [first.chain, heads];
  }

  close(): void {
    this.#heads.close();
  }
}

/** Each daily anchor names the one before, with its hash. @param daily by day */
export const previousFaults = (daily: readonly Daily[]): Fault[] =>
  daily.flatMap((one, i) => previousFault(one, daily.slice(0, i)));

function previousFault({ day, previous }: Daily, before: readonly Daily[]): Fault[] {
  const where = `anchor ${dailyKey(day)}`;
  const newest = before.at(-1)?.anchor.key;
  if (!previous)
    return newest === undefined
      ? []
      : [{ where, what: 'it says that it is the first daily anchor, and there are earlier ones' }];
  const named = before.find(({ anchor }) => anchor.key === previous.key)?.anchor;
  if (!named) return [{ where, what: `the daily anchor before it, ${previous.key}, has vanished` }];
  const found = named.sha256;
  if (found !== previous.sha256)
    return [{ where, what: `${previous.key} is not what it was`, expected: previous.sha256, found }];
  if (previous.key === newest) return [];
  return [{ where, what: `it names ${previous.key} as the daily anchor before it, and that is ${newest}` }];
}
