import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');

interface Covered {
  readonly branches: { readonly total: number; readonly covered: number };
}

/** Every way through every playbook is in its table test. */
test('the table tests of the playbooks go through every branch of every decision', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'responder-coverage-'));
  try {
    const args = [
      'test/catalog/playbooks',
      '--coverage',
      '--coverageReporters=json-summary',
      '--maxWorkers=2',
    ];
    await promisify(execFile)(
      process.execPath,
      [
        'node_modules/jest/bin/jest.js',
        ...args,
        // The tables alone: what properties happen to come upon differs from run to run.
        '--testNamePattern=^(?!.*whatever is found)',
        `--coverageDirectory=${dir}`,
        '--collectCoverageFrom=lambdas/catalog/playbooks/*.ts',
      ],
      { cwd: ROOT },
    );
    const summary = JSON.parse(readFileSync(join(dir, 'coverage-summary.json'), 'utf8')) as Record<
      string,
      Covered
    >;
    const files = Object.entries(summary).filter(([path]) => path !== 'total');
    expect(files.length).toBeGreaterThan(10);
    const short = files.filter(([, { branches }]) => branches.covered < branches.total);
    expect(short.map(([path]) => basename(path))).toEqual([]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
