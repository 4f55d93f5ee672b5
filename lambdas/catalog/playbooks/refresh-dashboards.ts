import * as z from 'zod';
import { deciding } from '../../domain/decision.ts';
import { refreshDashboards as refresh } from '../actions/refresh-dashboards.ts';
import { dashboardState, refreshed } from '../probes/dashboard-state.ts';
import { definePlaybook } from './definition.ts';

const { branches, act, escalate } = deciding({
  none: { when: 'the ledger has no dashboard', then: 'a person: check; there is nothing to refresh' },
  refresh: { when: 'otherwise: a person requested it', then: 'refresh the dashboards' },
});

export const refreshDashboards = definePlaybook({
  id: 'refresh-dashboards',
  section: '10. General Recovery Commands',
  symptoms: ['A dashboard shows old figures.'],
  byHand: {
    'aws lambda invoke --function-name dashboard_refresher': [{ action: 'refresh-dashboards' }],
  },
  alarms: [], // started by people only
  target: z.strictObject({}),
  targetOf: () => ({}),
  probes: { dashboards: dashboardState },
  branches,
  decide({ dashboards: { dashboards } }) {
    if (dashboards.length === 0) return escalate('none', 'dashboard_state is empty', 'SEV-3');
    const oldest = Math.max(...dashboards.map(({ minutes }) => minutes));
    const why = `${dashboards.length} dashboards, the oldest refreshed ${oldest} min ago`;
    return act('refresh', why, [{ action: refresh.name, params: {} }]);
  },
  actions: [refresh],
  withoutApproval: { [refresh.name]: 'A person requested it, and it only shows what the ledger holds.' },
  recovery: {
    probes: { dashboards: dashboardState },
    check: ({ dashboards }) => refreshed(dashboards),
  },
});
