import * as fc from 'fast-check';
import type { Decision, PlannedAction } from '../../../lambdas/domain/decision.ts';
import { quotaReached } from '../../../lambdas/catalog/playbooks/quota-reached.ts';
import { topUps, whyAbsurd, whyNotCovered } from '../../../lambdas/catalog/playbooks/quota-sorting.ts';
import type { Dashboards } from '../../../lambdas/catalog/probes/dashboard-state.ts';
import { percent } from '../../../lambdas/domain/words.ts';
import type { QuotaBreach } from '../../../lambdas/catalog/probes/quota-breaches.ts';
import { decidesByTable, decidesSoundly, type DecisionRow } from './properties.ts';

const target = { scope: 'quotas' };
const now = new Date('2026-11-23T14:00:00Z');

const covered: QuotaBreach = {
  tenant: 'TEN-00113',
  metric: 'storage_gb_peak',
  value: '4200.000000',
  cap: '4000.000000',
  utilization: '1.050000',
  period: '2026-11',
  periodState: 'open',
  plan: 'PLAN-TEAM',
  absurd: null,
  auto: true,
  step: '400.000000',
  price: '100.000000',
  mostTopUps: 3,
  topUps: 0,
  enough: true,
  invoice: null,
  told: false,
};
const breach = (change: Partial<QuotaBreach> = {}): QuotaBreach => ({ ...covered, ...change });
const other = (change: Partial<QuotaBreach> = {}): QuotaBreach => breach({ tenant: 'TEN-00114', ...change });

const fresh: Dashboards = {
  dashboards: [{ name: 'quotas', refreshedAt: '2026-11-23T13:00:00.000Z', minutes: 60 }],
  refreshBegan: '2026-11-23T13:00:00.000Z',
  toppedUp: null,
};
const decide = (breaches: readonly QuotaBreach[], dashboards = fresh): Decision =>
  quotaReached.decide({ breaches, dashboards }, { target, now });
const stepOf = ({ action, params }: PlannedAction) => `${action} ${params['tenant_id'] ?? ''}`.trim();

const TOP = 'top-up TEN-00113';
const TELL = 'tell-tenant TEN-00113';
const REFRESH = 'refresh-dashboards';

const table: DecisionRow<QuotaBreach[]>[] = [
  ['nobody is over a cap', [], 'leave within', /nobody/],
  ['covered', [breach()], 'act top-up', /TEN-00113 \(PLAN-TEAM\) storage_gb_peak at 105 %/, [TOP, REFRESH]],
  [
    'covered, with an open invoice',
    [breach({ invoice: 'open' })],
    'act top-up',
    /^TEN-00113 \(PLAN-TEAM\) storage_gb_peak at 105 %: covered by the automatic top-up$/,
    [TOP, REFRESH],
  ],
  ['no automatic top-up', [breach({ auto: false })], 'act tell', /no automatic top-up/, [TELL]],
  [
    'no top-up at all',
    [breach({ auto: false, step: null, price: null, mostTopUps: 0 })],
    'act tell',
    /its plan gives no automatic top-up\): the tenants are notified$/,
    [TELL],
  ],
  ['no price', [breach({ price: null })], 'act tell', /no automatic/, [TELL]],
  ['none allowed', [breach({ mostTopUps: 0 })], 'act tell', /no automatic/, [TELL]],
  ['one step is not enough', [breach({ enough: false })], 'act tell', /one step is not enough/, [TELL]],
  [
    'topped up once, though the plan allows three',
    [breach({ topUps: 1 })],
    'act tell',
    /topped up in 2026-11/,
    [TELL],
  ],
  [
    'the month is closing',
    [breach({ periodState: 'closing', invoice: 'issued' })],
    'act tell',
    /closing/,
    [TELL],
  ],
  ['the month is closed', [breach({ periodState: 'closed' })], 'act tell', /closed/, [TELL]],
  [
    'told within a day',
    [breach({ auto: false, told: true })],
    'escalate told-already',
    /was notified within a day/,
  ],
  [
    'covered, though told',
    [breach({ told: true })],
    'act top-up',
    /^TEN-00113 \(PLAN-TEAM\) storage_gb_peak at 105 %: covered by the automatic top-up$/,
    [TOP, REFRESH],
  ],
  [
    'the ledger does not know the month',
    [breach({ periodState: 'unknown' })],
    'escalate absurd',
    /does not know 2026-11/,
  ],
  [
    'cap zero',
    [breach({ absurd: 'the cap is not above zero' })],
    'escalate absurd',
    /the cap is not above zero/,
  ],
  ['no plan', [breach({ plan: null })], 'escalate absurd', /no plan/],
  [
    'an invoice of the open month is issued',
    [breach({ invoice: 'issued' })],
    'escalate absurd',
    /is issued already/,
  ],
  [
    'covered, and one to tell',
    [breach(), other({ auto: false })],
    'act top-up-some',
    /^TEN-00113 \(PLAN-TEAM\) storage_gb_peak at 105 %: covered by the automatic top-up$/,
    [TOP, 'tell-tenant TEN-00114', REFRESH],
  ],
  [
    'covered, and one told',
    [breach(), other({ auto: false, told: true })],
    'act top-up-some',
    /^TEN-00113 \(PLAN-TEAM\) storage_gb_peak at 105 %: covered by the automatic top-up$/,
    [TOP, REFRESH],
  ],
  [
    'covered, and one absurd',
    [breach(), other({ plan: null })],
    'act top-up-some',
    /^TEN-00113 \(PLAN-TEAM\) storage_gb_peak at 105 %: covered by the automatic top-up$/,
    [TOP, REFRESH],
  ],
  [
    'one to tell, one absurd',
    [breach({ auto: false }), other({ plan: null })],
    'act tell',
    /its plan gives no automatic top-up\): the tenants are notified$/,
    [TELL],
  ],
  [
    'one told, one absurd',
    [breach({ auto: false, told: true }), other({ plan: null })],
    'escalate absurd',
    /must look.*was notified/,
  ],
  [
    'twenty at once',
    many(20),
    'act top-up',
    /and 15 more/,
    [...many(20).map(({ tenant }) => `top-up ${tenant}`), REFRESH],
  ],
  ['more than twenty', many(21), 'escalate too-many', /^21 caps are exceeded at once, limit 20/],
];

