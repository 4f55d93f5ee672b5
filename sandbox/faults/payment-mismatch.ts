import type { Sandbox } from '../sandbox.ts';
import { faultsOf, type Step } from './fault.ts';
import {
  bankEvent,
  changePayment,
  deadEvent,
  MANY_PAID,
  nothingOwed,
  paidInvoice,
  paidOfUnknownMonth,
  recordPayment,
  unpaidInvoice,
  unsettle,
} from './payment-world.ts';
import { setByHand, sql } from './steps.ts';

const PLAYBOOK = 'payment-mismatch';
const { fault, control, compound, poisoned, platform, ...payments } = faultsOf(
  PLAYBOOK,
  'payment_mismatch_count',
);
const SETTLE = 'ledger:settle-invoice';
const REDRIVE = 'sqs:StartMessageMoveTask';

const repaired = (branch: string) =>
  payments.resolved(
    branch,
    /^0 invoices mismatch, 0 payments have no invoice, 0 bank events are dead letters; alarm payment-mismatch is OK$/,
  );
const STILL_DEAD = payments.ineffective('redrive', /did not help: .* 1 bank events are dead letters$/);
const forPeople = (why: RegExp) => payments.escalated('person', why);

/** The other of the two alarms. */
const JOINED = payments.refused(null, /^guard open-run: run \S+ (is already at work|has just looked)/);

const deadLetter =
  (body: string): Step =>
  ({ services: { sqs, commercialOps } }) =>
    sqs.deadLetter(commercialOps.payments.queueArn, body);

const webhookFails: Step = ({ services: { commercialOps } }) => commercialOps.payments.fail();

async function webhookRecovers({ clock, services: { commercialOps, sqs } }: Sandbox): Promise<void> {
  const { payments } = commercialOps;
  const isDead = () => sqs.counts(payments.deadLettersArn).visible > 0;
  await clock.advanceUntil(isDead, new Date(clock.now().getTime() + 600_000));
  await payments.work();
}

