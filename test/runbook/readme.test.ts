import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

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
