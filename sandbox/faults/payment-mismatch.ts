import { setByHand, type ExpectedRun, type Fault } from './fault.ts';
import {
  manyPaid,
  deadEvent,
  paidInvoices,
  recordPayment,
  unpaidInvoice,
  unsettle,
} from './payment-world.ts';

const METRIC = 'payment_mismatch_count';
const SETTLE = 'ledger:settle-invoice';
const REDRIVE = 'sqs:StartMessageMoveTask';

const run = (outcome: ExpectedRun['outcome'], branch: string | null, why: RegExp): ExpectedRun => ({
  playbook: 'payment-mismatch',
  outcome,
  branch,
  why,
});
const repaired = (branch: string): ExpectedRun =>
  run(
    'resolved',
    branch,
    /^0 invoices mismatch, 0 payments have no invoice, 0 bank events are dead letters; alarm payment-mismatch is OK$/,
  );
const forPeople = (why: RegExp): ExpectedRun => run('escalated', 'person', why);

const MANY_INVOICES = run('escalated', 'many-mismatches', /^60 invoices mismatch, more than 50/);
const MANY_EVENTS = run(
  'escalated',
  'many-dead-letters',
  /^1001 bank events are dead letters, more than 1000/,
);

/** The other of the two alarms. */
const JOINED = run('refused', null, /^guard open-run: run \S+ (is already at work|has just looked)/);

