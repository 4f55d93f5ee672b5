import { againstStart } from '../../lambdas/record/against-start.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { causes } from '../support/facts.ts';
import { bootLedger } from '../support/ledger.ts';
import { ending, minute, opening } from '../support/runs.ts';

const ledger = bootLedger({ each: true });
const { caller: _caller, ...manual } = causes.manual;
const asked = { ...opening('asked', 0, { cause: manual, target: { period: '2026-11' } }).request };
const now = new Date(minute(30));
const against = (change: Partial<typeof asked> = {}) =>
  againstStart(ledger.responder, { ...asked, ...change }, now);

test('a live run on a target that another is at work on is not started; another target, a rehearsal or its own name is', async () => {
  const other = opening('other', 1, { target: { period: '2026-11' } });
  await openRun(ledger.responder, other);
  expect(await against()).toMatch(/^run other is at work on cur-freshness, period 2026-11/);
  expect(await against({ target: { period: '2026-10' } })).toBeUndefined();
  expect(await against({ mode: 'dry-run' })).toBeUndefined();
  expect(await against({ run: 'other' })).toBeUndefined();
  await endRun(ledger.responder, other, ending('resolved', minute(2)), []);
  expect(await against()).toBeUndefined();
});

test('unauthenticated callers start twenty runs an hour, under any names that they claim; proven people and alarms do not count', async () => {
  for (let i = 0; i < 19; i++)
    await openRun(
      ledger.responder,
      opening(`claimed-${i}`, i, { cause: { ...manual, by: `name ${i}` }, mode: 'dry-run' }),
    );
  await openRun(ledger.responder, opening('of-an-alarm', 1));
  await openRun(ledger.responder, opening('of-a-person', 1, { cause: causes.manual }));
  expect(await against({ mode: 'dry-run' })).toBeUndefined();
  await openRun(ledger.responder, opening('claimed-19', 19, { cause: manual, mode: 'dry-run' }));
  expect(await against({ mode: 'dry-run' })).toMatch(
    /have started 20 runs within the hour; wanted fewer than 20/,
  );
  expect(await againstStart(ledger.responder, asked, new Date(minute(61)))).not.toMatch(/within the hour/);
});
