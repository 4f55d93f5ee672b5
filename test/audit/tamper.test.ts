import type { AuditRow } from '../../lambdas/record/audit/chain-link.ts';
import { verifyAudit, type AuditCopy } from '../../scripts/audit/verify.ts';
import { signExport } from '../../lambdas/record/audit/anchor.ts';
import { openNote } from '../../lambdas/record/audit/signed-note.ts';
import { readDaily, readHead } from '../../lambdas/record/audit/anchor-form.ts';
import { ANCHORS } from '../support/stored-record.ts';
import { copyOf, filesOf, indexRoot, withCheckpoint, type Files } from '../../scripts/audit/files.ts';
import { readChains } from '../../scripts/audit/read-ledger.ts';
import { bootStoredRecord } from '../support/stored-record.ts';
import { DAY_TWO, fill, readAll, seeded, SIGNER } from './past-runs.ts';

const record = bootStoredRecord();
let copy: AuditCopy;
let files: Files;
const LONG_AGO = new Date(0);
beforeAll(async () => {
  await fill(record);
  ({ copy } = await readAll(record));
  const unsigned = filesOf(copy);
  files = withCheckpoint(unsigned, signExport({ signer: SIGNER }, indexRoot(unsigned), DAY_TWO));
});

const faultsOf = (changed: AuditCopy): string[] =>
  verifyAudit(changed, LONG_AGO).faults.map(({ where, what }) => `${where}: ${what}`);

/** By the hashes alone: neither index nor checkpoint of the export must be needed. */
function faultsOfFiles(changed: Files): string[] {
  const beside = ['index.json', 'checkpoint'];
  const { copy: read, faults } = copyOf(new Map([...changed].filter(([path]) => !beside.includes(path))));
  const own = faults.filter(({ where }) => !beside.includes(where));
  const { forged } = verifyAudit(read, LONG_AGO);
  return [...own.map(({ where, what }) => `${where}: ${what}`), ...forged, ...faultsOf(read)];
}

test('what nobody has changed is as it was, and says what no anchor holds yet', () => {
  expect(copyOf(files)).toEqual({ copy, faults: [] });
  const verdict = verifyAudit(copy, LONG_AGO);
  expect(verdict.faults).toEqual([]);
  expect(verdict.counts).toEqual({ chains: 5, entries: copy.rows.length, anchors: 8, bodies: 12 });
  expect(verdict.windows).toEqual([{ chain: 'INC-seven', entries: 1, since: '2026-11-23T15:00:00.000Z' }]);
});

test('any byte that is changed shows: 1,000 of audit, evidence and anchors, by the hashes alone', () => {
  const random = seeded(20_261_123);
  const below = (n: number): number => Math.floor(random() * n);
  const paths = [...files.keys()].filter((path) => /^(chains|anchors|bodies|evidence)/.test(path));
  const total = paths.reduce((sum, path) => sum + (files.get(path)?.length ?? 0), 0);
  const unseen: string[] = [];
  const touched = new Set<string>();
  for (let i = 0; i < 1_000; i++) {
    let at = below(total);
    const path = paths.find((one) => {
      const length = files.get(one)?.length ?? 0;
      if (at < length) return true;
      at -= length;
      return false;
    });
    if (path === undefined) throw new Error('no byte was chosen');
    const bytes = Uint8Array.from(files.get(path) ?? []);
    bytes[at] = ((bytes[at] ?? 0) + 1 + below(255)) % 256;
    touched.add(path.split('/')[0] ?? '');
    if (faultsOfFiles(new Map([...files, [path, bytes]])).length === 0) unseen.push(`${path}:${at}`);
  }
  expect(unseen).toEqual([]);
  expect([...touched].sort()).toEqual(['anchors', 'bodies', 'chains', 'evidence.jsonl']);
});

test('a byte that leaves the meaning equal shows as well', () => {
  for (const path of [...files.keys()].filter((one) => /^(chains|anchors|bodies)/.test(one))) {
    const text = Buffer.from(files.get(path) ?? []).toString();
    for (const spaced of [text.replace(':', ': '), text.replace('{', '{ '), `${text} `, `${text}\n`]) {
      if (spaced === text) continue;
      const changed = new Map([...files, [path, Buffer.from(spaced)]]);
      expect([path, faultsOfFiles(changed).length]).not.toEqual([path, 0]);
    }
  }
});

