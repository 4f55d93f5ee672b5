import { ItemWriter } from '../../kernel/item-writer.ts';
import { Store } from '../../kernel/store.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
const statements: string[] = [];

beforeEach(async () => {
  database = await freshDatabase('items');
  await Store.open(database.pool);
  const query = database.pool.query.bind(database.pool) as (...args: unknown[]) => unknown;
  statements.length = 0;
  jest.spyOn(database.pool, 'query').mockImplementation((...args: unknown[]) => {
    const [asked] = args as [string | { text: string }];
    statements.push((typeof asked === 'string' ? asked : asked.text).trim().split(' ')[0] ?? '');
    return query(...args) as undefined;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await database.drop();
});

async function kept(): Promise<[string, unknown][]> {
  const store = await Store.open(database.pool);
  return store.collection('k').entries();
}

test('what is put in one go, and meanwhile, is few statements, and in the order in which it came', async () => {
  const writer = new ItemWriter(database.pool);
  const first = [1, 2, 3].map((i) => writer.put('k', `a${i}`, i));
  const later = [4, 5].map((i) => writer.put('k', `a${i}`, i));
  await Promise.all(first);
  expect(statements).toEqual(['insert']);
  const under = writer.put('k', 'b1', 1);
  const meanwhile = Array.from({ length: 300 }, (_, i) => writer.put('k', `c${i}`, i));
  await Promise.all([...later, under, ...meanwhile]);
  expect(statements).toEqual(['insert', 'insert', 'insert']);
  expect((await kept()).map(([key]) => key)).toEqual([
    ...[1, 2, 3, 4, 5].map((i) => `a${i}`),
    'b1',
    ...Array.from({ length: 300 }, (_, i) => `c${i}`),
  ]);
});

test('of two puts under one key the later stays, also around a delete, after which it stands last', async () => {
  const writer = new ItemWriter(database.pool);
  await Promise.all([
    writer.put('k', 'x', 1),
    writer.put('k', 'y', 1),
    writer.put('k', 'x', 2),
    writer.delete('k', 'x'),
    writer.put('k', 'x', 3),
    writer.put('k', 'z', 1),
    writer.delete('k', 'z'),
  ]);
  expect(await kept()).toEqual([
    ['y', 1],
    ['x', 3],
  ]);
});

test('what is on disk word for word is not written again; what was changed back is', async () => {
  const writer = new ItemWriter(database.pool);
  writer.adopt('k', 'old', '1');
  await writer.put('k', 'old', 1);
  expect(statements).toEqual([]);
  await writer.put('k', 'x', 1);
  await writer.put('k', 'x', 1);
  expect(statements).toEqual(['insert']);
  await writer.put('k', 'x', 2);
  await writer.put('k', 'x', 1);
  expect(await kept()).toEqual([['x', 1]]);
  await writer.delete('k', 'x');
  await writer.put('k', 'x', 1);
  expect(await kept()).toEqual([['x', 1]]);
});

test('an item that the server refuses fails alone, and may be tried again', async () => {
  const writer = new ItemWriter(database.pool);
  const outcome = await Promise.allSettled([
    writer.put('k', 'x', 1),
    writer.put('k', 'bad\0key', 1),
    writer.put('k', 'y', 1),
  ]);
  expect(outcome.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await expect(writer.put('k', 'bad\0key', 1)).rejects.toThrow(/invalid byte sequence/);
  expect(await kept()).toEqual([
    ['x', 1],
    ['y', 1],
  ]);
});
