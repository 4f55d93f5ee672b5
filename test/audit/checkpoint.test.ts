import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { signExport } from '../../lambdas/record/audit/anchor.ts';
import { rootOf } from '../../lambdas/record/audit/anchor-form.ts';
import { noteSigner, openNote } from '../../lambdas/record/audit/signed-note.ts';
import { copyOf, filesOf, indexRoot, withCheckpoint, type Files } from '../../scripts/audit/files.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { ANCHORS, bootStoredRecord } from '../support/stored-record.ts';
import { DAY_TWO, fill, readAll, SIGNER } from './past-runs.ts';

const record = bootStoredRecord();
let files: Files;
beforeAll(async () => {
  await fill(record);
  files = signed(filesOf((await readAll(record)).copy));
});

const signed = (unsigned: Files): Files =>
  withCheckpoint(unsigned, signExport({ signer: SIGNER }, indexRoot(unsigned), DAY_TWO));

/** Of Go's golang.org/x/mod/sumdb/note, which documents the format. */
const KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const SECRET = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const NOTE = `If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
`;

test('a note is signed and opened as others do it, to the byte', () => {
  const signer = noteSigner('PeterNeumann', [Buffer.from(SECRET, 'base64').subarray(1)]);
  const text = openNote(NOTE, [KEY]) ?? '';
  expect(text).toMatch(/^If you think.*\n.*problem is\.\n$/);
  expect([signer.keys, signer.sign(text)]).toEqual([[KEY], NOTE]);
  const bytes = Buffer.from(NOTE);
  for (const i of bytes.keys())
    for (const change of [1, 2, 16]) {
      const other = Buffer.from(bytes);
      other[i] = (other[i] ?? 0) ^ change;
      expect([i, openNote(other, [KEY])]).toEqual([i, undefined]);
    }
  for (const other of [`${NOTE}\n`, NOTE.slice(0, -1), NOTE.replace('\n\n', '\n')])
    expect(openNote(other, [KEY])).toBeUndefined();
});

test('the root is that of Certificate Transparency’s own test vectors', () => {
  const leaves = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];
  const found = roots.map((_root, i) => rootOf(leaves.slice(0, i).map((leaf) => Buffer.from(leaf, 'hex'))));
  expect(found.map((root) => Buffer.from(root, 'base64').toString('hex'))).toEqual(roots);
});

/** From here on nothing of ours, as a stranger does it who has the folder, its description and Node's crypto. */
describe('a stranger verifies one run from the exported folder', () => {
  const folder = join(scratchDir(), 'export');
  const sha = (...parts: (string | Buffer)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
  const root = (leaves: Buffer[]): Buffer => {
    if (leaves.length < 2) return leaves[0] ?? sha();
    let half = 1;
    while (half * 2 < leaves.length) half *= 2;
    return sha(Buffer.of(1), root(leaves.slice(0, half)), root(leaves.slice(half)));
  };
  const opened = (note: string, vkey: string): string[] => {
    const [text = '', signature = ''] = note.split('\n\n');
    const [, name = '', base64 = ''] = signature.split(/[ \n]/);
    const raw = Buffer.from(vkey.split('+').slice(2).join('+'), 'base64').subarray(1);
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]);
    const bytes = Buffer.from(base64, 'base64');
    expect(bytes.subarray(0, 4)).toEqual(sha(`${name}\n`, Buffer.of(1), raw).subarray(0, 4));
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect(verify(null, Buffer.from(`${text}\n`), key, bytes.subarray(4))).toBe(true);
    return text.split('\n');
  };
  const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');

  beforeAll(() => {
    for (const [file, bytes] of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), bytes);
    }
  });

  test('the entries of its incident by the signed head, and the folder by its checkpoint', () => {
    const index = JSON.parse(read('index.json')) as { file: string; sha256: string }[];
    const keyFile = index.map(({ file }) => file).find((file) => file.startsWith('anchors/keys/')) ?? '';
    const vkey = read(keyFile).split('\n')[1] ?? '';
    const [origin, size, top] = opened(read('checkpoint'), vkey);
    expect(origin).toBe(`${ANCHORS}/export`);
    for (const { file, sha256 } of index)
      expect(sha(readFileSync(join(folder, file))).toString('hex')).toBe(sha256);
    const lines = index.map(({ file, sha256 }) => sha(Buffer.of(0), `${sha256}  ${file}`));
    expect([Number(size), top]).toEqual([lines.length, root(lines).toString('base64')]);

    const heads = index.filter(({ file }) => file.startsWith('anchors/heads/INC-one/'));
    expect(heads.length).toBeGreaterThan(0);
    const entries = read('chains', 'INC-one.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    let previous = sha('INC-one').toString('hex');
    for (const { chain, seq, key, at, kind, body, login, hash = '' } of entries) {
      expect(sha([previous, chain, seq, key, at, kind, body, login].join('\n')).toString('hex')).toBe(hash);
      previous = hash;
    }
    for (const { file } of heads) {
      const [, count, found, head] = opened(read(file), vkey);
      const held = entries.slice(0, Number(count)).map(({ hash = '' }) => Buffer.from(hash, 'hex'));
      expect(found).toBe(root(held.map((leaf) => sha(Buffer.of(0), leaf))).toString('base64'));
      expect(head).toBe(`head ${held.at(-1)?.toString('hex')}`);
    }
  });
});

test('no file can be left out, put in or changed, with an index that fits', () => {
  const reindexed = (changed: Files): Files => {
    const own = [...changed].filter(([file]) => file !== 'index.json' && file !== 'checkpoint');
    const index = own.map(([file, bytes]) => ({
      file,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }));
    return new Map([
      ...own,
      ['index.json', Buffer.from(`${JSON.stringify(index, null, 2)}\n`)],
      ['checkpoint', files.get('checkpoint') ?? Buffer.of()],
    ]);
  };
  expect(copyOf(reindexed(files)).faults).toEqual([]);
  const wrong = (changed: Files) =>
    copyOf(reindexed(changed)).faults.map(({ where, what }) => `${where}: ${what}`);
  for (const file of files.keys()) {
    if (/^(index.json|checkpoint|read.json|anchors\/keys\/.*)$/.test(file)) continue;
    expect([file, wrong(new Map([...files].filter(([one]) => one !== file)))]).toEqual([
      file,
      expect.arrayContaining(['checkpoint: it was signed for other files']),
    ]);
  }
  expect(wrong(new Map([...files, ['record.json', Buffer.from('{}')]]))).toEqual([
    'checkpoint: it was signed for other files',
  ]);
  expect(wrong(new Map([...files, ['more.txt', Buffer.of(1)]]))).toContain(
    'checkpoint: it was signed for other files',
  );
  const without = new Map([...files].filter(([file]) => file !== 'checkpoint'));
  expect(copyOf(without).faults).toEqual([
    { where: 'checkpoint', what: 'it is missing: nothing says that the folder is whole' },
  ]);
});
