import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { migrations } from '../../lambdas/record/migrations.ts';

const LAMBDAS = resolve(import.meta.dirname, '../../lambdas');

/** What the migrations have made in the schema: tables and sequences. */
const made = migrations.flatMap(({ sql }) =>
  [...sql.matchAll(/^create (?:table|sequence) (responder\.\w+)/gm)].map(([, name = '']) => name),
);

/** Lines that name something of the schema. */
const namesIn = (file: string): string[] =>
  readFileSync(join(LAMBDAS, file), 'utf8')
    .split('\n')
    .flatMap((line, i) =>
      (line.match(/\bresponder\.\w+/g) ?? [])
        .filter((name) => made.includes(name) || name === 'responder.migration')
        .map(
          (name) => `lambdas/${file}:${i + 1} names ${name}; ask the record by a function of lambdas/record`,
        ),
    );

test('nothing but lambdas/record has a statement on schema responder', () => {
  const files = globSync('**/*.ts', { cwd: LAMBDAS });
  const isOfRecord = (file: string): boolean => file.startsWith(join('record', '/'));
  expect(files.filter((file) => !isOfRecord(file)).flatMap(namesIn)).toEqual([]);
  // The search finds statements where there are some.
  const found = files.filter(isOfRecord).flatMap(namesIn).join('\n');
  expect(made.filter((name) => !found.includes(`names ${name};`))).toEqual([]);
});
