import * as fc from 'fast-check';
import type { Decision, PlannedAction } from '../../../lambdas/domain/decision.ts';
import { paymentMismatch } from '../../../lambdas/catalog/playbooks/payment-mismatch.ts';
import { INVOICES_LISTED, type Invoice } from '../../../lambdas/catalog/probes/payment-stories.ts';
import { decidesByTable, decidesSoundly, type DecisionRow } from './properties.ts';

const target = { scope: 'payments' };
const now = new Date('2026-11-23T14:00:00Z');

const exact: Invoice = {
  invoiceId: 'INV-1',
  tenantId: 'TEN-00113',
  period: '2026-09',
  status: 'issued',
  total: '120.00',
  paid: '120.00',
  balance: 0,
  confirmed: 1,
  pending: 0,
  failed: 0,
  refunded: 0,
  duplicates: 0,
};
const invoice = (change: Partial<Invoice> = {}): Invoice => ({ ...exact, ...change });
const half = invoice({ invoiceId: 'INV-2', paid: '60.00', balance: -1 });

interface World {
  readonly invoices?: readonly Invoice[];
  readonly count?: number;
  readonly unassigned?: number;
  readonly dead?: number;
}
const findingOf = ({ invoices = [], count = invoices.length, unassigned = 0, dead = 0 }: World) => ({
  stories: { count, invoices },
  unassigned: { count: unassigned, total: '77.00' },
  queues: { queue: { waiting: 0, inFlight: 0 }, deadLetters: { waiting: dead, inFlight: 0 } },
});
const decide = (world: World): Decision => paymentMismatch.decide(findingOf(world), { target, now });
const stepOf = ({ action, params }: PlannedAction) => [action, ...Object.values(params)].join(' ');

const SETTLE = 'settle-invoice INV-1 TEN-00113 2026-09';
const REDRIVE = 'redrive-bank-events';
const person = (change: Partial<Invoice>, why: RegExp): DecisionRow<World> => [
  why.source,
  { invoices: [invoice(change)] },
  'escalate person',
  why,
];

