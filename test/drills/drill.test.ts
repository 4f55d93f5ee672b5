import { join } from 'node:path';
import type { DrillReport } from '../../scripts/drill/result.ts';
import { drilling } from './drilling.ts';

const { drill, report } = drilling<DrillReport>();

test('a drill that comes as its card says: table, JSON, exit code, and nothing left behind', async () => {
  const { code, out, err, left } = await drill(['job-does-nothing']);
  expect({ code, err, left }).toEqual({ code: 0, err: '', left: [] });
  expect(out).toMatch(
    /^ok +job-does-nothing +fault +ineffective \(not-loaded\) +glue:StartJobRun +4\.\d+ → 4\.\d+ +\d+\.\d$/m,
  );
  expect(out).toMatch(/^1 passed \(fault 1\) in \d+ s$/m);

  const { drills, ...totals } = report();
  expect(totals).toMatchObject({ passed: 1, failed: 0, workers: 1 });
  const [only] = drills;
  expect(only).toMatchObject({
    name: 'job-does-nothing',
    kind: 'fault',
    passed: true,
    differences: [],
    got: {
      runs: [{ playbook: 'cur-freshness', outcome: 'ineffective', branch: 'not-loaded' }],
      actions: ['glue:StartJobRun'],
    },
  });
  expect(only?.rules.map(({ rule, violations }) => [rule, violations.length])).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((rule) => [rule, 0]),
  );
  expect(only?.told.map(({ event }) => event)).toEqual(['acting', 'ineffective']);
  const [run] = only?.runs ?? [];
  expect(run?.steps).toEqual(expect.arrayContaining(['diagnose', 'act:1:start-ingestion', 'verify:measure']));
  expect(run?.guards.map(({ guard, answer }) => `${guard} ${answer}`)).toContain('lock allow');
  expect(run?.evidence.map(({ probe }) => probe)).toEqual(
    expect.arrayContaining(['athena-copy', 'cur-delivery']),
  );
});

test('a drill that comes otherwise fails, and says what was wanted and what came', async () => {
  const { code, out, left } = await drill(['--faults', join(__dirname, 'wrong-card.ts')]);
  expect({ code, left }).toEqual({ code: 1, left: [] });
  expect(out).toMatch(/^FAIL +wrong-card +control +no run +no action/m);
  expect(out).toMatch(/^ +actions: wanted glue:StartJobRun; got none$/m);
  expect(out).toMatch(/^0 passed, 1 FAILED .*\nfailed: wrong-card$/m);
  expect(report()).toMatchObject({ passed: 0, failed: 1, drills: [{ passed: false }] });
});

test('a drill fails in which a run stands resolved while its fault is in another month', async () => {
  const { code, out, left } = await drill(['--faults', join(__dirname, 'falsely-resolved.ts')]);
  expect({ code, left }).toEqual({ code: 1, left: [] });
  expect(out).toMatch(/^FAIL +falsely-resolved +fault +resolved \(out-of-step\)/m);
  expect(out).toMatch(
    /^ +\S+ is resolved, and in 2026-10 [\d.]+ USD are allocated of AmazonEC2, which cost /m,
  );
});

test('Ctrl-C in the middle leaves neither a process nor a file behind', async () => {
  const { code, err, left } = await drill(
    ['normal-lag', 'not-ingested', '--workers', '1'],
    /^ok +not-ingested/m,
  );
  expect({ code, err, left }).toEqual({ code: 130, err: '\nending …\n', left: [] });
});

test('a name that no drill has is answered with those near to it', async () => {
  const { code, out, err } = await drill(['not-ingestde']);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/no drill matches "not-ingestde"; the nearest are not-ingested, /);
});

test('the report is delivered by the layout that is asked for, and read there', async () => {
  const names = ['access-denied', 'delivery-being-written', 'partition-missing'];
  const { code, out } = await drill(['--layout', 'data-export-kept', '--workers', '1', ...names]);
  expect(out).toMatch(/3 passed/);
  expect(code).toBe(0);
  expect(JSON.stringify(report())).toContain('cur-prefix/commercial-ops-cur/data/BILLING_PERIOD=2026-11/');
});

test('a layout that there is not is answered with those that there are', async () => {
  const { code, err } = await drill(['--layout', 'by-week']);
  expect(code).not.toBe(0);
  expect(err).toMatch(
    /--layout by-week is no layout; wanted one of by-month, cur, cur-kept, cur-athena, data-export/,
  );
});
