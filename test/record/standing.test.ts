import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { standingOf } from '../../lambdas/record/standing.ts';
import { resetsOf } from '../../lambdas/record/standing-orders.ts';
import { closeBreaker, putSwitch, putTrust } from '../../lambdas/record/orders.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { bootLedger, FORGET_AUDIT } from '../support/ledger.ts';
import { ending, minute, opening, pastRun, type PastRun } from '../support/runs.ts';

const ledger = bootLedger();
beforeEach(() =>
  ledger.admin.query(
    `truncate responder.run, responder.incident, responder.standing, responder.switch, audit_event cascade; ${FORGET_AUDIT}`,
  ),
);

const standingAt = (n: number, change: object = {}) =>
  standingOf(ledger.responder, {
    run: 'this-one',
    playbook: 'cur-freshness',
    targetKey: 'period=2026-11',
    now: minute(n),
    ...change,
  });
const past = (run: PastRun) => pastRun(ledger.responder, run);
const DAY = 1_440;
const order = (at: string, action: string, id = 'cur-freshness') => ({
  caller: { arn: 'arn:aws:iam::012345678901:user/sre-one', person: 'sre-one' },
  action: `responder.${action}`,
  object: { type: 'playbook', id },
  at,
  why: 'a test',
});

test('of an empty ledger: nothing holds', async () => {
  const none = { hour: { count: 0, oldest: null }, day: { count: 0, oldest: null } };
  await expect(standingAt(0)).resolves.toEqual({
    paused: [],
    trust: undefined,
    breaker: undefined,
    lastPlan: undefined,
    inARow: 0,
    returns: 0,
    begun: { overall: none, playbook: none, target: none },
  });
});

describe('plans begun', () => {
  test('within the hour and the day, overall, of the playbook, of the target', async () => {
    await past({ claimedAt: 0, endedAt: 5 });
    await past({ claimedAt: 10, endedAt: 15, target: { period: '2026-10' } });
    await past({ claimedAt: 20, playbook: 'budget-stale' });
    await past({ claimedAt: -600, endedAt: -590 });
    const counts = async (n: number) =>
      Object.values((await standingAt(n)).begun).map(({ hour, day }) => [hour.count, day.count]);
    expect(await counts(30)).toEqual([
      [3, 4],
      [2, 3],
      [1, 2],
    ]);
  });

  test('an hour later, and a day later, there is room again: not a millisecond before', async () => {
    await past({ claimedAt: 0, endedAt: 5 });
    const countsAt = async (n: number) => {
      const { hour, day } = (await standingAt(n)).begun.target;
      return [hour.count, day.count];
    };
    const ms = 1 / 60_000;
    expect(await countsAt(60 - ms)).toEqual([1, 1]);
    expect(await countsAt(60)).toEqual([0, 1]);
    expect(await countsAt(DAY - ms)).toEqual([0, 1]);
    expect(await countsAt(DAY)).toEqual([0, 0]);
  });

  test('the oldest of them says when', async () => {
    await past({ claimedAt: 3, endedAt: 4 });
    await past({ claimedAt: 7, endedAt: 8 });
    const { oldest } = (await standingAt(20)).begun.playbook.hour;
    expect(new Date(oldest ?? '').toISOString()).toBe(minute(3));
  });

  test('neither rehearsals, nor what only waits, nor the run itself', async () => {
    await past({ claimedAt: 0, endedAt: 5, mode: 'dry-run', outcome: 'rehearsed' });
    await past({ claimedAt: 1, endedAt: 5, changes: false });
    const own = await past({ claimedAt: 2 });
    expect((await standingAt(10, { run: own.request.run })).begun.overall.day.count).toBe(0);
    expect((await standingAt(10)).begun.overall.day.count).toBe(1);
  });
});

describe('the last plan', () => {
  const last = async (n: number) => {
    const { lastPlan } = await standingAt(n);
    return lastPlan && [lastPlan.run, new Date(lastPlan.at).toISOString()];
  };
  test('is the one that ended last, of this playbook and target', async () => {
    await past({ claimedAt: 0, endedAt: 40 });
    const long = await past({ claimedAt: 1, endedAt: 50, outcome: 'failed' });
    await past({ claimedAt: 55, endedAt: 56, target: { period: '2026-10' } });
    await past({ claimedAt: 57, endedAt: 58, playbook: 'budget-stale' });
    expect(await last(60)).toEqual([long.request.run, minute(50)]);
  });

  test('that is still at work counts from its beginning', async () => {
    const open = await past({ claimedAt: 0 });
    expect(await last(60)).toEqual([open.request.run, minute(0)]);
  });
});

describe('in a row without effect', () => {
  const inARow = async () => (await standingAt(500)).inARow;
  const run = (claimedAt: number, outcome: PastRun['outcome'], change: Partial<PastRun> = {}) =>
    past({ claimedAt, endedAt: claimedAt + 5, outcome: outcome ?? 'resolved', ...change });

  test('counts what was ineffective or failed, on any target, until one helps', async () => {
    await run(0, 'ineffective');
    await run(10, 'failed', { target: { period: '2026-10' } });
    expect(await inARow()).toBe(2);
    await run(20, 'resolved');
    expect(await inARow()).toBe(0);
    await run(30, 'ineffective');
    expect(await inARow()).toBe(1);
  });

  test.each(['inconclusive', 'escalated', 'self-healed', 'refused'] as const)(
    '%s neither counts nor ends the row',
    async (outcome) => {
      await run(0, 'ineffective');
      await run(10, outcome);
      expect(await inARow()).toBe(1);
    },
  );

  test('another playbook’s, a rehearsal’s, and what changes nothing are no part of it', async () => {
    await run(0, 'ineffective', { playbook: 'budget-stale' });
    await run(10, 'failed', { mode: 'dry-run' });
    await run(20, 'failed', { changes: false });
    expect(await inARow()).toBe(0);
  });

  test('begins anew once a person has closed the breaker', async () => {
    for (const at of [0, 10, 20]) await run(at, 'ineffective');
    expect(await standingAt(30)).toMatchObject({
      inARow: 3,
      breaker: { why: '3 plans in a row were ineffective or failed' },
    });
    expect(
      await transaction(ledger.responder, (on) =>
        closeBreaker(on, 'cur-freshness', order(minute(30), 'reset')),
      ),
    ).toBe(true);
    expect(await standingAt(31)).toMatchObject({ inARow: 0, breaker: undefined, trust: 'approve' });
    await run(40, 'failed');
    expect(await inARow()).toBe(1);
  });
});

