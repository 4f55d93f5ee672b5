import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { scratchDir } from '../../emulator/test/support/scratch.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Of the project, with all that the checks below need. */
const copy = scratchDir();
const COPIED = ['emulator', 'lambdas', 'lib', 'sandbox', 'scripts', 'docs', 'test/contract', 'test/support'];
const FILES = [
  '.prettierrc.json',
  'eslint.config.js',
  'jest.config.js',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

const LISTS = [
  'lambdas/catalog/playbooks/all.ts',
  'lambdas/catalog/probes/tables-read.ts',
  'lambdas/catalog/signals/all.ts',
  'sandbox/commercial-ops/parts/all.ts',
  'sandbox/faults/all.ts',
];
const MADE = [
  'lambdas/catalog/actions/run-disk-full-job.ts',
  'lambdas/catalog/playbooks/disk-full.ts',
  'lambdas/catalog/probes/disk-full-state.ts',
  'lambdas/catalog/signals/disk-full-count.ts',
  'sandbox/commercial-ops/parts/disk-full.ts',
  'sandbox/faults/disk-full.ts',
  'test/catalog/playbooks/disk-full.test.ts',
];

const text = (path: string, of = copy): string => readFileSync(join(of, path), 'utf8');
/** A script in the copy, as people run it. */
const node = async (script: string, ...args: string[]): Promise<{ code: number; said: string }> => {
  const ran = promisify(execFile)(process.execPath, [script, ...args], { cwd: copy });
  return ran.then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      said: stdout + stderr,
    }),
  );
};
const bin = (name: string, ...args: string[]) => node(`node_modules/${name}`, ...args);
const make = (...args: string[]) => node('scripts/new-playbook.ts', ...args);
const runTests = (...args: string[]) => bin('jest/bin/jest.js', ...args);
/** What it said. @throws the same when it failed */
const sound = async (ran: ReturnType<typeof node>): Promise<string> => {
  const { code, said } = await ran;
  if (code !== 0) throw new Error(`it ended with ${code}:\n${said}`);
  return said;
};

let said: string;
beforeAll(async () => {
  const more = ['test/catalog/playbooks/properties.ts', 'test/sql-as-text.cjs'];
  for (const path of [...COPIED, ...FILES, ...more])
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  said = await sound(make('disk-full'));
});

test('writes seven files, a line into each of the five lists, and the chapters of the runbook and of what Commercial-Ops must offer: nothing else', () => {
  const files = (of: string): string[] =>
    [...COPIED, 'test/catalog/playbooks'].flatMap((folder) =>
      readdirSync(join(of, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    );
  const before = new Set(files(ROOT));
  expect(
    files(copy)
      .filter((path) => !before.has(path))
      .sort(),
  ).toEqual(MADE);
  const changed = files(copy).filter(
    (path) => /\.\w+$/.test(path) && before.has(path) && text(path) !== text(path, ROOT),
  );
  expect(changed.sort()).toEqual(['docs/commercial-ops.md', 'docs/runbook.md', ...LISTS]);
  for (const path of [...MADE, ...changed]) expect(said).toContain(`  ${path}\n`);
  for (const path of LISTS) {
    const added = text(path).split('\n').length - text(path, ROOT).split('\n').length;
    expect([path, added >= 1 && added <= 2]).toEqual([path, true]);
  }
});

const WRITTEN = [...MADE, ...LISTS];

test('what it writes is formatted, and nothing that lint refuses', async () => {
  await sound(bin('prettier/bin/prettier.cjs', '--check', ...WRITTEN, 'docs/runbook.md'));
  await sound(bin('eslint/bin/eslint.js', ...WRITTEN));
});

test('its types are right', async () => {
  const config = { extends: './tsconfig.json', files: [...WRITTEN, 'lambdas/sql.d.ts'], include: [] };
  writeFileSync(join(copy, 'tsconfig.made.json'), JSON.stringify(config));
  await sound(bin('typescript/bin/tsc', '-p', 'tsconfig.made.json'));
});

test('its test goes through every branch, and the contract of playbooks accepts it', async () => {
  await sound(
    runTests(
      'test/catalog/playbooks/disk-full',
      'test/contract/playbooks',
      '--coverage',
      '--coverageReporters=text',
      '--collectCoverageFrom=lambdas/catalog/playbooks/disk-full.ts',
      '--coverageThreshold={"global":{"branches":100}}',
    ),
  );
  await sound(node('scripts/runbook.ts', '--check'));
});

test('its drills break the sandbox and come as their cards say, one for each row of its table', async () => {
  const table = await sound(node('scripts/drill.ts', 'disk-full'));
  expect(table).toMatch(/^4 passed \(fault 3, control 1\)/m);
  for (const row of ['fresh', 'failed-before', 'old'])
    expect(table).toMatch(new RegExp(`^ok .*\\(${row}\\)`, 'm'));
});

test('no blank that it leaves can be forgotten', async () => {
  const count = MADE.map((path) => text(path).split('FILL IN').length - 1).reduce((a, b) => a + b);
  expect(said).toContain(`${count} places say FILL IN`);
  const blank = await runTests('test/contract/blanks');
  expect(blank.code).toBe(1);
  expect(blank.said).toMatch(/lambdas\/catalog\/playbooks\/disk-full\.ts:\d+: section: '99\. FILL IN/);
  for (const path of MADE) writeFileSync(join(copy, path), text(path).replaceAll('FILL IN: ', ''));
  await sound(runTests('test/contract/blanks', 'test/contract/playbooks'));
});

test.each([
  [[], /got no id; wanted one id in kebab-case/],
  [['one', 'two'], /got "one two"; wanted one id/],
  [['Disk Full'], /"Disk Full" is no id; wanted kebab-case of two words or more, .*e\.g\. disk-full/],
  [['disk'], /"disk" is no id/],
  [['disk-full'], /there is lambdas\/catalog\/playbooks\/disk-full\.ts already; choose another id/],
  [['chain-of', '--force'], /--force/],
  [['budget-stale-critical'], /the alarm budget-stale-critical is one of the playbook budget-stale already/],
])('says what is wrong with %j, and writes nothing', async (args, words) => {
  const before = LISTS.map((path) => text(path));
  const refused = await make(...args);
  expect(refused.code).not.toBe(0);
  expect(refused.said).toMatch(words);
  expect(LISTS.map((path) => text(path))).toEqual(before);
  expect(existsSync(join(copy, 'sandbox/faults/budget-stale-critical.ts'))).toBe(false);
});
