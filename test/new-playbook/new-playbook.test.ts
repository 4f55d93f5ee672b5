import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
let copy: string;

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'responder-new-'));
  for (const part of [
    'emulator',
    'lambdas',
    'sandbox',
    'scripts',
    'test/contract',
    'test/catalog/playbooks',
    'test/support',
    'test/sql-as-text.cjs',
  ])
    cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  for (const file of ['package.json', 'tsconfig.json']) cpSync(join(ROOT, file), join(copy, file));
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const config = readFileSync(join(ROOT, 'jest.config.js'), 'utf8');
  // No database is needed there.
  writeFileSync(
    join(copy, 'jest.config.js'),
    config.replaceAll(/^ {2}(globalSetup|globalTeardown).*\n/gm, ''),
  );
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const make = (...args: string[]) =>
  run(process.execPath, ['scripts/new-playbook.ts', ...args], { cwd: copy });
/** The rest of the contract wants a whole sandbox, whichever playbooks there are. */
const WITHOUT_DATABASE = ['test/contract/playbooks', 'test/contract/decide-coverage'];
const check = () =>
  run(
    process.execPath,
    ['node_modules/jest/bin/jest.js', ...WITHOUT_DATABASE, 'test/catalog/playbooks/disk-full'],
    {
      cwd: copy,
    },
  ).then(
    ({ stderr }) => ({ passed: true, said: stderr }),
    (error: { stderr: string }) => ({ passed: false, said: error.stderr }),
  );

test('gives one file, one registry line and one test, which pass once their blanks are filled in', async () => {
  const before = readFileSync(join(copy, 'lambdas/catalog/playbooks/all.ts'), 'utf8');
  const { stdout } = await make('disk-full');
  expect(stdout).toContain('lambdas/catalog/playbooks/disk-full.ts');
  const after = readFileSync(join(copy, 'lambdas/catalog/playbooks/all.ts'), 'utf8');
  expect(after.split('\n').length - before.split('\n').length).toBe(1);

  const blank = await check();
  expect(blank.passed).toBe(false);
  expect(blank.said).toContain('FILL IN');

  const path = join(copy, 'lambdas/catalog/playbooks/disk-full.ts');
  const filled = readFileSync(path, 'utf8')
    .replace('FILL IN: number and title in the runbook', '13. Disks')
    .replace('FILL IN: a metric of lambdas/catalog/signals', 'budget_age_hours')
    .replaceAll('FILL IN: ', '');
  writeFileSync(path, filled);
  expect(await check()).toMatchObject({ passed: true });

  await expect(make('disk-full')).rejects.toMatchObject({
    stderr: expect.stringMatching(/disk-full\.ts already; choose another id/) as string,
  });
});

test.each([
  [[], /got no id; wanted one id in kebab-case/],
  [['Disk Full'], /"Disk Full" is no id; wanted kebab-case/],
])('says what is wrong with %j', async (args, words) => {
  await expect(make(...args)).rejects.toMatchObject({ stderr: expect.stringMatching(words) as string });
});