/** Payments that the invoices do not show, and invoices that the payments do not cover. */
export const paymentMismatchFaults = [
  fault(
    'payment-unsettled',
    'An issued invoice is paid to the cent, in two parts, after a card that failed; its status was never set to paid.',
  )
    .inject(
      recordPayment({ status: 'failed', ref: 'card' }),
      recordPayment({ times: '0', plus: '10', ref: 'part-1' }),
      recordPayment({ plus: '-10', ref: 'part-2' }),
    )
    .expect(repaired('settle'), SETTLE),

  fault('payments-unsettled', 'Four invoices were paid to the cent, and none of them was set to paid.')
    .inject(unsettle(4))
    .expect(repaired('settle'), SETTLE, SETTLE, SETTLE, SETTLE),

  fault(
    'payment-webhook-missed',
    'The webhook could not reach the ledger for a while: a payment lies among the dead letters.',
  )
    .inject(webhookFails, bankEvent(), webhookRecovers)
    .expect(repaired('redrive'), REDRIVE),

  fault(
    'payment-webhook-still-down',
    'A payment lies among the dead letters, and the webhook still cannot reach the ledger.',
  )
    .inject(webhookFails, deadEvent())
    .expect(STILL_DEAD, REDRIVE),

  poisoned('payment-event-poisoned', 'A dead letter is no bank event at all: redriven, it comes back.')
    .inject(deadLetter('{"event_id": 17, "amount_usd": "a lot"}'))
    .expect(STILL_DEAD, REDRIVE),

  platform(
    'payment-redrive-unanswered',
    'A payment is redriven, but the answer to the redrive never arrives.',
  )
    .inject(deadEvent(), ({ faults }) =>
      faults.add({
        service: 'sqs',
        operation: 'StartMessageMoveTask',
        times: 1,
        when: 'after',
        effect: 'drop-connection',
      }),
    )
    .expect(repaired('redrive'), REDRIVE),

  compound(
    'payment-unsettled-and-missed',
    "One invoice is paid but not set to paid, another one's payment lies among the dead letters.",
  )
    .inject(deadEvent(), unsettle(1))
    .expect(repaired('settle-and-redrive'), SETTLE, REDRIVE),

  compound(
    'payment-refund-among-dead-letters',
    'An invoice is paid to the cent, and the refund of that payment lies among the dead letters.',
  )
    .inject(
      recordPayment({ ref: 'later-refunded' }),
      deadEvent({ provider_ref: 'later-refunded', status: 'refunded' }),
    )
    .expect(
      payments.ineffective(
        'settle-and-redrive',
        /did not help: 1 invoices mismatch, .* 0 bank events are dead letters$/,
      ),
      SETTLE,
      REDRIVE,
    ),

  fault('payment-partial', 'Half of an invoice is paid.')
    .inject(recordPayment({ times: '0.5', ref: 'half' }))
    .expect(
      forPeople(
        /both sides: INV-\S+ partial \(issued, total [\d.]+, confirmed [\d.]+ in 1, pending 0, refunded 0, duplicates 0\)$/,
      ),
    ),

  fault('payment-half-cent-short', 'An invoice is paid but for half a cent.')
    .inject(recordPayment({ plus: '-0.005', ref: 'short' }))
    .expect(forPeople(/ partial \(issued, /)),

  fault('payment-in-equal-instalments', 'An invoice is paid in two equal parts, by two transfers.')
    .inject(
      recordPayment({ times: '0.5', ref: 'part-1' }),
      recordPayment({ times: '0.5', plus: '0', ref: 'part-2' }),
      sql(
        `update invoice_header set total_usd = (select sum(amount_usd) from payment_txn where payment_txn.invoice_id = invoice_header.invoice_id)
         where invoice_id = $1`,
        unpaidInvoice,
      ),
    )
    .expect(repaired('settle'), SETTLE),

  fault('payment-of-nothing', 'Nothing is owed on an issued invoice, and a payment of 0 is confirmed.')
    .inject(nothingOwed, recordPayment({ ref: 'nothing' }))
    .expect(repaired('settle'), SETTLE),

  fault('payment-cent-short', 'An invoice is paid but for one cent.')
    .inject(recordPayment({ plus: '-0.01', ref: 'short' }))
    .expect(forPeople(/ partial \(issued, /)),

  fault('payment-over', 'More than the total of an invoice was paid.')
    .inject(recordPayment({ plus: '25', ref: 'over' }))
    .expect(forPeople(/ over \(issued, /)),

  poisoned(
    'payment-twice',
    'The bank reports the same transfer twice, under two references: its invoice, paid already, is overpaid now.',
  )
    .inject(bankEvent({ provider_ref: 'told-twice' }, paidInvoice()))
    .expect(
      forPeople(
        / duplicate \(paid, total [\d.]+, confirmed [\d.]+ in 2, pending 0, refunded 0, duplicates 2\)$/,
      ),
    ),

  poisoned(
    'payment-one-transfer-two-invoices',
    'One transfer was recorded on two invoices, and covers the second to the cent.',
  )
    .inject(recordPayment({ ref: 'shared' }), changePayment(`provider_ref = 'shared'`))
    .expect(forPeople(/ duplicate \(issued, .* in 1, pending 0, refunded 0, duplicates 1\)$/)),

  poisoned(
    'payment-reference-drifts',
    'One transfer was recorded on two invoices, in other case and with blanks, and covers the second to the cent.',
  )
    .inject(recordPayment({ ref: 'Shared ref/7 ' }), changePayment(`provider_ref = ' shared  REF/7'`))
    .expect(forPeople(/ duplicate \(issued, .* in 1, pending 0, refunded 0, duplicates 1\)$/)),

  compound(
    'payment-of-unknown-month',
    'Two invoices are paid and not settled, and so is one of a month that the ledger does not know: a person decides on that one.',
  )
    .inject(unsettle(2), ...paidOfUnknownMonth('10'))
    .expect(
      payments.escalated(
        'settle',
        /^a person decides on what a guard refuses: settle invoice INV-2023-05-\S+, .* \(guard period-open: 2023-05 is unknown\); the rest was done: 3 of 3 mismatching .*; now 1 invoices mismatch/,
      ),
      SETTLE,
      SETTLE,
    ),

  compound(
    'payment-over-the-limit',
    'An invoice of an unknown month is over more than one plan may move, another one is paid in part, and two are paid to the cent.',
    { limits: { playbooks: { [PLAYBOOK]: { blastRadius: { usd: 500_000 } } } } },
  )
    .inject(...paidOfUnknownMonth('600000'), recordPayment({ times: '0.5', ref: 'half' }), unsettle(2))
    .expect(
      [
        payments.escalated(
          'part-person',
          /^a person decides on what a guard refuses: settle invoice INV-2023-05-\S+, .* \(guard period-open: 2023-05 is unknown; guard blast-radius: 600000\.000000 of 500000 USD .*\); a person matches both sides: INV-\S+ partial .*; the rest was done: .*; now 2 invoices mismatch/,
        ),
      ],
      SETTLE,
      SETTLE,
    ),

  fault('payment-refunded', 'The payment of a paid invoice was refunded.')
    .inject(changePayment(`status = 'refunded'`))
    .expect(
      forPeople(
        / refunded \(paid, total [\d.]+, confirmed 0\.00 in 0, pending 0, refunded 1, duplicates 0\)$/,
      ),
    ),

  fault('payment-not-covered', 'An invoice is called paid, but its payment was never confirmed.')
    .inject(changePayment(`status = 'pending'`))
    .expect(forPeople(/ partial \(paid, total [\d.]+, confirmed 0\.00 in 0, pending 1, /)),

  fault('payment-of-void-invoice', 'Money came, to the cent, for an invoice that is void.')
    .inject(
      // Of a month that owes none, so that only the payment is at fault.
      sql(
        `insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd)
         select 'INV-2024-01-VOID', tenant_id, '2024-01-01', '2024-02-01', 'void', 40, 0, 40
         from invoice_header where invoice_id = $1`,
        paidInvoice(),
      ),
      recordPayment({ invoice: 'INV-2024-01-VOID', ref: 'for-void' }),
    )
    .expect(forPeople(/ not due \(void, /)),

  poisoned(
    'payment-without-invoice',
    'The bank reports a payment for an invoice and a tenant that do not exist.',
  )
    .inject(bankEvent({ amount_usd: '77.00' }, 'INV-2019-13-TEN-99999'))
    .expect(forPeople(/both sides: 1 confirmed payments of 77\.00 USD without an invoice$/)),

  compound(
    'payment-exact-and-duplicate',
    'Two invoices are paid to the cent and not settled; a third is paid twice.',
  )
    .inject(recordPayment({ invoice: paidInvoice(2), ref: 'again' }), unsettle(3))
    .expect(
      payments.escalated(
        'part-person',
        /both sides: INV-\S+ duplicate .*; the rest was done: 2 of 3 mismatching invoices .* to the cent \([^)]*\); now 1 invoices mismatch/,
      ),
      SETTLE,
      SETTLE,
    ),

  compound(
    'payment-missed-and-partial',
    'A payment lies among the dead letters, and another invoice is paid in part.',
  )
    .inject(deadEvent(), changePayment('amount_usd = amount_usd - 5'), unsettle(1))
    .expect(
      payments.escalated(
        'part-person',
        / partial .*; the rest was done: 1 bank events are dead letters; now 1 invoices mismatch, 0 .*, 0 bank/,
      ),
      REDRIVE,
    ),

  fault(
    'payments-very-many',
    'Sixty old invoices turn out to be paid and not settled: that has one cause, not sixty. Both alarms fire.',
  )
    .inject(...MANY_PAID)
    .expect([payments.escalated('many-mismatches', /^60 invoices mismatch, more than 50/), JOINED]),

  fault(
    'payment-dead-letters-very-many',
    'A thousand and one events are dead letters: redriven, they would meet the same cause. Both alarms fire.',
  )
    .inject(...Array.from({ length: 1_001 }, (_, i) => deadLetter(`{"event":${i}}`)))
    .expect([
      payments.escalated('many-dead-letters', /^1001 bank events are dead letters, more than 1000/),
      JOINED,
    ]),

  control('payment-of-nothing-missing', 'Nothing is owed on an issued invoice, and nobody paid.')
    .inject(nothingOwed)
    .expectNothing(),

  control('payment-pending', 'A payment of an issued invoice is on its way.')
    .inject(recordPayment({ status: 'pending', ref: 'on-its-way' }))
    .expectNothing(),

  control('payment-arrives', 'The bank reports a payment to the cent, and the webhook settles it.')
    .inject(bankEvent())
    .expectNothing(),

  control(
    'payment-alarm-by-hand',
    'Somebody sets the alarm by hand, while every payment is where it belongs.',
  )
    .inject(setByHand(PLAYBOOK))
    .expect(payments.selfHealed('healthy', /^no invoice mismatches .*alarm payment-mismatch is OK$/)),
];
