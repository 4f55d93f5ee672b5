import { Pool } from 'pg';
import { startIngestion } from '../../lambdas/actions/start-ingestion.ts';
import { askGuards, guards, type Guard, type GuardContext } from '../../lambdas/engine/guards.ts';
import type { Cause } from '../../lambdas/engine/request.ts';
import { readTools } from '../../lambdas/engine/tools.ts';
import { freshLedger, type TestLedger } from '../support/ledger.ts';
import { exampleSettings } from '../support/settings.ts';

let ledger: TestLedger;
beforeAll(async () => {
  ledger = await freshLedger();
  await ledger.admin.query(`insert into period_state (period_start, state, changed_at) values
    ('2026-11-01', 'open', '2026-11-01Z'), ('2026-10-01', 'closing', '2026-11-01Z'), ('2026-09-01', 'closed', '2026-10-05Z')`);
});
afterAll(() => ledger.close());

const at = '2026-11-23T14:00:00.000Z';
const person = { by: 'someone', reason: 'to see', at };
const manual: Cause = { kind: 'manual', ...person };
const alarm: Cause = {
  kind: 'alarm',
  alarm: {
    ...{
      name: 'cur-freshness',
      account: '012345678901',
      region: 'us-east-1',
      kind: 'metric',
      state: 'ALARM',
    },
    ...{ previous: 'OK', changedAt: at, reason: 'Threshold Crossed' },
  },
};

/** As an action that may touch a closed period. */
const issue = { ...startIngestion, name: 'issue', closedPeriod: { allowed: 'from frozen figures' } };

const context = (change: Partial<GuardContext> = {}, pool: Pool = ledger.responder): GuardContext => ({
  ...{ cause: alarm, target: { period: '2026-11' }, settings: exampleSettings(), otherRun: undefined },
  ...{ plan: [], actions: [startIngestion, issue] },
  ...{ tools: readTools(() => pool), now: new Date(at) },
  ...change,
});
const answerOf = async (
  slot: Guard['slot'],
  name: string,
  change: Partial<GuardContext> = {},
  pool?: Pool,
) => {
  const answers = await askGuards(slot, context(change, pool));
  const found = answers.find(({ guard }) => guard === name);
  return found && [found.answer, found.figures];
};

describe('before acting, the period', () => {
  test.each([
    ['2026-11', 'allow', '2026-11 is open'],
    ['2026-10', 'allow', '2026-10 is closing'],
    ['2026-09', 'refuse', '2026-09 is closed'],
    ['2025-01', 'refuse', '2025-01 is unknown'],
  ])('%s: %s', async (period, answer, figures) => {
    expect(await answerOf('before-acting', 'period-open', { target: { period } })).toEqual([answer, figures]);
  });

  test('is not asked of a target that is none', async () => {
    const target = { tenant: 'TEN-00123' };
    expect(await answerOf('before-acting', 'period-open', { target })).toEqual([
      'allow',
      'no period is touched',
    ]);
  });

  test('that the plan names counts, whatever the target is', async () => {
    const plan = [
      { action: 'start-ingestion', params: { period: '2026-11' } },
      { action: 'start-ingestion', params: { period: '2026-09' } },
    ];
    expect(await answerOf('before-acting', 'period-open', { target: { scope: 'all' }, plan })).toEqual([
      'refuse',
      '2026-11 is open, 2026-09 is closed',
    ]);
  });

  test('that is closed is open to an action that says why, and to no other of the same plan', async () => {
    const target = { period: '2026-09' };
    const issuing = { action: 'issue', params: { tenant_id: 'TEN-00112' } };
    const ask = (plan: GuardContext['plan']) => answerOf('before-acting', 'period-open', { target, plan });
    expect(await ask([issuing])).toEqual(['allow', '2026-09 is closed']);
    expect((await ask([issuing, { action: 'start-ingestion', params: {} }]))?.[0]).toBe('refuse');
    expect((await ask([{ action: 'nobody-knows-it', params: {} }]))?.[0]).toBe('refuse');
  });

  test('that cannot be asked refuses: fail closed', async () => {
    // Nobody listens on port 1.
    const nowhere = new Pool({ host: '127.0.0.1', port: 1, user: 'x', database: 'x' });
    const [answer, figures] = (await answerOf('before-acting', 'period-open', {}, nowhere)) ?? [];
    expect([answer, figures]).toEqual([
      'refuse',
      expect.stringMatching(/^could not be evaluated: .*ECONNREFUSED/),
    ]);
    await nowhere.end();
  });
});

describe('before diagnosing, another open run', () => {
  const otherRun = { run: 'cur-freshness-1', ended: false };
  test.each<[string, Cause, string]>([
    ['an alarm', alarm, 'refuse'],
    ['the sweep', { ...alarm, kind: 'sweep', slot: at }, 'refuse'],
    ['a person', manual, 'allow'],
    ['a replay', { kind: 'replay', of: 'x', evidence: 'today', ...person }, 'allow'],
  ])('of %s: %s', async (_name, cause, answer) => {
    expect(await answerOf('before-diagnosing', 'open-run', { cause, otherRun })).toEqual([
      answer,
      'run cur-freshness-1 is already at work on this target',
    ]);
  });
});

test('a guard that throws refuses with its words, and the others are still asked and recorded', async () => {
  const broken: Guard = {
    name: 'freeze-window',
    slot: 'before-acting',
    check: () => Promise.reject(new Error('the calendar does not answer')),
  };
  await expect(askGuards('before-acting', context(), [broken, ...guards])).resolves.toEqual([
    {
      ...{ slot: 'before-acting', guard: 'freeze-window', answer: 'refuse', checkedAt: at },
      figures: 'could not be evaluated: the calendar does not answer',
    },
    {
      slot: 'before-acting',
      guard: 'period-open',
      answer: 'allow',
      checkedAt: at,
      figures: '2026-11 is open',
    },
  ]);
});

test('each guard is asked in its own slot only', async () => {
  expect((await askGuards('before-diagnosing', context())).map(({ guard }) => guard)).toEqual(['open-run']);
  expect((await askGuards('before-acting', context())).map(({ guard }) => guard)).toEqual(['period-open']);
});
