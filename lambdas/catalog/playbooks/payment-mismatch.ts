import { dollars } from '../../domain/words.ts';
import * as z from 'zod';
import { redriveBankEvents } from '../actions/redrive-bank-events.ts';
import { settleInvoice } from '../actions/settle-invoice.ts';
import { deciding, type Severity } from '../../domain/decision.ts';
import { bankQueues, total } from '../probes/bank-queues.ts';
import { paymentLog } from '../probes/payment-log.ts';
import {
  INVOICES_LISTED,
  paymentStories,
  storyOf,
  describeInvoice,
  unassignedPayments,
  type Invoice,
} from '../probes/payment-stories.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook } from './definition.ts';

const LIMIT = 0;
const CRITICAL = 10;
/** More dead letters than this have a cause that a redrive would meet again. */
const MOST_DEAD_LETTERS = 1_000;
/** Invoices that a reason shows; the evidence has all. */
const SHOWN = 5;

const ALARM_ON_DEAD_LETTERS = 'Find out why bank events became dead letters, and alarm on the first one';
const WANT_REFERENCES = 'Ask the payment provider for a reference to the invoice in each payment';

const { branches, act, leave, escalate } = deciding({
  healthy: {
    when: 'invoices and confirmed payments agree, or nothing is owed and nobody paid, and no bank event is a dead letter',
    then: 'nothing',
  },
  'many-mismatches': {
    when: `more than ${INVOICES_LISTED} invoices mismatch`,
    then: 'a person: find the one cause; nothing is settled',
    prevention: WANT_REFERENCES,
  },
  'many-dead-letters': {
    when: `more than ${MOST_DEAD_LETTERS} bank events are dead letters`,
    then: 'a person: find the cause; nothing is redriven',
    prevention: ALARM_ON_DEAD_LETTERS,
  },
  person: {
    when: 'no bank event is a dead letter, and each mismatch is partial, over, a duplicate, refunded, on an invoice that is not due, or money without an invoice',
    then: 'a person: match both sides',
    prevention: WANT_REFERENCES,
  },
  'part-person': {
    when: 'some mismatches are of that kind, and others are exact to the cent or bank events are dead letters',
    then: 'settle and redrive what needs nobody; a person: match the rest',
    prevention: WANT_REFERENCES,
  },
  settle: {
    when: 'no bank event is a dead letter, and each mismatch is an issued invoice whose confirmed payments are its total to the cent',
    then: 'settle each',
    prevention: 'Have confirmed payments settle their invoices when they arrive',
  },
  redrive: {
    when: 'bank events are dead letters, and no invoice mismatches',
    then: 'redrive them to the queue',
    prevention: ALARM_ON_DEAD_LETTERS,
  },
  'settle-and-redrive': {
    when: 'bank events are dead letters, and each mismatch is exact to the cent',
    then: 'settle first, then redrive',
    prevention: ALARM_ON_DEAD_LETTERS,
  },
});

