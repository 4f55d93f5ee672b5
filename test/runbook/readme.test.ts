import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { actionsOfAll } from '../../lambdas/catalog/playbooks/permissions.ts';
import { commands } from '../../lambdas/commands/commands.ts';
import { LOGINS } from '../../lambdas/record/logins.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

test('the playbook on the first page is the one in the code', () => {
  const [, path = ''] = /`(lambdas\/\S+\.ts)`, complete:/.exec(README) ?? [];
  const [, shown = ''] = /```ts\n([\s\S]*?)```/.exec(README) ?? [];
  expect(readFileSync(join(ROOT, path), 'utf8').endsWith(`\n\n${shown}`)).toBe(true);
});

test('the first page has at most 120 lines, and every file that it names exists', () => {
  expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(120);
  const linked = [...README.matchAll(/\]\(([^)#]+)\)/g)].map(([, path = '']) => path);
  const named = [...README.matchAll(/\["(lambdas\/[^<"]+)/g)].map(([, path = '']) => path);
  expect(linked.length).toBeGreaterThan(10);
  expect([...linked, ...named].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('links between documents lead somewhere', () => {
  const pages = ['CONTRIBUTING.md', 'docs/decisions/README.md', 'emulator/README.md', 'lambdas/README.md'];
  const broken = pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\(([^)#:]+)\)/g)]
      .map(([, path = '']) => path)
      .filter((path) => !existsSync(join(ROOT, dirname(page), path)))
      .map((path) => `${page}: ${path}`),
  );
  expect(broken).toEqual([]);
});

test('what each single permission is good for is tried, by a test that is there, as often as the page says', () => {
  const page = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
  const [, table = ''] = /^\| in the attacker's hands .*\n\| -.*\n((?:\|.*\n)+)/m.exec(page) ?? [];
  const [, list = ''] = /^What the tests try, and how often:\n\n((?:[- ] .*\n)+)/m.exec(page) ?? [];
  const hands = table
    .trimEnd()
    .split('\n')
    .map((row) => /^\| (.*?) +\| /.exec(row)?.[1]);
  const tried = list.replaceAll(/\n {2}/g, ' ');
  const items = tried
    .trimEnd()
    .split('\n')
    .map((item) => /^- (.*?): (.*)$/.exec(item)?.slice(1) ?? []);
  expect(hands.length).toBeGreaterThan(10);
  expect(items.map(([what]) => what)).toEqual(hands);
  for (const [what, how = ''] of items) {
    const tests = [...how.matchAll(/\]\(\.\.\/([^)]+\.test\.ts)\)/g)].map(([, path = '']) => path);
    const missing = tests.filter((path) => !existsSync(join(ROOT, path)));
    expect([what, tests.length > 0, missing]).toEqual([what, true, []]);
  }
  expect(tried).toContain(`${Object.keys(commands).length} commands by `);
  expect(tried).toContain(`by all ${LOGINS.length} logins`);
  expect(tried).toContain(`any of the ${actionsOfAll().filter(({ changes }) => changes).length} actions`);
});
