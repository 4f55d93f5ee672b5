import * as z from 'zod';
import {
  anchorText,
  DAILY,
  dailyKey,
  headKey,
  HEADS,
  sha256,
  type Head,
} from '../../lambdas/record/audit/anchor-form.ts';
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

const Hex = z.string().regex(/^[0-9a-f]{64}$/);
const HeadShape = z.strictObject({ chain: z.string(), seq: z.int().min(1), hash: Hex });
const HeadAnchor = HeadShape.extend({ sha256: Hex });
const Daily = z.strictObject({
  day: z.string(),
  heads: z.array(HeadShape),
  previous: z.strictObject({ key: z.string(), sha256: Hex }).nullable(),
  sha256: Hex,
});

/** An anchored head, and the anchor that says so. */
export interface Anchored extends Head {
  readonly by: string;
}

/** What the anchors hold the chains to, as far as they are themselves what they were. */
export function readAnchors(objects: readonly StoredObject[]): {
  readonly heads: readonly Anchored[];
  readonly faults: readonly Fault[];
} {
  const all = new Map(objects.map((object) => [object.key, object.bytes]));
  const read = objects.map((object) => {
    try {
      return { heads: headsOf(object, all), faults: [] };
    } catch (error) {
      return {
        heads: [],
        faults: [{ where: `anchor ${object.key}`, what: (error as Error).message }],
      };
    }
  });
  return { heads: read.flatMap(({ heads }) => heads), faults: read.flatMap(({ faults }) => faults) };
}

/** @throws what is wrong with it */
function headsOf(object: StoredObject, all: ReadonlyMap<string, Uint8Array>): Anchored[] {
  if (object.key.startsWith(HEADS)) {
    const head = contentOf(object, HeadAnchor);
    requireKey(object.key, headKey(head));
    return [{ ...head, by: object.key }];
  }
  if (!object.key.startsWith(DAILY)) throw new Error(`no anchor is called so; wanted ${HEADS}… or ${DAILY}…`);
  const { day, heads, previous } = contentOf(object, Daily);
  requireKey(object.key, dailyKey(day));
  const newest = [...all.keys()]
    .filter((key) => key.startsWith(DAILY) && key < object.key)
    .sort()
    .at(-1);
  if (previous) {
    const before = all.get(previous.key);
    if (!before) throw new Error(`the daily anchor before it, ${previous.key}, has vanished`);
    const found = sha256(before);
    if (found !== previous.sha256)
      throw new Error(
        `${previous.key} is not what it was: expected SHA-256 ${previous.sha256}, found ${found}`,
      );
    if (previous.key !== newest)
      throw new Error(`it names ${previous.key} as the daily anchor before it, and that is ${newest}`);
  } else if (newest !== undefined)
    throw new Error('it says that it is the first daily anchor, and there are earlier ones');
  return heads.map((head) => ({ ...head, by: object.key }));
}

/** One content has one text: it is written again and must be the same to the byte. */
function contentOf<T extends { sha256: string }>(
  { bytes }: StoredObject,
  shape: z.ZodType<T>,
): Omit<T, 'sha256'> {
  const text = Buffer.from(bytes).toString();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error('it is no JSON any more');
  }
  const parsed = shape.safeParse(json);
  if (!parsed.success) throw new Error(`it is no anchor any more: ${z.prettifyError(parsed.error)}`);
  const { sha256: told, ...content } = parsed.data;
  const wanted = anchorText(content as unknown as Head);
  if (Buffer.compare(Buffer.from(wanted), bytes) !== 0)
    throw new Error(`its bytes are not what its own SHA-256 (${told}) was made over`);
  return content;
}

function requireKey(key: string, wanted: string): void {
  if (key !== wanted) throw new Error(`its content belongs under another key: ${wanted}`);
}

/** Whether a chain is unchanged since it was anchored. */
export function againstChain(head: Anchored, rows: readonly AuditRow[] | undefined): Fault | undefined {
  const { chain, seq, hash, by } = head;
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
  if (row.hash === hash) return undefined;
  return {
    where: `chain ${chain}, entry ${seq}`,
    what: `it is not what ${by} holds`,
    expected: hash,
    found: row.hash,
  };
}
