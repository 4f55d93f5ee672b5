import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { COPIED, copy, copyAndMake, LISTS, MADE, make, ROOT, text } from './project-copy.ts';

let said: string;
beforeAll(async () => {
  said = await copyAndMake();
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
