import { inboxOf } from '../../../sandbox/commercial-ops/installation.ts';
import { arn } from '../../../emulator/kernel/places.ts';
import { bootWorld } from '../../support/world.ts';

const world = bootWorld();

const INVOICE = 'INV-2025-09-TEN-00123';
const WEBHOOK = 'payment_webhook';
const payments = () => world.services.commercialOps.payments;
const status = () => world.ask('select status from invoice_header where invoice_id = $1', [INVOICE]);
const waiting = (queueArn: string) => world.services.sqs.peek(queueArn).length;

/** The bank sends it, and it is through. */
async function bank(event: Parameters<ReturnType<typeof payments>['event']>[0]) {
  const sent = await payments().event(event);
  expect(await world.clock.advanceUntil(() => waiting(payments().queueArn) === 0, world.inMinutes(10))).toBe(
    true,
  );
  return sent;
}

test('a part of the total is kept, but settles nothing; the rest to the cent does', async () => {
  await bank({ invoice_id: INVOICE, amount_usd: '900.00' });
  expect(await status()).toBe('issued');
  expect(world.logged(WEBHOOK)).toEqual([`ERROR PAYMENT_MISMATCH invoice=${INVOICE}`]);
  await bank({ invoice_id: INVOICE, amount_usd: '1.00', status: 'pending' });
  expect(await status()).toBe('issued');
  const rest =
    (await world.ask('select (total_usd - 900)::text from invoice_header where invoice_id = $1', [
      INVOICE,
    ])) ?? '';
  const { event_id, provider_ref } = await bank({ invoice_id: INVOICE, amount_usd: rest });
  expect(await status()).toBe('paid');
  expect(world.logged(WEBHOOK).at(-1)).toBe(
    `INFO payment_webhook event=${event_id} invoice=${INVOICE} confirmed: settled`,
  );
  expect(
    await world.ask(
      `select string_agg(action, ',' order by action) from audit_event where metadata->>'run_id' = $1`,
      [event_id],
    ),
  ).toBe('invoice.paid,payment.recorded');

  const count = () => world.ask('select count(*) from payment_txn where invoice_id = $1', [INVOICE]);
  expect(await count()).toBe('3');
  await bank({ invoice_id: INVOICE, amount_usd: rest, provider_ref });
  expect(await count()).toBe('3');
  await bank({ invoice_id: INVOICE, amount_usd: rest });
  expect([await count(), await status()]).toEqual(['4', 'paid']);
  expect(world.logged(WEBHOOK).at(-1)).toBe(`ERROR PAYMENT_MISMATCH invoice=${INVOICE}`);
});

test('money for an invoice that nobody knows is kept', async () => {
  await bank({ invoice_id: 'INV-NONE', amount_usd: '5.00', provider_ref: 'stray' });
  expect(
    await world.ask(
      `select amount_usd || ' ' || (invoice_id is null) from payment_txn where provider_ref = 'stray'`,
    ),
  ).toBe('5.000000 true');
  expect(world.logged(WEBHOOK).at(-1)).toBe('ERROR PAYMENT_MISMATCH invoice=INV-NONE');
});

test('while the webhook fails its events end among the dead letters, and are taken once they come back', async () => {
  await world.pool.query(`delete from payment_txn where invoice_id = $1`, [INVOICE]);
  await world.pool.query(
    `update invoice_header set status = 'issued', paid_at = null where invoice_id = $1`,
    [INVOICE],
  );
  await payments().fail();
  await payments().event({ invoice_id: INVOICE });
  const { clock, services } = world;
  const dead = payments().deadLettersArn;
  expect(await clock.advanceUntil(() => waiting(dead) === 1, world.inMinutes(10))).toBe(true);
  expect(await status()).toBe('issued');
  expect(world.logged(WEBHOOK).filter((line) => line.includes('ETIMEDOUT'))).toHaveLength(3);

  await payments().work();
  const [letter] = services.sqs.peek(dead);
  await services.sqs.send(payments().queueArn, letter?.body ?? '');
  await services.sqs.purge(dead);
  expect(await clock.advanceUntil(async () => (await status()) === 'paid', world.inMinutes(10))).toBe(true);
});

test('what is no bank event becomes a dead letter; the rest of its batch does not', async () => {
  const { sqs } = world.services;
  await sqs.send(payments().queueArn, '{"invoice_id": 1}');
  await payments().event({ invoice_id: 'INV-NONE', amount_usd: '0.10', provider_ref: 'beside' });
  await world.clock.advanceUntil(() => waiting(payments().deadLettersArn) === 1, world.inMinutes(10));
  expect(world.logged(WEBHOOK).join('\n')).toMatch(
    /ERROR payment_webhook message=\S+ failed: the message is no bank event/,
  );
  expect(await world.ask(`select count(*) from payment_txn where provider_ref = 'beside'`)).toBe('1');
});

test('what is published to the topics of Commercial-Ops reaches who listens', async () => {
  const { sns, sqs, estate } = world.services;
  for (const topic of Object.values(estate.notices)) {
    const topicArn = arn('sns', topic);
    expect(sns.subscriptionsOf(topicArn)).toMatchObject([{ protocol: 'sqs', confirmed: true }]);
    await sns.publish({ topicArn, message: `to ${topic}` }, { arn: 'arn:aws:iam::012345678901:root' });
    await world.clock.idle();
    const inbox = sqs.peek(arn('sqs', inboxOf(topic)));
    expect(inbox.map(({ body }) => (JSON.parse(body) as { Message: string }).Message)).toEqual([
      `to ${topic}`,
    ]);
  }
});

test('the audit writer says every ten minutes what it wrote, until it is silenced', async () => {
  const { auditWriter } = world.services.commercialOps;
  const lines = () => world.logged('audit-event-writer');
  const before = lines().length;
  expect(before).toBeGreaterThan(0);
  await world.call('dashboard_refresher');
  await world.clock.advanceTo(world.inMinutes(31));
  expect(lines().length).toBeGreaterThanOrEqual(before + 3);
  expect(lines().join('\n')).toMatch(/INFO audit-event-writer wrote [1-9]\d* audit events since 2026-11-23T/);
  await auditWriter.silence();
  const silent = lines().length;
  await world.clock.advanceTo(world.inMinutes(31));
  expect(lines()).toHaveLength(silent);
  await auditWriter.speak();
  await world.clock.advanceTo(world.inMinutes(11));
  expect(lines().length).toBeGreaterThan(silent);
});