const table: DecisionRow<World>[] = [
  ['nothing', {}, 'leave healthy', /no invoice mismatches/],
  [
    'exact',
    { invoices: [exact] },
    'act settle',
    /^1 of 1 mismatching invoices are issued and paid to the cent \(INV-1\)$/,
    [SETTLE],
  ],
  [
    'exact, more on its way, a card that failed',
    { invoices: [invoice({ pending: 1, failed: 2 })] },
    'act settle',
    /^1 of 1 mismatching invoices are issued and paid to the cent \(INV-1\)$/,
    [SETTLE],
  ],
  person({ paid: '119.99', balance: -1 }, /INV-1 partial \(issued, total 120\.00, confirmed 119\.99 in 1/),
  person({ paid: '120.01', balance: 1 }, /INV-1 over \(issued/),
  person({ duplicates: 1 }, /INV-1 duplicate \(issued/),
  person({ refunded: 1 }, /INV-1 refunded \(issued/),
  person(
    { status: 'paid', paid: '0.00', balance: -1, confirmed: 0 },
    /INV-1 partial \(paid, .*confirmed 0\.00 in 0/,
  ),
  person({ status: 'paid', paid: '240.00', balance: 1, duplicates: 2 }, /INV-1 duplicate \(paid/),
  person({ status: 'void' }, /INV-1 not due \(void/),
  person({ status: 'open' }, /INV-1 not due \(open/),
  person({ status: 'paid' }, /INV-1 not due \(paid/),
  person({ confirmed: 0 }, /INV-1 not due \(issued/),
  [
    'money without an invoice',
    { unassigned: 2 },
    'escalate person',
    /2 confirmed payments of 77\.00 USD without an invoice$/,
  ],
  ['a dead letter', { dead: 1 }, 'act redrive', /^1 bank events are dead letters$/, [REDRIVE]],
  [
    'a thousand dead letters',
    { dead: 1_000 },
    'act redrive',
    /^1000 bank events are dead letters$/,
    [REDRIVE],
  ],
  ['more than a thousand', { dead: 1_001 }, 'escalate many-dead-letters', /^1001 .* more than 1000/],
  [
    'fifty exact',
    { invoices: listed(50) },
    'act settle',
    /^50 of 50 .*INV-4, …\)$/,
    listed(50).map(({ invoiceId }) => `settle-invoice ${invoiceId} TEN-00113 2026-09`),
  ],
  ['more than fifty', { invoices: listed(50), count: 51 }, 'escalate many-mismatches', /^51 .* more than 50/],
  [
    'exact, and a dead letter',
    { invoices: [exact], dead: 3 },
    'act settle-and-redrive',
    /to the cent \(INV-1\), and 3 bank/,
    [SETTLE, REDRIVE],
  ],
  ['exact and partial', { invoices: [exact, half] }, 'act part-person', /^1 of 2 mismatching/, [SETTLE]],
  ['a dead letter and partial', { invoices: [half], dead: 1 }, 'act part-person', /^1 bank/, [REDRIVE]],
  [
    'exact, and money without an invoice',
    { invoices: [exact], unassigned: 1 },
    'act part-person',
    /^1 of 1 mismatching invoices are issued and paid to the cent \(INV-1\)$/,
    [SETTLE],
  ],
];

function listed(count: number): Invoice[] {
  return Array.from({ length: count }, (_, i) => invoice({ invoiceId: `INV-${i}` }));
}

describe('payment-mismatch decides', () => {
  decidesByTable(paymentMismatch, table, decide, { stepOf });

  test('what it leaves, a person gets with both sides', () => {
    expect(decide({ invoices: [exact, half], unassigned: 1 })).toMatchObject({
      handOff: {
        severity: 'SEV-3',
        why:
          'a person matches both sides: INV-2 partial (issued, total 120.00, confirmed 60.00 in 1, pending 0, refunded 0, ' +
          'duplicates 0); 1 confirmed payments of 77.00 USD without an invoice',
      },
    });
  });

  test('five are shown, the others counted; more than ten are graver', () => {
    const decision = decide({ invoices: listed(11).map((one) => ({ ...one, refunded: 1 })) });
    expect(decision).toMatchObject({ kind: 'escalate', severity: 'SEV-2' });
    expect(decision.why).toMatch(/INV-4 refunded .*; 6 more invoices$/);
    expect(decide({ invoices: listed(10).map((one) => ({ ...one, refunded: 1 })) })).toMatchObject({
      severity: 'SEV-3',
    });
  });
});

test('it is about all payments', () => {
  expect(paymentMismatch.targetOf({ name: 'payment-mismatch', changedAt: now })).toEqual(target);
});

test('it is over when both sides tell one story and no event is a dead letter', () => {
  const holds = (world: World) => paymentMismatch.recovery.check(findingOf(world), { target, now }).healthy;
  expect(holds({})).toBe(true);
  for (const world of [{ invoices: [exact] }, { unassigned: 1 }, { dead: 1 }])
    expect(holds(world)).toBe(false);
});

const anyInvoice: fc.Arbitrary<Invoice> = fc.record({
  invoiceId: fc.nat(99).map((n) => `INV-${n}`),
  tenantId: fc.constant('TEN-00113'),
  period: fc.constantFrom('2026-09', '2026-10'),
  status: fc.constantFrom('open', 'issued', 'issued', 'issued', 'paid', 'void'),
  total: fc.constant('120.00'),
  paid: fc.constantFrom('60.00', '120.00', '240.00'),
  balance: fc.constantFrom(-1, 0, 0, 0, 1),
  confirmed: fc.nat(3),
  pending: fc.nat(1),
  failed: fc.nat(1),
  refunded: fc.constantFrom(0, 0, 0, 1),
  duplicates: fc.constantFrom(0, 0, 0, 2),
});
const anyFinding = fc
  .record({
    invoices: fc.uniqueArray(anyInvoice, {
      maxLength: INVOICES_LISTED,
      selector: ({ invoiceId }) => invoiceId,
    }),
    more: fc.constantFrom(0, 0, 0, 40),
    unassigned: fc.constantFrom(0, 0, 3),
    dead: fc.constantFrom(0, 0, 1, 1_000, 1_001),
  })
  .map(({ more, ...world }) => findingOf({ ...world, count: world.invoices.length + more }));

describe('whatever was found', () => {
  decidesSoundly(paymentMismatch, {
    finding: anyFinding,
    target,
    mayNotAct: ({ stories, queues }) => stories.count > 50 || queues.deadLetters.waiting > 1_000,
    cites: ({ stories, unassigned, queues }, { kind }) =>
      kind === 'leave'
        ? []
        : [
            ...[stories.count, stories.invoices.length, unassigned.count, queues.deadLetters.waiting].map(
              String,
            ),
            ...stories.invoices.map(({ invoiceId }) => invoiceId),
          ],
  });

  test('it settles only issued invoices whose confirmed payments are their total, and nothing else is told of them', () => {
    fc.assert(
      fc.property(anyFinding, (found) => {
        const decision = paymentMismatch.decide(found, { target, now });
        const plan = decision.kind === 'act' ? decision.plan : [];
        for (const { action, params } of plan) {
          if (action !== 'settle-invoice') continue;
          expect(found.stories.invoices).toContainEqual(
            expect.objectContaining({
              invoiceId: params['invoice_id'],
              status: 'issued',
              balance: 0,
              refunded: 0,
              duplicates: 0,
            }),
          );
        }
      }),
    );
  });
});