export const paymentMismatch = definePlaybook({
  id: 'payment-mismatch',
  section: '7. Payment Reconciliation',
  symptoms: [
    'Payments are not reflected in invoice_header.status.',
    'The exception PAYMENT_MISMATCH is in the logs.',
  ],
  byHand: {
    'Payments not reflected': [{ alarm: 'payment-mismatch', probe: 'payment-stories' }],
    'Exception `PAYMENT_MISMATCH`': [{ probe: 'payment-log' }],
    'SELECT i.invoice_id, i.status': [{ probe: 'payment-stories' }],
    'Manually match transactions': [{ branch: 'person' }],
    'If bank webhook missing': [{ action: 'redrive-bank-events' }],
    'Correct mismatched totals': [{ action: 'settle-invoice' }, { branch: 'person' }],
  },
  alarms: [
    alarmOn('payment_mismatch_count', {
      name: 'payment-mismatch',
      threshold: { above: LIMIT },
      severity: 'SEV-3',
      title: '[# ]payments are not matched',
      unit: 'payments',
      description:
        'Invoices disagree with their confirmed payments, or bank events could not be applied: tenants who have paid may be dunned.',
    }),
    alarmOn('payment_mismatch_count', {
      name: 'payment-mismatch-critical',
      threshold: { above: CRITICAL },
      severity: 'SEV-2',
      title: '[# ]payments are not matched',
      unit: 'payments',
      description: `More than ${CRITICAL} invoices disagree with their confirmed payments, or bank events could not be applied: tenants who have paid may be dunned.`,
    }),
  ],
  target: z.strictObject({ scope: z.literal('payments') }),
  targetOf: () => ({ scope: 'payments' }),
  probes: {
    stories: paymentStories,
    unassigned: unassignedPayments,
    queues: bankQueues,
    log: paymentLog,
  },

  branches,
  decide({ stories, unassigned, queues }) {
    const { count, invoices } = stories;
    const dead = total(queues.deadLetters);
    const severity: Severity = Math.max(count + unassigned.count, dead) > CRITICAL ? 'SEV-2' : 'SEV-3';
    if (count === 0 && unassigned.count === 0 && dead === 0) {
      return leave(
        'healthy',
        'no invoice mismatches its confirmed payments, and no bank event is a dead letter',
      );
    }
    if (count > INVOICES_LISTED) {
      return escalate(
        'many-mismatches',
        `${count} invoices mismatch, more than ${INVOICES_LISTED}: so many have one cause, which a person finds first`,
        severity,
      );
    }
    if (dead > MOST_DEAD_LETTERS) {
      return escalate(
        'many-dead-letters',
        `${dead} bank events are dead letters, more than ${MOST_DEAD_LETTERS}: redriven, they would meet the same cause`,
        severity,
      );
    }

    const exact = invoices.filter((invoice) => storyOf(invoice) === 'exact');
    const unclear = invoices.filter((invoice) => storyOf(invoice) !== 'exact');
    const shown = unclear.slice(0, SHOWN);
    const more = count - exact.length - shown.length;
    const left = [
      ...shown.map(describeInvoice),
      ...(more > 0 ? [`${more} more invoices`] : []),
      ...(unassigned.count > 0
        ? [`${unassigned.count} confirmed payments of ${dollars(unassigned.total)} without an invoice`]
        : []),
    ];
    const matching = `a person matches both sides: ${left.join('; ')}`;
    // Settled first, on the present evidence: what a redriven event adds, such as a late refund, is a new
    // mismatch. The webhook itself settles a redriven exact payment.
    const plan = [
      ...exact.map(({ invoiceId, tenantId, period }) => ({
        action: settleInvoice.name,
        params: { invoice_id: invoiceId, tenant_id: tenantId, period },
      })),
      ...(dead > 0 ? [{ action: redriveBankEvents.name, params: {} }] : []),
    ];
    if (plan.length === 0) return escalate('person', matching, severity);

    const why = [
      ...(exact.length > 0
        ? [
            `${exact.length} of ${count} mismatching invoices are issued and paid to the cent (${namedInvoices(exact)})`,
          ]
        : []),
      ...(dead > 0 ? [`${dead} bank events are dead letters`] : []),
    ].join(', and ');
    if (left.length > 0) return act('part-person', why, plan, { handOff: { why: matching, severity } });
    if (dead === 0) return act('settle', why, plan);
    return act(exact.length === 0 ? 'redrive' : 'settle-and-redrive', why, plan);
  },

  concerns({ stories, unassigned, queues }, decision) {
    const dead = total(queues.deadLetters);
    if (decision.kind === 'escalate' && decision.branch !== 'person') return [decision.branch];
    return [
      ...stories.invoices.map((invoice) => `${invoice.invoiceId} ${storyOf(invoice)}`),
      ...(unassigned.count > 0
        ? [`${unassigned.count} payments without an invoice: ${unassigned.total}`]
        : []),
      ...(dead > 0 ? [`${dead} dead letters`] : []),
    ];
  },
  actions: [settleInvoice, redriveBankEvents],
  withoutApproval: {
    [settleInvoice.name]:
      'The bank has confirmed the total to the cent, and that is looked at again under the row lock that payments wait for; every other story is a person’s, and until it is settled the tenant may be dunned for what is paid.',
    [redriveBankEvents.name]:
      'The events are the bank’s own and were accepted once; the webhook records each payment once, and what it cannot apply comes back to where it lay.',
  },

  recovery: {
    probes: { stories: paymentStories, unassigned: unassignedPayments, queues: bankQueues },
    check({ stories, unassigned, queues }) {
      const dead = total(queues.deadLetters);
      return {
        healthy: stories.count === 0 && unassigned.count === 0 && dead === 0,
        summary: `${stories.count} invoices mismatch, ${unassigned.count} payments have no invoice, ${dead} bank events are dead letters`,
      };
    },
  },

  // FinOps must match both sides.
  finops: ['escalated', 'ineffective', 'failed'],
});

const namedInvoices = (invoices: readonly Invoice[]): string =>
  invoices
    .slice(0, SHOWN)
    .map(({ invoiceId }) => invoiceId)
    .join(', ') + (invoices.length > SHOWN ? ', …' : '');
