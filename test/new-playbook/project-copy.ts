import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { scratchDir } from '../../emulator/test/support/scratch.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
/** Of the project, with all that the checks below need. */
export const copy = scratchDir();
export const COPIED = [
  'emulator',
  'lambdas',
  'lib',
  'sandbox',
  'scripts',
  'docs',
  'test/contract',
  'test/support',
];
const FILES = [
  '.prettierrc.json',
  'eslint.config.js',
  'jest.config.js',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

export const LISTS = [
  'lambdas/catalog/playbooks/all.ts',
  'lambdas/catalog/probes/tables-read.ts',
  'lambdas/catalog/signals/all.ts',
  'sandbox/commercial-ops/parts/all.ts',
  'sandbox/faults/all.ts',
];
export const MADE = [
  'lambdas/catalog/actions/run-disk-full-job.ts',
  'lambdas/catalog/playbooks/disk-full.ts',
  'lambdas/catalog/probes/disk-full-state.ts',
  'lambdas/catalog/signals/disk-full-count.ts',
  'sandbox/commercial-ops/parts/disk-full.ts',
  'sandbox/faults/disk-full.ts',
  'test/catalog/playbooks/disk-full.test.ts',
];

export const text = (path: string, of = copy): string => readFileSync(join(of, path), 'utf8');
/** A script in the copy, as people run it. */
export const node = async (script: string, ...args: string[]): Promise<{ code: number; said: string }> => {
  const ran = promisify(execFile)(process.execPath, [script, ...args], { cwd: copy });
  return ran.then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      said: stdout + stderr,
    }),
  );
};
export const make = (...args: string[]) => node('scripts/new-playbook.ts', ...args);
/** What it said. @throws the same when it failed */
export const sound = async (ran: ReturnType<typeof node>): Promise<string> => {
  const { code, said } = await ran;
  if (code !== 0) throw new Error(`it ended with ${code}:\n${said}`);
  return said;
};

/** Copies the project and makes the playbook `disk-full` in the copy. @returns what the command said */
export async function copyAndMake(): Promise<string> {
  const more = ['test/catalog/playbooks/properties.ts', 'test/sql-as-text.cjs'];
  for (const path of [...COPIED, ...FILES, ...more])
    cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return sound(make('disk-full'));
}
