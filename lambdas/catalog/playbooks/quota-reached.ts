import * as z from 'zod';
import { refreshDashboards } from '../actions/refresh-dashboards.ts';
import { tellTenant } from '../actions/tell-tenant.ts';
import { topUp } from '../actions/top-up.ts';
import { deciding, type Severity } from '../../domain/decision.ts';
import { dashboardState, olderThan, type Dashboards } from '../probes/dashboard-state.ts';
import { quotaBreaches, describeBreach, type QuotaBreach } from '../probes/quota-breaches.ts';
import { alarmOn } from './alarm-on.ts';
import { definePlaybook } from './definition.ts';
import { notices, sortBreaches, topUps, whyAbsurd, whyNotCovered, type Sorted } from './quota-sorting.ts';

/** More than this at once is a metering fault: nobody is charged. */
const MOST_BREACHES = 20;

/** Breaches that a message names; the evidence has all. */
const NAMED = 5;

const OFFER_TOP_UPS = 'Notify tenants at 80 % and 95 % of a cap, and offer automatic top-up with it';

const { branches, act, leave, escalate } = deciding({
  unshown: {
    when: 'nobody is over a cap, but the dashboards are older than the last top-up',
    then: 'refresh the dashboards',
  },
  within: { when: 'nobody is over a cap', then: 'nothing' },
  'too-many': {
    when: `more than ${MOST_BREACHES} caps are exceeded at once`,
    then: 'a person: check the metering; nobody is charged or notified',
    prevention: OFFER_TOP_UPS,
  },
  'top-up': {
    when: "every breach is covered by one step of its plan's automatic top-up, the period's first",
    then: 'top up, then refresh the dashboards',
  },
  'top-up-some': {
    when: 'some breaches are covered so, others are not',
    then: 'top up the covered ones, notify the tenants of the others once a day, then refresh the dashboards; a person: check the others',
    prevention: OFFER_TOP_UPS,
  },
  tell: {
    when: 'no breach is covered (no automatic top-up, one step is not enough, it was given already, or the month is over), and a tenant was not notified within a day',
    then: 'notify those tenants, who decide; a person: follow up',
    prevention: OFFER_TOP_UPS,
  },
  absurd: {
    when: 'figures that cannot be right: a cap that is not above zero, a tenant without exactly one active plan, an unknown month, value and utilisation that contradict each other',
    then: 'a person: check; nobody is charged or notified',
    prevention: 'Check metering figures against their caps where they are written',
  },
  'told-already': {
    when: 'otherwise: every tenant was notified within a day',
    then: 'nobody is notified again, the tenants decide; a person: follow up',
  },
});

