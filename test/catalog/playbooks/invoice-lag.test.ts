import * as fc from 'fast-check';
import type { Decision } from '../../../lambdas/domain/decision.ts';
import { invoiceLag } from '../../../lambdas/catalog/playbooks/invoice-lag.ts';
import { sortTenants } from '../../../lambdas/catalog/playbooks/invoice-lag-tenants.ts';
import type { Emitted } from '../../../lambdas/catalog/probes/emitter-runs.ts';
import type { MissingInvoices } from '../../../lambdas/catalog/probes/missing-invoices.ts';
import type { Usage } from '../../../lambdas/catalog/probes/usage-completeness.ts';
import { decidesByTable, decidesSoundly, type DecisionRow } from './properties.ts';

const target = { period: '2026-09' };
const now = new Date('2026-11-23T14:00:00Z');

const [A, B] = ['TEN-00113', 'TEN-00117'] as const;
type Tenant = MissingInvoices['tenants'][number];

const lacks = (tenantId: string, change: Partial<Tenant> = {}): Tenant => ({
  tenantId,
  tenant: 'active',
  invoice: null,
  ...change,
});
const used = (tenantId: string, change: Partial<Usage> = {}): Usage => ({
  tenantId,
  wanted: 150,
  lacking: 0,
  days: 0,
  firstDays: [],
  ...change,
});
const ran = (tenantId: string, failed: number, change: Partial<Emitted> = {}): Emitted => ({
  tenantId,
  failed,
  last: 'failed',
  cause: 'timed out',
  ...change,
});
const missing = (...tenants: Tenant[]): MissingInvoices => ({ count: tenants.length, tenants });

const finding = {
  period: 'closed',
  reconciliation: { status: 'ok' as string | null },
  missing: missing(lacks(A)),
  usage: [used(A), used(B)],
  runs: [] as Emitted[],
};
type Finding = typeof finding;

const decide = (change: Partial<Finding>): Decision =>
  invoiceLag.decide({ ...finding, ...change }, { target, now });
const emitted = (decision: Decision): (string | undefined)[] =>
  'plan' in decision ? (decision.plan ?? []).map(({ params }) => params['tenant_id']) : [];

const many = Array.from({ length: 51 }, (_, i) => `TEN-${20_001 + i}`);
const ofMany = (count: number): Partial<Finding> => ({
  missing: missing(...many.slice(0, count).map((id) => lacks(id))),
  usage: many.map((id) => used(id)),
});
const gap = { lacking: 10, days: 4, firstDays: ['2026-09-02', '2026-09-14', '2026-09-15'] };

const table: DecisionRow<Partial<Finding>>[] = [
  ['unknown period', { period: 'unknown' }, 'escalate unknown-period', /does not know the period 2026-09/],
  ['a running month', { period: 'open' }, 'leave not-closed', /2026-09 is open/],
  ['a month that is over, not closed', { period: 'closing' }, 'leave not-closed', /2026-09 is closing/],
  ['nothing missing', { missing: missing() }, 'leave nothing-missing', /every tenant/],
  ...(['warning', 'failed', 'provisional', null] as const).map((status): DecisionRow<Partial<Finding>> => [
    `reconciliation ${status ?? 'missing'}`,
    { reconciliation: { status } },
    'escalate not-reconciled',
    new RegExp(`^1 invoices of 2026-09 are missing, but its reconciliation is ${status ?? 'missing'}`),
  ]),
  ['one ready', {}, 'act ready', /^1 of 1 missing invoices of 2026-09 can be issued: TEN-00113$/, [A]],
  [
    'reconciliation resolved',
    { reconciliation: { status: 'resolved' } },
    'act ready',
    /^1 of 1 missing invoices of 2026-09 can be issued: TEN-00113$/,
    [A],
  ],
  [
    'a header that was left open',
    { missing: missing(lacks(A, { invoice: 'open' })) },
    'act ready',
    /^1 of 1 missing invoices of 2026-09 can be issued: TEN-00113$/,
    [A],
  ],
  [
    'a suspended tenant',
    { missing: missing(lacks(A, { tenant: 'suspended' })) },
    'act ready',
    /^1 of 1 missing invoices of 2026-09 can be issued: TEN-00113$/,
    [A],
  ],
  [
    'failed once',
    { runs: [ran(A, 1)] },
    'act ready',
    /^1 of 1 missing invoices of 2026-09 can be issued: TEN-00113$/,
    [A],
  ],
  [
    'another tenant failed twice',
    { runs: [ran(B, 2)] },
    'act ready',
    /^1 of 1 missing invoices of 2026-09 can be issued: TEN-00113$/,
    [A],
  ],
  ['fifty at once', ofMany(50), 'act ready', /^50 of 50 .*and 45 more$/, many.slice(0, 50)],
  ['fifty-one at once', ofMany(51), 'act many-tenants', /^51 of 51/, many],
  [
    'failed twice',
    { runs: [ran(A, 2)] },
    'escalate none-ready',
    /^1 of 1 .*TEN-00113: the emitter failed 2 times on the same inputs \(timed out\)$/,
  ],
  [
    'failed twice, running now',
    { runs: [ran(A, 2, { last: 'started', cause: null })] },
    'escalate none-ready',
    /failed 2 times on the same inputs \(started\)/,
  ],
  [
    'usage incomplete',
    { usage: [used(A, gap)] },
    'escalate none-ready',
    /is missing 10 of 150 values, on 4 days \(2026-09-02, 2026-09-14, 2026-09-15, …\)$/,
  ],
  [
    'usage that is missing a few days, all of them named',
    { usage: [used(A, { ...gap, days: 3 })] },
    'escalate none-ready',
    /is missing 10 of 150 values, on 3 days \(2026-09-02, 2026-09-14, 2026-09-15\)$/,
  ],
  [
    'a plan without metrics',
    { usage: [used(A, { wanted: 0 })] },
    'escalate none-ready',
    /no metric is mapped/,
  ],
  ['usage not known', { usage: [] }, 'escalate none-ready', /no metric is mapped/],
  ['void', { missing: missing(lacks(A, { invoice: 'void' })) }, 'escalate none-ready', /its invoice is void/],
  [
    'closed account',
    { missing: missing(lacks(A, { tenant: 'closed' })) },
    'escalate none-ready',
    /account is closed/,
  ],
  [
    'one ready, one incomplete',
    { missing: missing(lacks(A), lacks(B)), usage: [used(A), used(B, gap)] },
    'act some-ready',
    /^1 of 2 missing invoices of 2026-09 can be issued: TEN-00113$/,
    [A],
  ],
];