function many(count: number): QuotaBreach[] {
  return Array.from({ length: count }, (_, i) =>
    breach({ tenant: `TEN-${String(200 + i).padStart(5, '0')}` }),
  );
}

describe('quota-reached decides', () => {
  decidesByTable(quotaReached, table, (breaches) => decide(breaches), { stepOf, elsewhere: ['unshown'] });

  test('a dashboard that is older than the last top-up is refreshed', () => {
    const decision = decide([], { ...fresh, toppedUp: '2026-11-23T13:30:00.000Z' });
    expect(decision).toMatchObject({ branch: 'unshown', plan: [{ action: REFRESH }] });
    expect(decide([], { ...fresh, toppedUp: '2026-11-23T13:00:00.000Z' }).branch).toBe('within');
    const none = { ...fresh, dashboards: [], toppedUp: '2026-11-23T13:00:00.000Z' };
    expect(decide([], none)).toMatchObject({
      branch: 'unshown',
      why: expect.stringContaining('none is there') as unknown,
    });
  });

  test('what no top-up covers is left to people, and says why: graver when the data are absurd', () => {
    const told = decide([breach(), other({ auto: false, told: true })]);
    expect(told).toMatchObject({
      handOff: {
        severity: 'SEV-4',
        why: expect.stringMatching(/was notified within a day: TEN-00114/) as unknown,
      },
    });
    expect(decide([breach({ auto: false }), other({ plan: null })])).toMatchObject({
      handOff: {
        severity: 'SEV-3',
        why: expect.stringMatching(/TEN-00114.*no plan.*is notified: TEN-00113/) as unknown,
      },
    });
  });
});

test('it is about all quotas', () => {
  expect(quotaReached.targetOf({ name: 'quota-reached', changedAt: now })).toEqual(target);
});

test('it is over only when nobody is over a cap and the dashboards show the last top-up', () => {
  const holds = (breaches: readonly QuotaBreach[], toppedUp: string | null) =>
    quotaReached.recovery.check({ breaches, dashboards: { ...fresh, toppedUp } }, { target, now });
  expect(holds([], null)).toEqual({ healthy: true, summary: 'nobody is over a cap; the dashboards show it' });
  expect(holds([], '2026-11-23T13:00:00.001Z')).toEqual({
    healthy: false,
    summary: 'nobody is over a cap; quotas do not show it',
  });
  expect(holds([breach()], null).healthy).toBe(false);
});

const decimal = fc.integer({ min: 0, max: 10_000_000 }).map((cents) => (cents / 1_000).toFixed(6));
const anyBreach: fc.Arbitrary<QuotaBreach> = fc.record({
  tenant: fc.integer({ min: 100, max: 199 }).map((n) => `TEN-00${n}`),
  metric: fc.constantFrom('storage_gb_peak', 'egress_gb', 'active_users'),
  value: decimal,
  cap: decimal,
  utilization: decimal,
  period: fc.constantFrom('2026-10', '2026-11'),
  periodState: fc.constantFrom('open', 'closing', 'closed', 'unknown'),
  plan: fc.constantFrom('PLAN-STARTER', 'PLAN-TEAM', null),
  absurd: fc.constantFrom(null, null, null, 'the cap is not above zero'),
  auto: fc.boolean(),
  step: fc.option(decimal),
  price: fc.option(decimal),
  mostTopUps: fc.integer({ min: 0, max: 3 }),
  topUps: fc.integer({ min: 0, max: 3 }),
  enough: fc.boolean(),
  invoice: fc.constantFrom(null, 'open', 'issued', 'paid', 'void'),
  told: fc.boolean(),
});

decidesSoundly(quotaReached, {
  finding: fc.record({
    breaches: fc.uniqueArray(anyBreach, {
      maxLength: 24,
      selector: ({ tenant, metric }) => `${tenant} ${metric}`,
    }),
    dashboards: fc.constantFrom(fresh, { ...fresh, toppedUp: '2026-11-23T13:30:00.000Z' }),
  }),
  target,
  derived: ({ breaches }) => breaches.map(({ utilization }) => percent(100 * Number(utilization))),
  mayNotAct: ({ breaches }) =>
    breaches.length > 20 || (breaches.length > 0 && breaches.every((one) => whyAbsurd(one))),
  cites: ({ breaches }) => breaches.flatMap(({ tenant }) => [tenant, String(breaches.length)]),
});

test('only what is open, automatic, the first of its month and enough is ever charged', () => {
  fc.assert(
    fc.property(fc.array(anyBreach, { maxLength: 6 }), (breaches) => {
      const decision = decide(breaches);
      const charged =
        'plan' in decision ? (decision.plan ?? []).filter(({ action }) => action === 'top-up') : [];
      const may = breaches.filter(
        (one) =>
          whyAbsurd(one) === null &&
          whyNotCovered(one) === null &&
          one.periodState === 'open' &&
          one.auto &&
          one.topUps === 0 &&
          one.enough &&
          one.plan !== null,
      );
      expect(charged).toEqual(topUps(may));
    }),
  );
});
