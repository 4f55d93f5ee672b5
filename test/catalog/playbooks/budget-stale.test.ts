import * as fc from 'fast-check';
import type { Decision } from '../../../lambdas/domain/decision.ts';
import { budgetStale } from '../../../lambdas/catalog/playbooks/budget-stale.ts';
import { decidesByTable, decidesSoundly, type DecisionRow } from './properties.ts';

const NOW = new Date('2026-11-23T14:00:00Z');

const stale = {
  budgets: {
    budgets: 16,
    oldestHours: 30 as number | null,
    stale: 16,
    ids: ['BUD-1', 'BUD-2'],
    unreachable: 0,
    unreachableIds: [] as string[],
  },
  log: {
    exists: true,
    lines: 0,
    last: null,
    errors: 0,
    accessDenied: 0,
    newest: null as string | null,
    throttled: 0,
    throttledMinutesAgo: null as number | null,
  },
  topic: { topic: 'tenant-budget-alerts', exists: true, confirmed: 3, pending: 0 },
  runs: [] as {
    run: string;
    status: 'started' | 'completed' | 'failed';
    startedAt: string;
    minutesAgo: number;
    cause: string | null;
  }[],
};
type Finding = typeof stale;

const decide = (change: Partial<Finding>): Decision =>
  budgetStale.decide({ ...stale, ...change }, { target: {}, now: NOW });

const budgets = (change: Partial<Finding['budgets']>) => ({ budgets: { ...stale.budgets, ...change } });
const log = (change: Partial<Finding['log']>) => ({ log: { ...stale.log, ...change } });
const topic = (change: Partial<Finding['topic']>) => ({ topic: { ...stale.topic, ...change } });
const failed = (minutesAgo: number, cause: string) => ({
  run: `run-${minutesAgo}`,
  status: 'failed' as const,
  minutesAgo,
  cause,
  startedAt: new Date(NOW.getTime() - minutesAgo * 60_000).toISOString(),
});
const completed = (minutesAgo: number) => ({
  ...failed(minutesAgo, ''),
  status: 'completed' as const,
  cause: null,
});
const orphans = (count: number) =>
  budgets({ unreachable: count, unreachableIds: Array.from({ length: count }, (_, i) => `BUD-${i + 1}`) });
const refresh = [{ action: 'run-budget-refresh', params: {} }];

const table: DecisionRow<Partial<Finding>>[] = [
  [
    'stale for nobody knows how long',
    budgets({ oldestHours: null }),
    'act missed',
    /^\d+ of 16 budgets stale; the oldest is of unknown age \(limit 24 hours\); the refresh never ran$/,
  ],
  [
    'none stale',
    budgets({ stale: 0, oldestHours: 24 }),
    'leave fresh',
    /^0 of 16 budgets stale; the oldest 24 hours \(limit 24 hours\)/,
  ],
  [
    'no budgets at all',
    budgets({ budgets: 0, oldestHours: null, stale: 0 }),
    'leave fresh',
    /^there are no budgets/,
  ],
  [
    'fresh, but nobody hears',
    { ...budgets({ stale: 0, oldestHours: 1 }), ...topic({ exists: false }) },
    'leave fresh',
    /topic tenant-budget-alerts does not exist$/,
  ],
  [
    'all stale ones are out of reach',
    orphans(16),
    'escalate unreachable',
    /no refresh reaches BUD-1, BUD-2, BUD-3, BUD-4, BUD-5 and 11 more: /,
  ],
  [
    'throttled just now',
    log({ throttled: 3, throttledMinutesAgo: 10 }),
    'escalate still-throttled',
    /throttled: 3 times within 2 hours, last 10 minutes ago/,
  ],
  [
    'throttled, and some out of reach',
    { ...orphans(1), ...log({ throttled: 3, throttledMinutesAgo: 0 }) },
    'escalate still-throttled',
    /1 of them out of a refresh's reach; .* throttled: 3 times within 2 hours, last 0 seconds ago; another run would add to it$/,
  ],
  [
    'throttled before',
    log({ throttled: 3, throttledMinutesAgo: 11, errors: 3, newest: 'throttled' }),
    'act failed-before',
    /the newest error within 2 hours: throttled$/,
  ],
  [
    'failed the same way twice',
    { runs: [failed(20, 'AccessDenied'), failed(119, 'AccessDenied')] },
    'escalate keeps-failing',
    /the last 2 refreshes failed .*: it last ran 23 Nov 2026 13:40 UTC and failed \(AccessDenied\)$/,
  ],
  [
    'three times',
    { runs: [failed(1, 'x'), failed(2, 'x'), failed(3, 'x'), failed(400, 'x')] },
    'escalate keeps-failing',
    /the last 3 refreshes/,
  ],
  [
    'the other failure is too long ago',
    { runs: [failed(20, 'AccessDenied'), failed(121, 'AccessDenied')] },
    'act failed-before',
    /failed \(AccessDenied\)$/,
  ],
  [
    'failed in two ways',
    { runs: [failed(20, 'AccessDenied'), failed(60, 'out of memory')] },
    'act failed-before',
    /last ran 23 Nov 2026 13:40 UTC and failed \(AccessDenied\)$/,
  ],
  [
    'a success in between',
    { runs: [failed(20, 'x'), completed(40), failed(60, 'x')] },
    'act failed-before',
    /last ran 23 Nov 2026 13:40 UTC and failed \(x\)$/,
  ],
  [
    'throttled twice: that passes',
    { runs: [failed(20, 'throttled'), failed(60, 'throttled')] },
    'act failed-before',
    /last ran 23 Nov 2026 13:40 UTC and failed \(throttled\)$/,
  ],
  [
    'failed once',
    { runs: [failed(20, 'AccessDenied')], ...log({ errors: 1, newest: 'AccessDenied' }) },
    'act failed-before',
    /failed \(AccessDenied\); the newest error within 2 hours: AccessDenied$/,
  ],
  [
    'an error in the log alone',
    log({ errors: 1, newest: 'timed out' }),
    'act failed-before',
    /never ran; .*: timed out$/,
  ],
  [
    'some out of reach',
    orphans(2),
    'act partly-unreachable',
    /16 of 16 budgets stale, 2 of them out of a refresh's reach/,
  ],
  [
    'the topic is gone',
    topic({ exists: false, confirmed: 0 }),
    'act nobody-hears',
    /; the refresh never ran$/,
  ],
  [
    'nobody has confirmed',
    topic({ confirmed: 0, pending: 2 }),
    'act nobody-hears',
    /; the refresh never ran$/,
  ],
  ['one confirmed is enough', topic({ confirmed: 1, pending: 2 }), 'act missed', /the refresh never ran$/],
  [
    'ran long ago',
    { runs: [completed(1_800)] },
    'act missed',
    /the refresh last ran 22 Nov 2026 08:00 UTC and completed$/,
  ],
  ['has not ended', { runs: [{ ...completed(5), status: 'started' }] }, 'act missed', /has not ended$/],
];

