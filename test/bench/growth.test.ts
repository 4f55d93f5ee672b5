import { measure, type Measured } from '../../scripts/bench/growth.ts';
import { seedRecord } from '../../scripts/bench/seed.ts';
import { bootLedger } from '../support/ledger.ts';

/** Ninety days of 500 runs: enough that PostgreSQL reads no table whole that it can look up in. */
const RUNS = 20_000;
/** One row for each run, incident or entry at least. */
const GROWING = [
  'approval',
  'approver',
  'audit',
  'audit_event',
  'command',
  'episode',
  'evidence',
  'guard',
  'incident',
  'lock',
  'postmortem',
  'run',
  'shadow',
  'step',
  'told',
  'transition',
];

/** The report's widest look back, a fortnight, has 2,333 incidents. */
const MOST_ROWS = 3_000;
const MOST_BLOCKS = 5_000;

const ledger = bootLedger();
let measured: Measured[];
beforeAll(async () => {
  await seedRecord(ledger.admin, RUNS);
  measured = await measure(ledger.responder, 1);
}, 300_000);

test('no statement of a run, a check, a report or a person reads a growing table whole', () => {
  const whole = measured.flatMap(({ name, plans }) =>
    plans.flatMap((plan) =>
      plan.whole.filter((table) => GROWING.includes(table)).map((table) => [name, table, plan.statement]),
    ),
  );
  expect(whole).toEqual([]);
});

test('none reads many rows that it throws away, or many blocks', () => {
  const wasteful = measured.flatMap(({ name, plans }) =>
    plans.flatMap(({ thrownAway, blocks, statement }) =>
      Math.max(0, ...Object.values(thrownAway)) > MOST_ROWS || blocks > MOST_BLOCKS
        ? [[name, thrownAway, blocks, statement]]
        : [],
    ),
  );
  expect(wasteful).toEqual([]);
});