/** Payments that the invoices do not show, and invoices that the payments do not cover. */
export const paymentMismatchFaults: readonly Fault[] = [
  {
    name: 'payment-unsettled',
    about:
      'An issued invoice is paid to the cent, in two parts, after a card that failed; its status was never set to paid.',
    kind: 'fault',
    runs: [repaired('settle')],
    actions: [SETTLE],
    metric: METRIC,
    async inject(sandbox) {
      const invoice = await unpaidInvoice(sandbox);
      await recordPayment(sandbox, { invoice, status: 'failed', ref: 'card' });
      await recordPayment(sandbox, { invoice, times: '0', plus: '10', ref: 'part-1' });
      await recordPayment(sandbox, { invoice, plus: '-10', ref: 'part-2' });
    },
  },
  {
    name: 'payments-unsettled',
    about: 'Four invoices were paid to the cent, and none of them was set to paid.',
    kind: 'fault',
    runs: [repaired('settle')],
    actions: [SETTLE, SETTLE, SETTLE, SETTLE],
    metric: METRIC,
    inject: async (sandbox) => unsettle(sandbox, await paidInvoices(sandbox, 4)),
  },
  {
    name: 'payment-webhook-missed',
    about: 'The webhook could not reach the ledger for a while: a payment lies among the dead letters.',
    kind: 'fault',
    runs: [repaired('redrive')],
    actions: [REDRIVE],
    metric: METRIC,
    async inject(sandbox) {
      const { commercialOps, sqs } = sandbox.services;
      const { payments } = commercialOps;
      await payments.fail();
      await payments.event({ invoice_id: await unpaidInvoice(sandbox) });
      const isDead = () => sqs.counts(payments.deadLettersArn).visible > 0;
      await sandbox.clock.advanceUntil(isDead, new Date(sandbox.clock.now().getTime() + 600_000));
      await payments.work();
    },
  },
  {
    name: 'payment-webhook-still-down',
    about: 'A payment lies among the dead letters, and the webhook still cannot reach the ledger.',
    kind: 'fault',
    runs: [run('ineffective', 'redrive', /did not help: .* 1 bank events are dead letters$/)],
    actions: [REDRIVE],
    metric: METRIC,
    async inject(sandbox) {
      await sandbox.services.commercialOps.payments.fail();
      await deadEvent(sandbox, { invoice_id: await unpaidInvoice(sandbox) });
    },
  },
  {
    name: 'payment-event-poisoned',
    about: 'A dead letter is no bank event at all: redriven, it comes back.',
    kind: 'poisoned',
    runs: [run('ineffective', 'redrive', /did not help: .* 1 bank events are dead letters$/)],
    actions: [REDRIVE],
    metric: METRIC,
    async inject({ services: { sqs, commercialOps } }) {
      await sqs.deadLetter(commercialOps.payments.queueArn, '{"event_id": 17, "amount_usd": "a lot"}');
    },
  },
  {
    name: 'payment-redrive-unanswered',
    about: 'A payment is redriven, but the answer to the redrive never arrives.',
    kind: 'platform',
    runs: [repaired('redrive')],
    actions: [REDRIVE],
    metric: METRIC,
    async inject(sandbox) {
      await deadEvent(sandbox, { invoice_id: await unpaidInvoice(sandbox) });
      sandbox.faults.add({
        service: 'sqs',
        operation: 'StartMessageMoveTask',
        times: 1,
        when: 'after',
        effect: 'drop-connection',
      });
    },
  },
  {
    name: 'payment-unsettled-and-missed',
    about: "One invoice is paid but not set to paid, another one's payment lies among the dead letters.",
    kind: 'compound',
    runs: [repaired('settle-and-redrive')],
    actions: [SETTLE, REDRIVE],
    metric: METRIC,
    async inject(sandbox) {
      await deadEvent(sandbox, { invoice_id: await unpaidInvoice(sandbox) });
      await unsettle(sandbox, await paidInvoices(sandbox, 1));
    },
  },
  {
    name: 'payment-refund-among-dead-letters',
    about: 'An invoice is paid to the cent, and the refund of that payment lies among the dead letters.',
    kind: 'compound',
    runs: [
      run(
        'ineffective',
        'settle-and-redrive',
        /did not help: 1 invoices mismatch, .* 0 bank events are dead letters$/,
      ),
    ],
    actions: [SETTLE, REDRIVE],
    metric: METRIC,
    async inject(sandbox) {
      const invoice = await unpaidInvoice(sandbox);
      await recordPayment(sandbox, { invoice, ref: 'later-refunded' });
      await deadEvent(sandbox, { invoice_id: invoice, provider_ref: 'later-refunded', status: 'refunded' });
    },
  },
  {
    name: 'payment-partial',
    about: 'Half of an invoice is paid.',
    kind: 'fault',
    runs: [
      forPeople(
        /both sides: INV-\S+ partial \(issued, total [\d.]+, confirmed [\d.]+ in 1, pending 0, refunded 0, duplicates 0\)$/,
      ),
    ],
    actions: [],
    metric: METRIC,
    inject: async (sandbox) =>
      recordPayment(sandbox, { invoice: await unpaidInvoice(sandbox), times: '0.5', ref: 'half' }),
  },
  {
    name: 'payment-cent-short',
    about: 'An invoice is paid but for one cent.',
    kind: 'fault',
    runs: [forPeople(/ partial \(issued, /)],
    actions: [],
    metric: METRIC,
    inject: async (sandbox) =>
      recordPayment(sandbox, { invoice: await unpaidInvoice(sandbox), plus: '-0.01', ref: 'short' }),
  },
  {
    name: 'payment-over',
    about: 'More than an invoice asks for was paid.',
    kind: 'fault',
    runs: [forPeople(/ over \(issued, /)],
    actions: [],
    metric: METRIC,
    inject: async (sandbox) =>
      recordPayment(sandbox, { invoice: await unpaidInvoice(sandbox), plus: '25', ref: 'over' }),
  },
  {
    name: 'payment-twice',
    about:
      'The bank tells of the same transfer twice, under two references: its invoice, paid already, is overpaid now.',
    kind: 'poisoned',
    runs: [
      forPeople(
        / duplicate \(paid, total [\d.]+, confirmed [\d.]+ in 2, pending 0, refunded 0, duplicates 2\)$/,
      ),
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      const [invoice_id = ''] = await paidInvoices(sandbox, 1);
      await sandbox.services.commercialOps.payments.event({ invoice_id, provider_ref: 'told-twice' });
    },
  },
  {
    name: 'payment-one-transfer-two-invoices',
    about: 'One transfer was recorded on two invoices, and covers the second to the cent.',
    kind: 'poisoned',
    runs: [forPeople(/ duplicate \(issued, .* in 1, pending 0, refunded 0, duplicates 1\)$/)],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await recordPayment(sandbox, { invoice: await unpaidInvoice(sandbox), ref: 'shared' });
      const [paid] = await paidInvoices(sandbox, 1);
      await sandbox.pool.query(`update payment_txn set provider_ref = 'shared' where invoice_id = $1`, [
        paid,
      ]);
    },
  },
  {
    name: 'payment-refunded',
    about: 'The payment of a paid invoice was refunded.',
    kind: 'fault',
    runs: [
      forPeople(
        / refunded \(paid, total [\d.]+, confirmed 0\.00 in 0, pending 0, refunded 1, duplicates 0\)$/,
      ),
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      const [invoice] = await paidInvoices(sandbox, 1);
      await sandbox.pool.query(`update payment_txn set status = 'refunded' where invoice_id = $1`, [invoice]);
    },
  },
  {
    name: 'payment-not-covered',
    about: 'An invoice is called paid, but its payment was never confirmed.',
    kind: 'fault',
    runs: [forPeople(/ partial \(paid, total [\d.]+, confirmed 0\.00 in 0, pending 1, /)],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      const [invoice] = await paidInvoices(sandbox, 1);
      await sandbox.pool.query(`update payment_txn set status = 'pending' where invoice_id = $1`, [invoice]);
    },
  },
  {
    name: 'payment-of-void-invoice',
    about: 'Money came, to the cent, for an invoice that is void.',
    kind: 'fault',
    runs: [forPeople(/ not due \(void, /)],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      const [invoice] = await paidInvoices(sandbox, 1);
      // Of a month that owes none, so that only the payment is at fault.
      await sandbox.pool.query(
        `insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd)
         select 'INV-2024-01-VOID', tenant_id, '2024-01-01', '2024-02-01', 'void', 40, 0, 40
         from invoice_header where invoice_id = $1`,
        [invoice],
      );
      await recordPayment(sandbox, { invoice: 'INV-2024-01-VOID', ref: 'for-void' });
    },
  },
  {
    name: 'payment-without-invoice',
    about: 'The bank tells of a payment for an invoice and a tenant that do not exist.',
    kind: 'poisoned',
    runs: [forPeople(/both sides: 1 confirmed payments of 77\.00 USD without an invoice$/)],
    actions: [],
    metric: METRIC,
    async inject({ services: { commercialOps } }) {
      await commercialOps.payments.event({ invoice_id: 'INV-2019-13-TEN-99999', amount_usd: '77.00' });
    },
  },
  {
    name: 'payment-exact-and-duplicate',
    about: 'Two invoices are paid to the cent and not settled; a third is paid twice.',
    kind: 'compound',
    runs: [
      run(
        'escalated',
        'part-person',
        /both sides: INV-\S+ duplicate .*; the rest was done: 2 of 3 mismatching invoices .* to the cent \([^)]*\); now 1 invoices mismatch/,
      ),
    ],
    actions: [SETTLE, SETTLE],
    metric: METRIC,
    async inject(sandbox) {
      const [first = '', second = '', third = ''] = await paidInvoices(sandbox, 3);
      await unsettle(sandbox, [first, second, third]);
      await recordPayment(sandbox, { invoice: third, ref: 'again' });
    },
  },
  {
    name: 'payment-missed-and-partial',
    about: 'A payment lies among the dead letters, and another invoice is paid in part.',
    kind: 'compound',
    runs: [
      run(
        'escalated',
        'part-person',
        / partial .*; the rest was done: 1 bank events are dead letters; now 1 invoices mismatch, 0 .*, 0 bank/,
      ),
    ],
    actions: [REDRIVE],
    metric: METRIC,
    async inject(sandbox) {
      await deadEvent(sandbox, { invoice_id: await unpaidInvoice(sandbox) });
      const [invoice = ''] = await paidInvoices(sandbox, 1);
      await unsettle(sandbox, [invoice]);
      await sandbox.pool.query(`update payment_txn set amount_usd = amount_usd - 5 where invoice_id = $1`, [
        invoice,
      ]);
    },
  },
  {
    name: 'payments-very-many',
    about:
      'Sixty old invoices turn out to be paid and not settled: that has one cause, not sixty. Both alarms fire.',
    kind: 'fault',
    runs: [MANY_INVOICES, JOINED],
    actions: [],
    metric: METRIC,
    inject: manyPaid,
  },
  {
    name: 'payment-dead-letters-very-many',
    about:
      'A thousand and one events are dead letters: redriven, they would meet the same cause. Both alarms fire.',
    kind: 'fault',
    runs: [MANY_EVENTS, JOINED],
    actions: [],
    metric: METRIC,
    async inject({ services: { sqs, commercialOps } }) {
      for (let i = 0; i <= 1_000; i++)
        await sqs.deadLetter(commercialOps.payments.queueArn, `{"event":${i}}`);
    },
  },
  {
    name: 'payment-pending',
    about: 'A payment of an issued invoice is on its way.',
    kind: 'control',
    runs: [],
    actions: [],
    metric: METRIC,
    inject: async (sandbox) =>
      recordPayment(sandbox, { invoice: await unpaidInvoice(sandbox), status: 'pending', ref: 'on-its-way' }),
  },
  {
    name: 'payment-arrives',
    about: 'The bank tells of a payment to the cent, and the webhook settles it.',
    kind: 'control',
    runs: [],
    actions: [],
    metric: METRIC,
    inject: async (sandbox) => {
      await sandbox.services.commercialOps.payments.event({ invoice_id: await unpaidInvoice(sandbox) });
    },
  },
  {
    name: 'payment-alarm-by-hand',
    about: 'Somebody sets the alarm by hand, while every payment is where it belongs.',
    kind: 'control',
    runs: [run('self-healed', 'healthy', /^no invoice mismatches .*alarm payment-mismatch is OK$/)],
    actions: [],
    metric: METRIC,
    inject: (sandbox) => setByHand(sandbox, 'payment-mismatch'),
  },
];