describe('returns of an incident', () => {
  const returns = async (n: number) => (await standingAt(n)).returns;
  test('are its ends within a day after something had been done', async () => {
    await past({ claimedAt: 0, endedAt: 10, outcome: 'resolved' });
    await past({ claimedAt: 60, endedAt: 70, outcome: 'resolved' });
    expect(await returns(100)).toBe(2);
    const ms = 1 / 60_000;
    expect(await returns(10 + DAY - ms)).toBe(2);
    expect(await returns(10 + DAY)).toBe(1);
    expect(await returns(70 + DAY)).toBe(0);
  });

  test('that healed by themselves, or went on, are none', async () => {
    const healed = opening('healed');
    await openRun(ledger.responder, healed);
    await endRun(ledger.responder, healed, ending('self-healed', minute(5)), []);
    await past({ claimedAt: 20, endedAt: 30, outcome: 'ineffective' });
    expect(await returns(100)).toBe(0);
  });

  test('of another target are its own', async () => {
    await past({ claimedAt: 0, endedAt: 10, target: { period: '2026-10' } });
    expect(await returns(100)).toBe(0);
  });
});

test('switches: everything and this playbook, as long as they are off', async () => {
  const pull = (scope: string, paused: boolean, n: number) =>
    transaction(ledger.responder, (on) =>
      putSwitch(on, order(minute(n), paused ? 'pause' : 'resume', scope), { scope, paused }),
    );
  expect(await pull('all', true, 0)).toBe(true);
  expect(await pull('all', true, 1)).toBe(false);
  await pull('cur-freshness', true, 2);
  await pull('budget-stale', true, 3);
  const paused = async () =>
    (await standingAt(9)).paused.map(({ scope, since }) => [scope, new Date(since).toISOString()]);
  expect((await paused()).sort()).toEqual([
    ['all', minute(0)],
    ['cur-freshness', minute(2)],
  ]);
  expect(await pull('all', false, 5)).toBe(true);
  expect((await paused()).map(([scope]) => scope)).toEqual(['cur-freshness']);
});

describe('rows that no order in the audit stands behind', () => {
  const putAll = (paused: boolean, n: number) =>
    transaction(ledger.responder, (on) =>
      putSwitch(on, order(minute(n), paused ? 'pause' : 'resume', 'all'), { scope: 'all', paused }),
    );

  test.each([`update responder.switch set paused = false`, `delete from responder.switch`])(
    'do not end a pause: %s',
    async (forgery) => {
      await putAll(true, 0);
      await ledger.admin.query(forgery);
      expect((await standingAt(9)).paused).toEqual([
        {
          scope: 'all',
          since: minute(0),
          by: 'sre-one',
          reason: 'a test (no order in the audit ended it: pause and resume it)',
        },
      ]);
      await putAll(true, 10);
      await putAll(false, 11);
      expect((await standingAt(12)).paused).toEqual([]);
    },
  );

  test('raise no trust: what was ordered stands beside what the row says', async () => {
    const trusted = { ...order(minute(0), 'trust'), trust: 'approve' } as const;
    await transaction(ledger.responder, (on) => putTrust(on, 'cur-freshness', 'approve', trusted));
    expect(await standingAt(1)).toMatchObject({ trust: 'approve', auditedTrust: 'approve' });
    await ledger.admin.query(`update responder.standing set trust = 'auto'`);
    expect(await standingAt(2)).toMatchObject({ trust: 'auto', auditedTrust: 'approve' });
  });

  test('end no row of failures: neither a guard nor the breaker believes a forged reset', async () => {
    for (const at of [0, 10]) await past({ claimedAt: at, endedAt: at + 5, outcome: 'ineffective' });
    await ledger.admin.query(
      `insert into responder.standing (playbook, reset_at) values ('cur-freshness', '2099-01-01')`,
    );
    expect((await standingAt(18)).inARow).toBe(2);
    await past({ claimedAt: 20, endedAt: 25, outcome: 'ineffective' });
    expect(await standingAt(30)).toMatchObject({
      breaker: { why: '3 plans in a row were ineffective or failed' },
    });
    expect(await resetsOf(ledger.responder)).toEqual(new Map());
  });

  test('close no breaker, and do not take back what it lowered', async () => {
    for (const at of [0, 10, 20]) await past({ claimedAt: at, endedAt: at + 5, outcome: 'ineffective' });
    await ledger.admin.query(`update responder.standing set breaker_since = null, trust = 'auto'`);
    expect(await standingAt(30)).toMatchObject({
      breaker: { since: minute(25), why: '3 plans in a row were ineffective or failed' },
      auditedTrust: 'approve',
    });
  });
});
