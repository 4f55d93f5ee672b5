import type { Pool } from 'pg';
import type { ActContext } from '../../../lambdas/catalog/actions/definition.ts';
import { settleInvoice } from '../../../lambdas/catalog/actions/settle-invoice.ts';
import type { ActTools } from '../../../lambdas/platform/clients.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { bootLedger } from '../../support/ledger.ts';
import { exampleSettings } from '../../support/settings.ts';

const NOW = new Date('2026-11-23T14:00:00Z');
const RUN = 'payment-mismatch-1';

const ledger = bootLedger({ each: true, holds: ({ admin }) => admin.query(WORLD) });
let tools: ActTools;
beforeEach(async () => {
  tools = { changeLedger: (work: never) => transaction(asActor(ledger.admin), work) } as unknown as ActTools;
});

/** One issued invoice over 100.10 and nothing paid, and a run that holds the lock. */
const WORLD = `
insert into tenant_master values ('TEN-00113', 'Birch', 'active', '{}', '2020-01-01');
insert into invoice_header values ('INV-1', 'TEN-00113', '2026-09-01', '2026-10-01', 'issued', 100.1, 0, 100.1, '2026-10-06', null);
insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, acting, fence)
values ('${RUN}', 'INC-1', 'payment-mismatch', 'scope=payments', '{}', 'live', '{}', '2026-11-23', true, 7)`;

/** Each transaction with no more rights than the actor's login has. */
function asActor(pool: Pool): Pool {
  return {
    async connect() {
      const client = await pool.connect();
      await client.query('set role responder_settle_invoice');
      const release = client.release.bind(client);
      client.release = (error) => {
        client.release = release;
        if (error) return release(error);
        client.query('reset role').then(
          () => release(),
          (failed: Error) => release(failed),
        );
      };
      return client;
    },
  } as unknown as Pool;
}

const pay = (id: string, amount: string, status = 'confirmed', ref = id) =>
  ledger.admin.query(
    `insert into payment_txn values ($1, 'INV-1', 'bank_transfer', $2, $3, $4, '2026-11-01')`,
    [id, amount, ref, status],
  );

const settle = (actionId = `${RUN}-1`, fence = '7', change: Partial<typeof params> = {}) => {
  const context: ActContext = { settings: exampleSettings(), run: RUN, now: NOW, actionId, fence };
  return settleInvoice.start({ ...params, ...change }, context, tools);
};
const params = { invoice_id: 'INV-1', tenant_id: 'TEN-00113', period: '2026-09' };

const invoice = async () =>
  (await ledger.admin.query(`select status, paid_at, total_usd::text from invoice_header`))
    .rows[0] as unknown;

const UNTOUCHED = { status: 'issued', paid_at: null, total_usd: '100.100000' };

test('two equal halves by two transfers settle it', async () => {
  await pay('A', '50.05');
  await pay('B', '50.05');
  await settle();
  expect(await invoice()).toMatchObject({ status: 'paid' });
});

test('confirmed payments that are the total to the cent settle it, once, and leave a trace', async () => {
  await pay('A', '60.10');
  await pay('B', '40');
  await pay('C', '100.10', 'failed');
  await settle();
  await settle();
  expect(await invoice()).toEqual({ ...UNTOUCHED, status: 'paid', paid_at: NOW });
  const { rows } = await ledger.admin.query(
    `select actor_type, object_type, object_id, metadata ->> 'run' as run from audit_event`,
  );
  expect(rows).toEqual([{ actor_type: 'system', object_type: 'invoice', object_id: 'INV-1', run: RUN }]);
});

test.each<[string, () => Promise<unknown>, RegExp]>([
  ['nothing paid', () => Promise.resolve(), /INV-1 has no confirmed payment; wanted confirmed payments/],
  ['a cent short', () => pay('A', '100.09'), /INV-1 partial .*confirmed 100\.09/],
  ['a cent over', () => pay('A', '100.11'), /INV-1 over /],
  ['not confirmed', () => pay('A', '100.10', 'pending'), /no confirmed payment/],
  [
    'the same amount twice, and more than the total',
    () => Promise.all([pay('A', '50.06'), pay('B', '50.06')]),
    /INV-1 duplicate /,
  ],
  [
    'the same amount twice, of one of which nobody knows the transfer',
    () => Promise.all([pay('A', '50.05'), pay('B', '50.05', undefined, ' ')]),
    /INV-1 duplicate /,
  ],
  ['half a cent short', () => pay('A', '100.095'), /INV-1 partial .*confirmed 100\.095 in 1/],
  [
    'the same transfer twice',
    () => Promise.all([pay('A', '60', undefined, 'T 1'), pay('B', '40.10', undefined, 't1 ')]),
    /duplicate /,
  ],
  [
    'a refund among it',
    () => Promise.all([pay('A', '100.10'), pay('B', '5', 'refunded')]),
    /INV-1 refunded /,
  ],
  ['money taken back', () => Promise.all([pay('A', '110.10'), pay('B', '-10')]), /INV-1 refunded /],
])('%s settles nothing', async (_name, prepare, message) => {
  await prepare();
  await expect(settle()).rejects.toThrow(message);
  expect(await invoice()).toEqual(UNTOUCHED);
  expect((await ledger.admin.query('select from job_run')).rowCount).toBe(0);
});

test.each(['paid', 'void', 'open'])('an invoice that is %s is left', async (status) => {
  await pay('A', '100.10');
  await ledger.admin.query('update invoice_header set status = $1', [status]);
  await expect(settle()).rejects.toThrow(`invoice INV-1 is ${status}; wanted issued`);
});

test.each([{ tenant_id: 'TEN-00112' }, { period: '2026-10' }])(
  'an invoice that is not whose or of when the lock says is left: %j',
  async (change) => {
    await pay('A', '100.10');
    await expect(settle(undefined, undefined, change)).rejects.toThrow('invoice INV-1 is not there');
    expect(await invoice()).toEqual(UNTOUCHED);
  },
);

test('a run that lost the lock settles nothing', async () => {
  await pay('A', '100.10');
  await expect(settle(`${RUN}-1`, '6')).rejects.toThrow(/fence 6 is not held/);
  expect(await invoice()).toEqual(UNTOUCHED);
});

test('a refund that is being recorded is waited for, and then counts', async () => {
  await pay('A', '100.10');
  const webhook = await ledger.admin.connect();
  await webhook.query('begin');
  await webhook.query(`select from invoice_header where invoice_id = 'INV-1' for update`);
  const settling = settle();
  await webhook.query(`update payment_txn set status = 'refunded' where payment_id = 'A'`);
  await webhook.query('commit');
  webhook.release();
  await expect(settling).rejects.toThrow(/no confirmed payment/);
  expect(await invoice()).toEqual(UNTOUCHED);
});

test('the login that settles cannot change whose invoice it is, of when, or that it was issued', async () => {
  for (const column of ['invoice_id', 'tenant_id', 'period_start', 'issued_at']) {
    await expect(
      tools.changeLedger((client) => client.query(`update invoice_header set ${column} = ${column}`)),
    ).rejects.toThrow(/permission denied/);
  }
});
