import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../..');

/** What `npm run new-playbook` writes runs at once: without this, it could be deployed with the skeleton's words. */
test('nothing that a skeleton left to its author still says FILL IN', () => {
  const blanks = ['lambdas', 'sandbox', 'test/catalog'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        readFileSync(join(ROOT, folder, name), 'utf8')
          .split('\n')
          .flatMap((line, i) =>
            line.includes('FILL IN') ? [`${folder}/${name}:${i + 1}: ${line.trim()}`] : [],
          ),
      ),
  );
  expect(blanks).toEqual([]);
});
