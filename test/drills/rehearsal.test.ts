import { join } from 'node:path';
import type { RehearsalReport } from '../../scripts/drill/result.ts';
import { drilling } from './drilling.ts';

const { drill, report } = drilling<RehearsalReport>();

test('a rehearsal says how each dry run ended and what it would do, and nothing has changed', async () => {
  const faults = ['not-ingested', 'restart-allocation-runner', 'chain-gap-and-failed-recon'];
  const { code, out, err, left } = await drill(['--rehearse', ...faults]);
  expect({ code, err, left }).toEqual({ code: 0, err: '', left: [] });
  expect(out).toMatch(/^ok +not-ingested +fault +cur-freshness +rehearsed \(not-loaded\) +start-ingestion$/m);
  expect(out).toMatch(
    /^ok +chain-gap-and-failed-recon +compound +recon-failed +rehearsed \(allocation-gap\) +run-allocation, run-reconciliation$/m,
  );
  expect(out).toMatch(/^3 rehearsed \(dry runs: rehearsed ×4\), and nothing has changed, in \d+ s$/m);

  const { rehearsals, ...totals } = report();
  expect(totals).toMatchObject({ passed: 3, failed: 0 });
  const ofRestart = rehearsals.find(({ name }) => name === 'restart-allocation-runner');
  expect(ofRestart?.runs).toMatchObject([
    {
      outcome: 'rehearsed',
      why: expect.stringMatching(
        /^would restart allocation_runner, with all its variables kept: /,
      ) as unknown,
      target: { function: 'allocation_runner' },
      decision: { plan: [{ action: 'restart-function' }] },
    },
  ]);
  expect(ofRestart?.runs[0]?.guards.map(({ guard }) => guard)).toContain('ledger');
});

test('a rehearsal beside which anything changes fails, and names it', async () => {
  const { code, out, left } = await drill(['--rehearse', '--faults', join(__dirname, 'meddling.ts')]);
  expect({ code, left }).toEqual({ code: 1, left: [] });
  for (const changed of [
    'table invoice_header has changed',
    's3 cur-bucket/a-file-more is new',
    'queue bank-webhooks has changed',
  ]) {
    expect(out).toContain(`a rehearsal changes nothing, and yet ${changed}`);
  }
  expect(out).toMatch(/^0 rehearsed, 1 FAILED .*\nfailed: meddling$/m);
  expect(report()).toMatchObject({ passed: 0, failed: 1, rehearsals: [{ passed: false }] });
});