export const quotaReached = definePlaybook({
  id: 'quota-reached',
  section: '8. Storage and Egress Quotas',
  symptoms: ['Tenants exceed their storage or egress caps.', 'The user interface shows “quota reached”.'],
  byHand: {
    'Tenants exceeding storage/egress': [{ alarm: 'quota-reached', probe: 'quota-breaches' }],
    'UI shows `quota reached`': [{ probe: 'dashboard-state' }],
    'SELECT tenant_id, metric_code': [{ probe: 'quota-breaches' }],
    'Notify tenant for plan upgrade': [{ action: 'tell-tenant' }],
    'Apply top-up automatically': [{ branch: 'top-up', action: 'top-up' }],
    'Confirm dashboard refresh': [{ action: 'refresh-dashboards', probe: 'dashboard-state' }],
  },
  alarms: [
    alarmOn('quota_breach_count', {
      name: 'quota-reached',
      threshold: { above: 0 },
      severity: 'SEV-3',
      title: '[# ]caps are used up',
      unit: 'caps',
      description: 'Tenants have used all of a cap (utilisation of 1.0 or more), yesterday or today.',
    }),
  ],
  target: z.strictObject({ scope: z.literal('quotas') }),
  targetOf: () => ({ scope: 'quotas' as const }),
  probes: { breaches: quotaBreaches, dashboards: dashboardState },

  branches,
  decide({ breaches, dashboards }) {
    if (breaches.length === 0) {
      const behind = unshown(dashboards);
      return behind.length === 0
        ? leave('within', 'nobody is over a cap')
        : act('unshown', `nobody is over a cap, but ${behind.join(', ')} do not show the last top-up`, [
            refresh,
          ]);
    }
    if (breaches.length > MOST_BREACHES) {
      return escalate(
        'too-many',
        `${breaches.length} caps are exceeded at once, limit ${MOST_BREACHES}: look at the metering first`,
        'SEV-2',
      );
    }
    const sorted = sortBreaches(breaches);
    const { coverable, untold, absurd } = sorted;
    const handOff = handOffOf(sorted);
    if (coverable.length > 0) {
      const why = `${listed(coverable)}: covered by the automatic top-up`;
      return handOff.why === ''
        ? act('top-up', why, [...topUps(coverable), refresh])
        : act('top-up-some', why, [...topUps(coverable), ...notices(untold), refresh], { handOff });
    }
    if (untold.length > 0) {
      const why = `${listed(untold, whyNotCovered)}: the tenants are notified`;
      return act('tell', why, notices(untold), { handOff });
    }
    return escalate(absurd.length > 0 ? 'absurd' : 'told-already', handOff.why, handOff.severity);
  },

  // Whether a tenant was notified within a day changes by itself.
  concerns({ breaches }, { branch }) {
    if (breaches.length === 0 || breaches.length > MOST_BREACHES) return [branch];
    const { coverable, untold, told, absurd } = sortBreaches(breaches);
    const named = (what: string, some: readonly QuotaBreach[]): string[] =>
      some.map(({ tenant, metric }) => `${what}: ${tenant} ${metric}`);
    return [
      ...named('top up', coverable),
      ...named('the tenant decides', [...untold, ...told]),
      ...named('a person checks', absurd),
    ];
  },
  actions: [topUp, tellTenant, refreshDashboards],
  withoutApproval: {
    [topUp.name]:
      'The tenant’s plan says that it is topped up by itself, by that step and for that price; no more than one is given in a month, and only where it ends the breach.',
    [tellTenant.name]:
      'The tenant is notified of its own quota, once a day at most; waiting for a person would leave it blocked without knowing why.',
    [refreshDashboards.name]: 'It only shows what the ledger holds by then.',
  },

  recovery: {
    probes: { breaches: quotaBreaches, dashboards: dashboardState },
    check: ({ breaches, dashboards }) => {
      const behind = unshown(dashboards);
      const shown = behind.length === 0 ? 'the dashboards show it' : `${behind.join(', ')} do not show it`;
      return {
        healthy: breaches.length === 0 && behind.length === 0,
        summary: `${breaches.length === 0 ? 'nobody is over a cap' : `still over a cap: ${listed(breaches)}`}; ${shown}`,
      };
    },
  },
});

const refresh = { action: refreshDashboards.name, params: {} };

/** What no top-up covers, with reasons; undefined when there is none. */
function handOffOf({ untold, told, absurd }: Sorted): { why: string; severity: Severity } {
  const parts = [
    ...(absurd.length > 0 ? [`a person must look at ${listed(absurd, whyAbsurd)}`] : []),
    ...(untold.length > 0 ? [`the tenant decides, and is notified: ${listed(untold, whyNotCovered)}`] : []),
    ...(told.length > 0
      ? [`the tenant decides, and was notified within a day: ${listed(told, whyNotCovered)}`]
      : []),
  ];
  return { why: parts.join('; '), severity: absurd.length > 0 ? 'SEV-3' : 'SEV-4' };
}

function listed(
  breaches: readonly QuotaBreach[],
  why: (breach: QuotaBreach) => string | null = () => null,
): string {
  const named = breaches.slice(0, NAMED).map((breach) => {
    const reason = why(breach);
    return reason === null ? describeBreach(breach) : `${describeBreach(breach)} (${reason})`;
  });
  const more = breaches.length - named.length;
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** Dashboards older than the last top-up; without dashboards, nothing shows it. */
function unshown(dashboards: Dashboards): readonly string[] {
  if (dashboards.toppedUp === null) return [];
  if (dashboards.dashboards.length === 0) return ['the dashboards (none is there)'];
  return olderThan(dashboards, dashboards.toppedUp);
}
