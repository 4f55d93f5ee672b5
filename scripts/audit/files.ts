import * as z from 'zod';
import { exportText, rootOf, sha256 } from '../../lambdas/record/audit/anchor-form.ts';
import { openNote } from '../../lambdas/record/audit/signed-note.ts';
import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';
import type { AuditCopy } from './verify.ts';
import { trustedKeys, type StoredObject } from './verify-anchors.ts';
import type { RecordRows } from './verify-record.ts';
import type { EvidenceRow } from './verify-evidence.ts';

/** Plain files by their path in the folder, with `/`. */
export type Files = ReadonlyMap<string, Uint8Array>;

const CHAINS = 'chains/';
const ANCHORS = 'anchors/';
const BODIES = 'bodies/';
const EVIDENCE = 'evidence.jsonl';
const LOCKS = 'locks.jsonl';
const READ = 'read.json';
const RECORD = 'record.json';
const HOW = 'HOW-IT-IS-HASHED.txt';
const INDEX = 'index.json';
const CHECKPOINT = 'checkpoint';

const HOW_IT_IS_HASHED = `chains/<chain>.jsonl   the audit: one entry a line
anchors/               what lay in the bucket under Object Lock, each object under its key
bodies/                the evidence, each object of the record bucket under its key
evidence.jsonl         what the ledger's table responder.evidence says of each answer
locks.jsonl            when S3 took each anchor, and until when it is locked
record.json            the ledger's rows that the entries are held against
read.json              when all this was read
index.json             the SHA-256 of every file here
checkpoint             a signed note about index.json

An entry's hash is the SHA-256 (hex) over previous, chain, seq, key, at, kind, body and login, in UTF-8, with a newline
between two of them. Its previous is the hash of the entry before; of the first, the SHA-256 of the chain's name. An entry
"run.ended" names the SHA-256 of the bytes of each evidence body, and of each answer in them: over [source, query,
parameters, rows], as JSON with sorted keys and without spaces.

Anchors and checkpoint are signed notes (c2sp.org/signed-note, Ed25519) with the text of a checkpoint (c2sp.org/tlog-
checkpoint): origin, number of leaves, root of their Merkle tree (RFC 6962, SHA-256) in base64. Leaves are, in
  anchors/heads/<chain>/  the 32 bytes of each entry's hash, by seq; "head" repeats the last one's in hex
  anchors/daily/          the lines of three words after "previous": chain, seq and hash of the last entry of each chain that
                          has changed since the anchor before. The line "all" has the number and the root of such lines
                          of all chains, by the bytes of their names; without it, or where it ends in "all", all are listed
  checkpoint              a line "<sha256>  <file>" for each member of index.json
The key is the second line of the oldest object of anchors/keys/; keep it elsewhere, and compare it. So one run can be
verified without any program of ours: the signature of a head, the hashes of its chain up to it, and the root over them.

  npm run audit -- verify <this folder>
`;

/** The copy as files, and an index of them. */
export function filesOf({ readAt, log, rows, anchors, bodies, evidence, record }: AuditCopy): Files {
  const files = new Map<string, Uint8Array>([[HOW, Buffer.from(HOW_IT_IS_HASHED)]]);
  for (const [chain, own] of Map.groupBy(rows, ({ chain }) => chain))
    files.set(`${CHAINS}${encodeURIComponent(chain)}.jsonl`, Buffer.from(own.map(lineOf).join('')));
  files.set(EVIDENCE, Buffer.from(evidence.map(evidenceLineOf).join('')));
  for (const { key, bytes } of anchors) files.set(`${ANCHORS}${pathOf(key)}`, bytes);
  for (const { key, bytes } of bodies) files.set(`${BODIES}${pathOf(key)}`, bytes);
  files.set(LOCKS, Buffer.from(anchors.map(lockLineOf).join('')));
  if (record) files.set(RECORD, Buffer.from(`${JSON.stringify(record)}\n`));
  files.set(READ, Buffer.from(`${JSON.stringify({ readAt, log })}\n`));
  const index = [...files].map(([file, bytes]) => ({ file, sha256: sha256(bytes) }));
  files.set(INDEX, Buffer.from(`${JSON.stringify(index, null, 2)}\n`));
  return files;
}

/** What can be read of the files, and what is wrong with them as files. */
export function copyOf(
  files: Files,
  kept: readonly string[] = [],
): { readonly copy: AuditCopy; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [...indexFaults(files)];
  const rows: AuditRow[] = [];
  let evidence: EvidenceRow[] = [];
  const anchors: StoredObject[] = [];
  const bodies: StoredObject[] = [];
  const locks = new Map(
    linesOf(LOCKS, files.get(LOCKS) ?? Buffer.of(), Lock, lockLineOf, faults).map(({ key, ...lock }) => [
      key,
      lock,
    ]),
  );
  const [read] = linesOf(
    READ,
    files.get(READ) ?? Buffer.of(),
    Read,
    (one) => `${JSON.stringify(one)}\n`,
    faults,
  );
  if (!read) faults.push({ where: READ, what: 'it does not say when the audit was read' });
  for (const [file, bytes] of files) {
    if (file.startsWith(CHAINS)) rows.push(...linesOf(file, bytes, Row, lineOf, faults));
    else if (file === EVIDENCE) evidence = linesOf(file, bytes, Evidence, evidenceLineOf, faults);
    else if (file.startsWith(ANCHORS)) {
      const key = keyOf(file.slice(ANCHORS.length));
      anchors.push({
        key,
        bytes,
        ...(locks.get(key) ?? { modified: new Date(0).toISOString(), lockedUntil: null }),
      });
    } else if (file.startsWith(BODIES)) bodies.push({ key: keyOf(file.slice(BODIES.length)), bytes });
  }
  const readAt = read?.readAt ?? new Date(0).toISOString();
  const record = recordIn(files.get(RECORD), faults);
  faults.push(...checkpointFaults(files, anchors, read?.log ?? '', kept));
  return {
    copy: { readAt, log: read?.log ?? '', ...(record && { record }), rows, anchors, bodies, evidence },
    faults,
  };
}

