import {
  dailyKey,
  keyFor,
  KEYS,
  readDaily,
  readHead,
  readKeyText,
  rootOfChain,
  sha256,
  type DailyAnchor,
  type Head,
} from '../../lambdas/record/audit/anchor-form.ts';
import { openNote } from '../../lambdas/record/audit/signed-note.ts';
import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';

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
  const [text = ''] = Buffer.from(bytes).toString().split('\n\n');
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
  readonly root?: string;
}

/** What the anchors hold the chains to. */
export interface ReadAnchors {
  readonly heads: readonly Anchored[];
  /** Those that we have signed. */
  readonly signed: readonly StoredObject[];
  readonly daily: readonly (DailyAnchor & { readonly anchor: StoredObject })[];
  readonly faults: readonly Fault[];
  /** One line for each object that somebody else has put there. It counts for nothing. */
  readonly forged: readonly string[];
}

export function readAnchors(objects: readonly StoredObject[], trusted: Trusted): ReadAnchors {
  const heads: Anchored[] = [];
  const daily: (DailyAnchor & { anchor: StoredObject })[] = [];
  const signed: StoredObject[] = [];
  const forged: string[] = [];
  for (const object of objects) {
    const { key, bytes, modified } = object;
    const text = signedText(trusted, key, bytes);
    if (text === undefined) {
      forged.push(
        `${key} counts for nothing: it has no signature of ours for that key; somebody else has put it there` +
          (modified === undefined ? '' : ` at ${modified}`),
      );
      continue;
    }
    signed.push(object);
    const head = readHead(trusted.log, text);
    if (head) heads.push({ ...head, by: key });
    const day = readDaily(trusted.log, text);
    if (day) daily.push({ ...day, anchor: object });
    if (day) heads.push(...day.heads.map((one) => ({ ...one, by: key })));
  }
  daily.sort((a, b) => (a.day < b.day ? -1 : 1));
  return {
    heads,
    signed,
    daily,
    forged,
    faults: daily.flatMap((one, i) => previousFault(one, daily.slice(0, i))),
  };
}

/** Each daily anchor names the one before, with its hash. */
function previousFault(
  { day, previous }: DailyAnchor,
  before: readonly (DailyAnchor & { readonly anchor: StoredObject })[],
): Fault[] {
  const where = `anchor ${dailyKey(day)}`;
  const newest = before.at(-1)?.anchor.key;
  if (!previous)
    return newest === undefined
      ? []
      : [{ where, what: 'it says that it is the first daily anchor, and there are earlier ones' }];
  const named = before.find(({ anchor }) => anchor.key === previous.key)?.anchor;
  if (!named) return [{ where, what: `the daily anchor before it, ${previous.key}, has vanished` }];
  const found = sha256(named.bytes);
  if (found !== previous.sha256)
    return [{ where, what: `${previous.key} is not what it was`, expected: previous.sha256, found }];
  if (previous.key === newest) return [];
  return [{ where, what: `it names ${previous.key} as the daily anchor before it, and that is ${newest}` }];
}

/** Whether a chain is unchanged since it was anchored. */
export function againstChain(head: Anchored, rows: readonly AuditRow[] | undefined): Fault | undefined {
  const { chain, seq, hash, root, by } = head;
  const where = `chain ${chain}`;
  if (!rows) return { where, what: `it has vanished, although ${by} holds its entry ${seq}` };
  const row = rows.find((one) => one.seq === seq);
  if (!row)
    return {
      where,
      what: `it is cut before what ${by} holds`,
      expected: `entry ${seq}`,
      found: `${rows.length} entries, the last is ${rows.at(-1)?.seq ?? 'none'}`,
    };
  const at = `chain ${chain}, entry ${seq}`;
  if (row.hash !== hash)
    return { where: at, what: `it is not what ${by} holds`, expected: hash, found: row.hash };
  const found = root && rootOfChain(rows.filter((one) => one.seq <= seq).map((one) => one.hash));
  return found === root
    ? undefined
    : {
        where: at,
        what: `the entries before it are not what ${by} holds`,
        expected: root ?? '',
        found: found ?? '',
      };
}
