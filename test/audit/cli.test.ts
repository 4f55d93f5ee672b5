import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signExport } from '../../lambdas/record/audit/anchor.ts';
import { appendFileSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFolder, writeFolder } from '../../scripts/audit/folder.ts';
import { readAuditOptions } from '../../scripts/audit/options.ts';
import { scratchDir } from '../../emulator/test/support/scratch.ts';
import { ANCHORS, bootStoredRecord, RECORD } from '../support/stored-record.ts';
import { DAY_TWO, fill, SIGNER } from './past-runs.ts';

const record = bootStoredRecord();
const dir = scratchDir();
beforeAll(() => fill(record));

/** As a person types it; without `env` it can reach neither ledger nor AWS. */
const audit = (args: readonly string[], env: Record<string, string> = {}) =>
  new Promise<{ code: number; text: string }>((done) => {
    const { PATH = '', NODE_COMPILE_CACHE = '' } = process.env;
    const options = { env: { PATH, NODE_COMPILE_CACHE, ...env } };
    execFile(process.execPath, ['scripts/audit.ts', ...args], options, (error, out, err) => {
      done({ code: Number(error?.code ?? 0), text: `${out}${err}` });
    });
  });
/** The function that anchors, as an export asks it. */
const signing = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const asked = JSON.parse(Buffer.concat(parts).toString()) as { export: { files: number; root: string } };
    expect(request.url).toContain('/functions/responder-anchor/invocations');
    response.end(JSON.stringify({ note: signExport({ signer: SIGNER }, asked.export, DAY_TWO) }));
  });
}).listen(0, '127.0.0.1');
afterAll(() => signing.close());

const place = () => ({
  AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(signing.address() as AddressInfo).port}`,
  LEDGER_URL: record.ledger.url,
  AWS_ENDPOINT_URL: record.endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: record.rootKey.accessKeyId,
  AWS_SECRET_ACCESS_KEY: record.rootKey.secretAccessKey,
});
const buckets = ['--record', RECORD, '--anchors', ANCHORS, '--as-of', DAY_TWO.toISOString()];

test('where it lies, exported, and checked with no network at all', async () => {
  const folder = join(dir, 'export');
  const live = await audit(['verify', ...buckets], place());
  expect(live.text).toMatch(/^EVERYTHING IS UNCHANGED; read 5 chains .* 8 anchors, 12 evidence bodies$/m);
  expect(live.text).toContain('INC-seven: 1 entry since 2026-11-23T15:00:00.000Z');
  expect(live.code).toBe(0);
  expect(await audit(['export', folder, ...buckets], place())).toMatchObject({ code: 0 });
  expect(await audit(['verify', folder])).toEqual(live);
  const [key = ''] = SIGNER.keys;
  expect(live.text).toContain(key);
  expect(await audit(['verify', folder, '--key', key])).toEqual(live);
});

test('a changed byte, a lost file and a file more are named, and it ends with 1', async () => {
  const folder = join(dir, 'changed');
  await audit(['export', folder, ...buckets], place());
  const chain = join(folder, 'chains', 'INC-one.jsonl');
  writeFileSync(chain, readFileSync(chain, 'utf8').replace('because', 'Because'));
  unlinkSync(join(folder, 'bodies', 'evidence', 'two', 'before.json'));
  appendFileSync(join(folder, 'chains', 'INC-more.jsonl'), '');
  const { code, text } = await audit(['verify', folder]);
  expect(code).toBe(1);
  expect(text).toMatch(/^NOT WHAT IT WAS: \d faults/);
  expect(text).toMatch(
    /^chain INC-one, entry \d: its text is not what was hashed\n {2}expected \w{64}\n {2}found {4}\w{64}$/m,
  );
  expect(text).toMatch(/^evidence evidence\/two\/before.json: it has vanished/m);
  expect(text).toMatch(/^chains\/INC-more.jsonl: the index does not name it$/m);
});

test('what it cannot find out is said, with what is wanted, and ends with 2', async () => {
  const { code, text } = await audit(['verify']);
  expect([code, text]).toEqual([2, expect.stringMatching(/wanted LEDGER_URL/)]);
});

test.each([
  [['export'], /where to export is missing/],
  [['look'], /"look" is no command; wanted verify or export/],
  [['verify', 'a', 'b'], /"b" is too much/],
  [['verify', '--key', 'mine'], /--key: "mine" is no key of a signed note; wanted <name>/],
  [['verify', '--as-of', 'then'], /--as-of is "then"; wanted a moment/],
  [['verify', '--kept-months', 'two'], /--kept-months is "two"; wanted a whole number/],
])('refuses %j', (args, said) => {
  expect(() => readAuditOptions(args)).toThrow(said);
});

test('refuses a folder that is not there, and to write into one that holds something', () => {
  expect(() => readFolder(join(dir, 'nowhere'))).toThrow(/there is no folder .*nowhere/);
  expect(() => writeFolder(dir, new Map())).toThrow(/is not empty; wanted a new or empty folder/);
});
