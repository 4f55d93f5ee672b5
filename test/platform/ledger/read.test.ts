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
