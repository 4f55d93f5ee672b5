import * as z from 'zod';
import { refreshDashboards as refresh } from '../actions/refresh-dashboards.ts';
import { deciding } from '../../domain/decision.ts';
import { dashboardState, olderThan } from '../probes/dashboard-state.ts';
import { definePlaybook } from './definition.ts';

const { branches, act, escalate } = deciding({
  none: { when: 'the ledger knows no dashboard', then: 'a person looks; there is nothing to refresh' },
  refresh: { when: 'otherwise: a person asked for it', then: 'refresh the dashboards' },
});

/** Started by people alone. */
export const refreshDashboards = definePlaybook({
  id: 'refresh-dashboards',
  section: '10. General Recovery Commands',
  symptoms: ['A dashboard shows old figures.'],
  byHand: {
    'aws lambda invoke --function-name dashboard_refresher': [{ action: 'refresh-dashboards' }],
  },
  alarms: [],
  target: z.strictObject({}),
  targetOf: () => ({}),
  probes: { dashboards: dashboardState },

  branches,
  decide({ dashboards }) {
    if (dashboards.dashboards.length === 0) {
      return escalate('none', 'the ledger knows no dashboard: dashboard_state is empty', 'SEV-3');
    }
    const oldest = Math.max(...dashboards.dashboards.map(({ minutes }) => minutes));
    return act('refresh', `${dashboards.dashboards.length} dashboards, the oldest of ${oldest} min ago`, [
      { action: refresh.name, params: {} },
    ]);
  },

  actions: [refresh],
  withoutApproval: {
    [refresh.name]: 'A person has asked for just this, and it only shows what the ledger holds.',
  },

  recovery: {
    probes: { dashboards: dashboardState },
    check: ({ dashboards }) => {
      const { refreshBegan } = dashboards;
      if (refreshBegan === null) return { healthy: false, summary: 'no refresh is on record' };
      const old = olderThan(dashboards, refreshBegan);
      return {
        healthy: old.length === 0 && dashboards.dashboards.length > 0,
        summary:
          old.length === 0 ? `all ${dashboards.dashboards.length} are fresh` : `still old: ${old.join(', ')}`,
      };
    },
  },
});