describe('invoice-lag decides', () => {
  decidesByTable(invoiceLag, table, decide, { stepOf: ({ params }) => params['tenant_id'] });

  test('whom it leaves out, a person hears of by name, and why', () => {
    const both = { missing: missing(lacks(A), lacks(B)), usage: [used(A), used(B, gap)] };
    expect(decide(both)).toMatchObject({
      handOff: {
        severity: 'SEV-2',
        why: expect.stringMatching(
          /^1 of 2 .* need a person: TEN-00117: usage_snapshot_daily is missing 10/,
        ) as unknown,
      },
    });
    expect(decide({})).not.toHaveProperty('handOff');
  });

  test('more than fifty are issued only once a person approves', () => {
    expect(decide(ofMany(51))).toMatchObject({ approval: { why: expect.stringMatching(/50/) as unknown } });
    expect(decide(ofMany(50))).not.toHaveProperty('approval');
  });

  test('tenants beyond those listed are counted, and left', () => {
    const decision = decide({ missing: { count: 300, tenants: [lacks(A)] } });
    expect(emitted(decision)).toEqual([A]);
    expect(decision).toMatchObject({
      branch: 'some-ready',
      handOff: { why: expect.stringMatching(/^299 of 300 .* need a person: and 299 more$/) as unknown },
    });
  });
});

test('an alarm is about last month, until somebody looks', () => {
  expect(invoiceLag.targetOf({ name: 'invoice-lag', changedAt: now })).toEqual({ period: '2026-10' });
});

test('it is over when the closed month is missing no invoice', () => {
  const holds = (period: string, count: number) =>
    invoiceLag.recovery.check({ period, missing: { count, tenants: [] } }, { target, now });
  expect(holds('closed', 0)).toEqual({ healthy: true, summary: '0 invoices of 2026-09 are missing' });
  expect(holds('closed', 1).healthy).toBe(false);
  expect(holds('closing', 1)).toEqual({
    healthy: true,
    summary: '2026-09 is closing: no invoice is expected',
  });
  expect(holds('unknown', 0).healthy).toBe(false);
});

const tenantId = fc.integer({ min: 100, max: 180 }).map((n) => `TEN-00${n}`);
const each = <T extends { tenantId: string }>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.uniqueArray(one, { maxLength: 70, selector: (found) => found.tenantId });

const anyFinding = fc.record({
  period: fc.constantFrom('open', 'closing', 'closed', 'closed', 'closed', 'unknown'),
  reconciliation: fc.record({
    status: fc.constantFrom('ok', 'ok', 'resolved', 'warning', 'failed', 'provisional', null),
  }),
  missing: each(
    fc.record({
      tenantId,
      tenant: fc.constantFrom('active' as const, 'active' as const, 'suspended' as const, 'closed' as const),
      invoice: fc.constantFrom(null, null, 'open' as const, 'void' as const),
    }),
  ).chain((tenants) => fc.nat(5).map((more) => ({ count: tenants.length + more, tenants }))),
  usage: each(
    fc.record({
      tenantId,
      wanted: fc.constantFrom(0, 150),
      lacking: fc.constantFrom(0, 0, 0, 5),
      days: fc.constantFrom(0, 1),
      firstDays: fc.constant<string[]>(['2026-09-14']),
    }),
  ),
  runs: each(
    fc.record({
      tenantId,
      failed: fc.nat(3),
      last: fc.constantFrom('started' as const, 'completed' as const, 'failed' as const),
      cause: fc.constantFrom(null, 'timed out'),
    }),
  ),
});

describe('whatever was found', () => {
  decidesSoundly(invoiceLag, {
    finding: anyFinding,
    target,
    mayNotAct: (found) =>
      found.period !== 'closed' ||
      !['ok', 'resolved'].includes(found.reconciliation.status ?? '') ||
      sortTenants(found).ready.length === 0,
    cites: () => ['2026-09'],
  });

  test('it bills nobody whose usage is not known to be complete, nor anybody twice, nor on a void invoice', () => {
    fc.assert(
      fc.property(anyFinding, (found) => {
        const planned = emitted(invoiceLag.decide(found, { target, now }));
        expect(new Set(planned).size).toBe(planned.length);
        for (const id of planned) {
          expect(found.usage).toContainEqual(
            expect.objectContaining({ tenantId: id, wanted: 150, lacking: 0 }),
          );
          expect(found.missing.tenants.find((one) => one.tenantId === id)?.invoice).not.toBe('void');
        }
      }),
    );
  });
});
