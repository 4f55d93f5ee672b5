import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { atEnd } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm run coverage      whether the table tests of the playbooks take every branch of every decision

It takes no options. It ends with 1 and names the playbooks when one of them does not.`;

/** Fewer files than this means that coverage looked elsewhere. */
const LEAST_FILES = 10;

interface Covered {
  readonly branches: { readonly total: number; readonly covered: number };
}

/** Jest on the tables alone: what properties happen to find differs from run to run. */
function jest(dir: string): Promise<number> {
  const child = spawn(
    process.execPath,
    [
      'node_modules/jest/bin/jest.js',
      'test/catalog/playbooks',
      '--testNamePattern=^(?!.*the decision is sound)',
      '--coverage',
      '--coverageReporters=json-summary',
      `--coverageDirectory=${dir}`,
      '--collectCoverageFrom=lambdas/catalog/playbooks/*.ts',
      '--maxWorkers=2',
    ],
    { cwd: join(import.meta.dirname, '..'), stdio: 'inherit' },
  );
  const code = new Promise<number>((ended, failed) => {
    child.once('error', failed);
    child.once('exit', (code) => ended(code ?? 1));
  });
  atEnd('the tests', async () => {
    child.kill('SIGTERM');
    await code.catch(() => undefined);
  });
  return code;
}

await runCommand({
  help: HELP,
  failed: 'the coverage could not be measured',
  async main(args) {
    readWords(args, { command: 'npm run coverage', options: {} });
    const dir = mkdtempSync(join(tmpdir(), 'responder-coverage-'));
    atEnd('the folder of the coverage', async () => rmSync(dir, { recursive: true, force: true }));
    const code = await jest(dir);
    if (code !== 0) return code;
    const summary = JSON.parse(readFileSync(join(dir, 'coverage-summary.json'), 'utf8')) as Record<
      string,
      Covered
    >;
    const files = Object.entries(summary).filter(([path]) => path !== 'total');
    if (files.length <= LEAST_FILES)
      throw new Error(
        `coverage of ${files.length} files was measured; wanted more than ${LEAST_FILES} of lambdas/catalog/playbooks`,
      );
    const short = files.filter(([, { branches }]) => branches.covered < branches.total);
    for (const [path, { branches }] of short) {
      process.stdout.write(
        `${basename(path)}: the tables take ${branches.covered} of ${branches.total} branches; ` +
          `add a row to test/catalog/playbooks/${basename(path, '.ts')}.test.ts for each that is missing\n`,
      );
    }
    if (short.length === 0) process.stdout.write(`the tables take every branch of ${files.length} files\n`);
    return short.length === 0 ? 0 : 1;
  },
});
