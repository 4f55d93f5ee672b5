import { measure, wasteful } from '../../scripts/bench/growth.ts';
import { seedRecord } from '../../scripts/bench/seed.ts';
import { bootLedger } from '../support/ledger.ts';

/** Forty days of 500 runs: enough that PostgreSQL reads no table whole in which it can look rows up. */
const RUNS = 20_000;

const ledger = bootLedger();

test('no statement of a run, a check, a report or a person reads a growing table whole, or rows to throw away', async () => {
  await seedRecord(ledger.admin, RUNS);
  expect(wasteful(await measure(ledger.responder, 1))).toEqual([]);
});

test('a statement that does is named, with its table', async () => {
  await ledger.admin.query('drop index responder.run_incident, responder.lock_run');
  const found = wasteful(await measure(ledger.responder, 1));
  expect(found).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^open reads responder\.run whole: select /),
      expect.stringMatching(/^holds locks reads responder\.lock whole: select /),
    ]),
  );
});