describe('a chain', () => {
  const anchored = (chain: string): number =>
    Math.max(0, ...copy.anchors.flatMap(({ bytes }) => headsIn(bytes, chain)));

  test('that is cut anywhere before its last anchor shows, as does one that has vanished', () => {
    let cuts = 0;
    for (const chain of new Set(copy.rows.map((row) => row.chain))) {
      for (let keep = 0; keep < anchored(chain); keep++, cuts++) {
        const rows = copy.rows.filter((row) => row.chain !== chain || row.seq <= keep);
        const faults = faultsOf({ ...copy, rows });
        const said = keep === 0 ? /^chain \S+: it has vanished/ : /^chain \S+: it is cut before/;
        expect(faults.filter((fault) => said.test(fault) && fault.includes(chain))).toHaveLength(1);
      }
    }
    expect(cuts).toBeGreaterThanOrEqual(copy.rows.length - 1);
  });

  test('whose entry is taken out of its middle is told of by its first broken link alone', () => {
    const rows = copy.rows.filter(({ chain, seq }) => !(chain === 'INC-one' && seq === 2));
    const { faults } = verifyAudit({ ...copy, rows }, LONG_AGO);
    expect(faults.filter(({ where }) => where.startsWith('chain INC-one'))[0]).toEqual({
      where: 'chain INC-one, entry 2',
      what: 'an entry is missing or doubled',
      expected: 'entry 2',
      found: 'entry 3',
    });
    expect(faults.filter(({ what }) => what.includes('linked'))).toEqual([]);
  });

  test('that was written anew with hashes that fit is held by its anchors', async () => {
    const client = await record.ledger.admin.connect();
    try {
      await client.query('begin');
      await client.query('alter table responder.audit disable trigger audit_kept');
      await client.query(
        `create temporary table kept on commit drop as select * from responder.audit where chain = 'INC-one'`,
      );
      await client.query(`delete from responder.audit where chain = 'INC-one'`);
      // The trigger chains it anew: every link holds.
      await client.query(`
        insert into responder.audit (chain, key, at, kind, body)
        select chain, key, at, kind, replace(body, 'because', 'by nobody') from kept order by seq`);
      const rows = await readChains(client);
      const faults = faultsOf({ ...copy, rows });
      expect(faults[0]).toMatch(/^chain INC-one, entry \d: it is not what (heads|daily)\/.* holds$/);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

test('an anchor that has vanished from between shows; one that another has put beside counts for nothing', () => {
  const without = (pattern: RegExp) => copy.anchors.filter(({ key }) => !pattern.test(key));
  expect(faultsOf({ ...copy, anchors: without(/daily\/2026-11-23/) })).toEqual([
    'anchor daily/2026-11-24.txt: the daily anchor before it, daily/2026-11-23.txt, has vanished',
  ]);
  const [head] = copy.anchors.filter(({ key }) => key.startsWith('heads/'));
  const key = 'heads/INC-one/00000001-0000000000000000.txt';
  const moved = { key, bytes: head?.bytes ?? new Uint8Array() };
  const { faults, forged } = verifyAudit({ ...copy, anchors: [...copy.anchors, moved] }, LONG_AGO);
  expect([faults, forged]).toEqual([[], [expect.stringContaining(`${key} counts for nothing`)]]);
});

test('evidence that has vanished shows, unless it is older than evidence is kept', () => {
  const [gone, ...bodies] = copy.bodies;
  expect(faultsOf({ ...copy, bodies })).toEqual([
    expect.stringMatching(`^evidence ${gone?.key ?? ''}: it has vanished`),
  ]);
  const later = verifyAudit({ ...copy, bodies }, new Date('2029-01-01'));
  expect([later.faults, later.expired]).toEqual([[], [gone?.key]]);
  expect(faultsOf({ ...copy, evidence: copy.evidence.slice(1) })).toEqual([
    expect.stringMatching(/^row \S+ of \S+ in responder.evidence: the ledger's row is not what/),
  ]);
});

test('twenty changes in the ledger itself, by its administrator with the triggers off, show', async () => {
  const random = seeded(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const client = await record.ledger.admin.connect();
  try {
    for (let i = 0; i < 20; i++) {
      const row = pick(copy.rows);
      const column = pick(['chain', 'key', 'at', 'kind', 'body', 'previous', 'hash'] as const);
      const text = row[column];
      const places = [...text].flatMap((char, at) => (/[0-9a-z]/.test(char) ? [at] : []));
      const at = pick(places);
      const other = /[0-9]/.test(text[at] ?? '') ? pick([...'0123456789']) : pick([...'abcdef']);
      const changed = text.slice(0, at) + (other === text[at] ? '7' : other) + text.slice(at + 1);
      if (changed === text) continue;
      await client.query('begin');
      await client.query('alter table responder.audit disable trigger user');
      await client.query(`update responder.audit set ${column} = $3 where chain = $1 and seq = $2`, [
        row.chain,
        row.seq,
        changed,
      ]);
      const rows: readonly AuditRow[] = await readChains(client);
      await client.query('rollback');
      expect([column, changed, faultsOf({ ...copy, rows }).length]).not.toEqual([column, changed, 0]);
    }
  } finally {
    client.release();
  }
});

function headsIn(bytes: Uint8Array, chain: string): number[] {
  const text = openNote(bytes, SIGNER.keys) ?? '';
  const head = readHead(ANCHORS, text);
  const heads = head ? [head] : (readDaily(ANCHORS, text)?.heads ?? []);
  return heads.filter((one) => one.chain === chain).map(({ seq }) => seq);
}
