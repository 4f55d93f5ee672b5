import { readLedger, type LedgerReader } from '../../../lambdas/platform/ledger/read.ts';
import { bootLedger } from '../../support/ledger.ts';

const ledger = bootLedger();
let reader: LedgerReader;
beforeAll(async () => {
  reader = readLedger(() => ledger.responder);
});

const EVENT = `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id)
  values ('2026-11-20Z', 'system', 'probe', 'x', 'run', 'x')`;
const events = async () =>
  (await ledger.admin.query<{ n: number }>('select count(*)::int as n from audit_event')).rows[0]?.n;

test('what the responder may write elsewhere, it cannot write while it looks', async () => {
  await ledger.responder.query(EVENT);
  expect(await events()).toBe(1);
  await expect(reader.query(EVENT)).rejects.toThrow('cannot execute INSERT in a read-only transaction');
  for (const sql of [
    `with written as (${EVENT} returning 1) select count(*) from written`,
    `select nextval('responder.fence')`,
    `create table responder.mine (a int)`,
    `delete from responder.run`,
  ]) {
    await expect(reader.query(sql)).rejects.toMatchObject({ code: '25006' });
  }
  expect(await events()).toBe(1);
});

test('a second statement cannot slip out of the transaction', async () => {
  await expect(reader.query(`commit; ${EVENT}`)).rejects.toThrow('multiple commands');
  await expect(reader.query(`select $1::int; ${EVENT}`, [1])).rejects.toThrow('multiple commands');
  expect(await events()).toBe(1);
});

test('the evidence holds the statement as it was sent, its values by name, and the rows', async () => {
  const sql = 'select $1::int + $2::int as sum;';
  await expect(reader.query(sql, [20, 22])).resolves.toEqual({
    rows: [{ sum: 42 }],
    evidence: { source: 'ledger', query: sql, parameters: { $1: 20, $2: 22 }, rows: [{ sum: 42 }] },
  });
});

test('a failed look leaves no connection behind in a broken transaction', async () => {
  for (let i = 0; i < 10; i++) await expect(reader.query('select 1/0')).rejects.toThrow('division by zero');
  await expect(
    Promise.all(Array.from({ length: 10 }, () => reader.query('select 1 as one'))),
  ).resolves.toHaveLength(10);
  await ledger.responder.query(EVENT);
  expect(await events()).toBe(2);
});

const BEGAN = `select transaction_timestamp()::text as began`;
const began = async (): Promise<string> =>
  (await reader.query<{ began: string }>(BEGAN)).rows[0]?.began ?? '';

test('looks that are asked at once, or after an answer right away, share a transaction; the next ones have another', async () => {
  const [first, second] = await Promise.all([began().then(async (one) => [one, await began()]), began()]);
  expect(first).toEqual([second, second]);
  await events();
  expect(await began()).not.toBe(second);
});

test('each look sees what is committed when it begins, also what was not when the first one began', async () => {
  const count = async () =>
    (await reader.query<{ n: number }>('select count(*)::int as n from audit_event')).rows[0]?.n ?? 0;
  const before = await count();
  // In one transaction: the second is asked as soon as the first is answered.
  const seen = await Promise.all([
    reader.query(`select from pg_sleep(0.2)`),
    ledger.admin.query(EVENT).then(() => before + 1),
    count(),
  ]);
  expect(seen[2]).toBe(seen[1]);
});

test('a look that fails takes no other with it, whenever they were asked', async () => {
  const asked = await Promise.allSettled([
    reader.query('select 1 as one'),
    reader.query('select 1/0'),
    reader.query('select 2 as two'),
    reader.query('select broken'),
    reader.query('select 3 as three'),
  ]);
  expect(asked.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'rejected',
    'fulfilled',
  ]);
});

test.each(['commit', 'end', '/* a look */ rollback', 'set transaction read write'])(
  'what would end the transaction of others has one of its own: %s',
  async (statement) => {
    const before = await events();
    const [, written] = await Promise.allSettled([
      reader.query(statement),
      reader.query(`with written as (${EVENT} returning 1) select count(*) from written`),
    ]);
    expect(written).toMatchObject({ status: 'rejected', reason: { code: '25006' } });
    expect(await events()).toBe(before);
  },
);

test('those behind a slow look go on beside it', async () => {
  const holder = await ledger.admin.connect();
  try {
    await holder.query('select pg_advisory_lock(11)');
    let isOver = false;
    const slow = reader.query('select from pg_advisory_xact_lock_shared(11)').then(() => (isOver = true));
    const others = Promise.all([reader.query('select 1'), reader.query('select 2')]);
    await expect(others).resolves.toHaveLength(2);
    expect(isOver).toBe(false);
    await holder.query('select pg_advisory_unlock(11)');
    await slow;
  } finally {
    holder.release();
  }
});
