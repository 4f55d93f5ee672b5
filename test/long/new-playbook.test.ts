import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copy, copyAndMake, LISTS, MADE, node, sound, text } from '../new-playbook/project-copy.ts';

const bin = (name: string, ...args: string[]) => node(`node_modules/${name}`, ...args);
const runTests = (...args: string[]) => bin('jest/bin/jest.js', ...args);

let said: string;
beforeAll(async () => {
  said = await copyAndMake();
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