describe('budget-stale decides', () => {
  const withPlans = table.map(([what, found, decided, why]): (typeof table)[number] =>
    decided.startsWith('act') ? [what, found, decided, why, refresh] : [what, found, decided, why],
  );
  decidesByTable(budgetStale, withPlans, decide);

  test('what a refresh cannot mend is left to people, by name', () => {
    expect(decide({ ...orphans(1), ...topic({ confirmed: 0, pending: 2 }) })).toMatchObject({
      handOff: {
        why:
          'no refresh reaches BUD-1: their tenant or plan is gone, or their month is not open in period_state; open it, give them another scope, or delete them; ' +
          'topic tenant-budget-alerts has 0 confirmed subscriptions and 2 that wait for their confirmation: ' +
          'tenants do not hear of their budgets',
        severity: 'SEV-3',
      },
    });
    expect(decide(topic({ exists: false, confirmed: 0 }))).toMatchObject({
      handOff: { why: 'topic tenant-budget-alerts does not exist: tenants do not hear of their budgets' },
    });
    expect(decide({})).not.toHaveProperty('handOff');
  });

  test('more than two days is graver', () => {
    const at = (oldestHours: number | null) => decide({ budgets: { ...orphans(16).budgets, oldestHours } });
    expect(at(48)).toMatchObject({ severity: 'SEV-3' });
    expect(at(48.01)).toMatchObject({ severity: 'SEV-2' });
    expect(at(null)).toMatchObject({ severity: 'SEV-2' });
  });
});

test('it is over when no budget is stale', () => {
  const holds = (change: Partial<Finding>) =>
    budgetStale.recovery.check({ ...stale, ...change }, { target: {}, now: NOW });
  expect(holds({}).healthy).toBe(false);
  expect(holds(budgets({ stale: 0, oldestHours: 0.2 }))).toEqual({
    healthy: true,
    summary: '0 of 16 budgets stale; the oldest 0.2 hours (limit 24 hours)',
  });
  expect(budgetStale.targetOf({ name: 'budget-stale', changedAt: NOW })).toEqual({});
});

const cause = fc.option(fc.constantFrom('AccessDenied', 'throttled', 'timed out'));
const ids = fc.uniqueArray(fc.stringMatching(/^BUD-[A-Z0-9]{1,8}$/), { minLength: 1, maxLength: 20 });
decidesSoundly<unknown>(budgetStale, {
  finding: fc.record({
    budgets: fc
      .record({
        oldestHours: fc.option(fc.double({ min: -1, max: 99, noNaN: true })),
        total: fc.nat(40),
        stale: fc.nat(40),
        gone: fc.nat(40),
        ids,
      })
      .map(({ oldestHours, total, stale: some, gone, ids: names }) => ({
        budgets: total,
        oldestHours,
        stale: Math.min(some, total),
        ids: names,
        unreachable: Math.min(gone, some, total),
        unreachableIds: names,
      })),
    log: fc.record({
      exists: fc.boolean(),
      lines: fc.nat(9),
      last: fc.constant(null),
      errors: fc.nat(9),
      accessDenied: fc.nat(9),
      newest: cause,
      throttled: fc.nat(9),
      throttledMinutesAgo: fc.option(fc.double({ min: 0, max: 120, noNaN: true })),
    }),
    topic: fc.record({
      topic: fc.constant('alerts'),
      exists: fc.boolean(),
      confirmed: fc.nat(3),
      pending: fc.nat(3),
    }),
    runs: fc.array(
      fc.record({
        run: fc.string(),
        status: fc.constantFrom('started', 'completed', 'failed'),
        cause,
        startedAt: fc.constant(NOW.toISOString()),
        minutesAgo: fc.double({ min: 0, max: 300, noNaN: true }),
      }),
    ),
  }),
  target: {},
  mayNotAct: (finding) => {
    const { budgets: found, log: said } = finding as Finding;
    const throttledNow = said.throttledMinutesAgo !== null && said.throttledMinutesAgo <= 10;
    return found.stale === 0 || found.unreachable === found.stale || throttledNow;
  },
  cites: (finding) => {
    const { budgets: found } = finding as Finding;
    return found.budgets === 0 ? ['there are no budgets'] : [`${found.stale} of ${found.budgets} budgets`];
  },
});
