import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { ACTORS, RECORD_RIGHTS, type Rights } from '../../lambdas/record/logins.ts';

/**
 * Each right in schema `responder` has a statement in the code that its login runs. That a statement's
 * right is there, PostgreSQL says.
 */

const LAMBDAS = resolve(import.meta.dirname, '../../lambdas');

/** The handler that runs as a login: the rehearser has the runner's code, and actions are its as well. */
const handlerOf = (login: string): string =>
  [...ACTORS, 'responder_rehearser'].some((one) => one === login)
    ? 'runner'
    : login.replace('responder_', '');

/** A handler's code, with nothing in it that it does not use. */
const codeOf = (handler: string): string =>
  buildSync({
    entryPoints: [join(LAMBDAS, `${handler}.handler.ts`)],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    packages: 'external',
    loader: { '.sql': 'text' },
    define: { PLAYBOOK_NAMES: '[]' },
    logLevel: 'silent',
  }).outputFiles[0]?.text ?? '';

const parts = (declared: string): { table: string; columns: string[] } => {
  const [table = '', columns] = declared.replace(')', '').split(' (');
  return { table, columns: columns?.split(', ') ?? [] };
};

/** The statements that change a table, each to its end or the next statement's begin. */
const changesOf = (code: string, table: string): string[] => [
  ...(code.match(new RegExp(`update responder\\.${table}\\b[^\`;]*`, 'g')) ?? []),
  ...(code.match(new RegExp(`insert into responder\\.${table}\\b[^\`;]*do update[^\`;]*`, 'g')) ?? []),
];

function unused(
  code: string,
  { select = [], insert = [], update = [], delete: remove = [], fence }: Rights,
): string[] {
  const has = (text: RegExp): boolean => text.test(code);
  const set = (table: string, column: string): boolean =>
    changesOf(code, table).some((sql) =>
      new RegExp(`\\b${column}\\s*=`).test(
        sql
          .split(/\bset\b/)
          .slice(1)
          .join(' '),
      ),
    );
  return [
    ...select
      .map(parts)
      .flatMap(({ table }) => (has(new RegExp(`responder\\.${table}\\b`)) ? [] : [`select ${table}`])),
    ...insert
      .map(parts)
      .flatMap(({ table }) =>
        has(new RegExp(`insert into responder\\.${table}\\b`)) ? [] : [`insert ${table}`],
      ),
    ...remove
      .map(parts)
      .flatMap(({ table }) =>
        has(new RegExp(`delete from responder\\.${table}\\b`)) ? [] : [`delete ${table}`],
      ),
    ...update
      .map(parts)
      .flatMap(({ table, columns }) =>
        columns.filter((column) => !set(table, column)).map((column) => `update ${table}.${column}`),
      ),
    ...(fence && !has(/responder\.fence/) ? ['fence'] : []),
  ];
}

test.each(Object.entries(RECORD_RIGHTS))('%s has no right that its code does not use', (login, rights) => {
  const code = codeOf(handlerOf(login));
  expect(code.length).toBeGreaterThan(10_000);
  expect(unused(code, rights)).toEqual([]);
});

test('a right that nothing uses is found', () => {
  const rights: Rights = {
    select: ['shadow'],
    insert: ['switch'],
    update: ['run (mode)', 'measurement (at)'],
    delete: ['run'],
    fence: true,
  };
  expect(unused(codeOf('signals'), rights)).toEqual([
    'select shadow',
    'insert switch',
    'delete run',
    'update run.mode',
    'update measurement.at',
    'fence',
  ]);
});
