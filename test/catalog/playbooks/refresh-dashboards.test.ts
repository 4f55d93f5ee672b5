import * as fc from 'fast-check';
import { refreshDashboards } from '../../../lambdas/catalog/playbooks/refresh-dashboards.ts';
import type { Dashboards } from '../../../lambdas/catalog/probes/dashboard-state.ts';
import { decidesSoundly } from './properties.ts';

const now = new Date('2026-11-23T14:00:00Z');
const of = (refreshedAt: string, minutes = 60) => ({ name: 'quotas', refreshedAt, minutes });
const some: Dashboards = {
  dashboards: [of('2026-11-23T13:00:00.000Z'), { ...of('2026-11-23T12:00:00.000Z', 120), name: 'invoices' }],
  refreshBegan: '2026-11-23T13:59:00.000Z',
  toppedUp: null,
};

test('a person who asks gets a refresh, and no dashboards are a person’s matter', () => {
  expect(refreshDashboards.decide({ dashboards: some }, { target: {}, now })).toMatchObject({
    kind: 'act',
    branch: 'refresh',
    why: '2 dashboards, the oldest refreshed 120 min ago',
    plan: [{ action: 'refresh-dashboards', params: {} }],
  });
  expect(
    refreshDashboards.decide({ dashboards: { ...some, dashboards: [] } }, { target: {}, now }),
  ).toMatchObject({
    kind: 'escalate',
    branch: 'none',
  });
  expect(Object.keys(refreshDashboards.branches)).toEqual(['none', 'refresh']);
});

test('it is over when every dashboard is newer than the newest refresh', () => {
  const holds = (change: Partial<Dashboards>) =>
    refreshDashboards.recovery.check({ dashboards: { ...some, ...change } }, { target: {}, now });
  expect(holds({})).toEqual({ healthy: false, summary: 'still old: quotas, invoices' });
  expect(holds({ dashboards: [of('2026-11-23T13:59:00.000Z')] })).toEqual({
    healthy: true,
    summary: 'all 1 are fresh',
  });
  expect(holds({ refreshBegan: null })).toEqual({ healthy: false, summary: 'no refresh is on record' });
  expect(holds({ dashboards: [] }).healthy).toBe(false);
  expect(refreshDashboards.targetOf({ name: '', changedAt: now })).toEqual({});
});

decidesSoundly(refreshDashboards, {
  finding: fc.record({
    dashboards: fc.record({
      dashboards: fc.array(
        fc.record({ name: fc.string(), refreshedAt: fc.constant(now.toISOString()), minutes: fc.integer() }),
      ),
      refreshBegan: fc.constant(null),
      toppedUp: fc.constant(null),
    }),
  }),
  target: {},
  mayNotAct: ({ dashboards: { dashboards } }) => dashboards.length === 0,
  cites: ({ dashboards: { dashboards } }) => (dashboards.length > 0 ? [String(dashboards.length)] : []),
});