const Row = z.strictObject({
  chain: z.string(),
  seq: z.int(),
  key: z.string(),
  at: z.string(),
  kind: z.string(),
  body: z.string(),
  login: z.string().nullable().default(null),
  previous: z.string(),
  hash: z.string(),
});
const Evidence = z.strictObject({ run: z.string(), key: z.string(), sha256: z.string() });

const Lock = z.strictObject({
  key: z.string(),
  modified: z.iso.datetime(),
  lockedUntil: z.iso.datetime().nullable(),
});
const Read = z.strictObject({ readAt: z.iso.datetime(), log: z.string() });

const lockLineOf = ({ key, modified = '', lockedUntil = null }: Omit<StoredObject, 'bytes'>): string =>
  `${JSON.stringify({ key, modified, lockedUntil })}\n`;
const lineOf = ({ chain, seq, key, at, kind, body, login, previous, hash }: AuditRow): string =>
  `${JSON.stringify({ chain, seq, key, at, kind, body, ...(login !== null && { login }), previous, hash })}\n`;
const evidenceLineOf = ({ run, key, sha256: hash }: EvidenceRow): string =>
  `${JSON.stringify({ run, key, sha256: hash })}\n`;

/** One value has one line, to the byte: other bytes were not written by the export. */
function linesOf<T>(
  file: string,
  bytes: Uint8Array,
  shape: z.ZodType<T>,
  write: (value: T) => string,
  faults: Fault[],
): T[] {
  const lines = Buffer.from(bytes)
    .toString()
    .split(/(?<=\n)/);
  const values = lines.flatMap((line, i) => {
    try {
      const value: T = shape.parse(JSON.parse(line));
      if (write(value) === line) return [value];
    } catch {
      // Reported below, like a line that says the same in other bytes.
    }
    if (line !== '')
      faults.push({ where: `${file}, line ${i + 1}`, what: 'it is not as the export wrote it' });
    return [];
  });
  if (Buffer.compare(Buffer.from(lines.join('')), bytes) !== 0)
    faults.push({ where: file, what: 'it is no UTF-8 any more' });
  return values;
}

function recordIn(bytes: Uint8Array | undefined, faults: Fault[]): RecordRows | undefined {
  if (!bytes) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as RecordRows;
  } catch {
    faults.push({ where: RECORD, what: 'it is no JSON any more' });
    return undefined;
  }
}

/** The number of files, and the root over the lines `<sha256>  <file>` of the index: what the checkpoint signs. */
export function indexRoot(files: Files): { readonly files: number; readonly root: string } {
  const index = readIndex(files.get(INDEX)) ?? [];
  return { files: index.length, root: rootOf(index.map(({ file, sha256: hash }) => `${hash}  ${file}`)) };
}

export const withCheckpoint = (files: Files, note: string): Files =>
  new Map([...files, [CHECKPOINT, Buffer.from(note)]]);

/** Nobody can leave a file out, nor write the index again: the index is signed. */
function checkpointFaults(
  files: Files,
  anchors: readonly StoredObject[],
  log: string,
  kept: readonly string[],
): Fault[] {
  const note = files.get(CHECKPOINT);
  if (!note) return [{ where: CHECKPOINT, what: 'it is missing: nothing says that the folder is whole' }];
  const text = openNote(note, trustedKeys(log, anchors, kept));
  if (text === undefined) return [{ where: CHECKPOINT, what: 'it has no signature of the anchors’ key' }];
  const at = /^time (.+)$/m.exec(text)?.[1] ?? '';
  const expected = exportText(log, { ...indexRoot(files), at });
  return text === expected
    ? []
    : [{ where: CHECKPOINT, what: 'it was signed for other files', expected, found: text }];
}

const Index = z.array(z.strictObject({ file: z.string(), sha256: z.string() }));

/** Whether the folder is whole: a file that got lost on the way must not look like an audit that is shorter. */
function* indexFaults(files: Files): Generator<Fault> {
  const index = readIndex(files.get(INDEX));
  if (!index) {
    yield { where: INDEX, what: 'it is missing or cannot be read: is this an exported folder?' };
    return;
  }
  for (const { file, sha256: expected } of index) {
    const bytes = files.get(file);
    if (!bytes) yield { where: file, what: 'the index names it, and it is not here' };
    else if (sha256(bytes) !== expected)
      yield { where: file, what: 'it was changed since the export', expected, found: sha256(bytes) };
  }
  const named = new Set([INDEX, CHECKPOINT, ...index.map(({ file }) => file)]);
  for (const file of files.keys())
    if (!named.has(file)) yield { where: file, what: 'the index does not name it' };
}

function readIndex(bytes: Uint8Array | undefined): z.infer<typeof Index> | undefined {
  if (!bytes) return undefined;
  try {
    return Index.safeParse(JSON.parse(Buffer.from(bytes).toString())).data;
  } catch {
    return undefined;
  }
}

/** Keys as paths that any disk takes, and that lead out of no folder. */
const pathOf = (key: string): string =>
  key
    .split('/')
    .map((part) => (/^\.*$/.test(part) ? `%2E${part}` : encodeURIComponent(part)))
    .join('/');

function keyOf(path: string): string {
  try {
    return path
      .split('/')
      .map((part) => (part.startsWith('%2E') ? part.slice(3) : decodeURIComponent(part)))
      .join('/');
  } catch {
    return path;
  }
}
