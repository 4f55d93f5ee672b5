import { periodOf, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import type { Sandbox } from '../sandbox.ts';
import { ranBefore, type EarlierRun } from './earlier-runs.ts';
import { loaded, makeStale, type ExpectedRun, type Fault } from './fault.ts';
import { threeBreaches } from './quota-reached.ts';

const PLAYBOOK = 'cur-freshness';
const START = 'glue:StartJobRun';
const common = { kind: 'control', metric: 'cur_freshness_days', actions: [] } as const;
const refused = (why: RegExp): ExpectedRun => ({
  playbook: PLAYBOOK,
  outcome: 'refused',
  branch: 'not-loaded',
  why,
});

/** Stale costs after the runs, whose plans count. */
const after =
  (...runs: readonly EarlierRun[]) =>
  async (sandbox: Sandbox): Promise<void> => {
    await ranBefore(sandbox, ...runs);
    await makeStale(sandbox);
  };

const freezes: readonly Fault[] = [
  {
    ...common,
    name: 'guard-freeze',
    about: 'It is a freeze window of the operator, in the operator’s own time zone.',
    limits: {
      freeze: { zone: 'Europe/Berlin', windows: [{ name: 'release', cron: '0 14 * * 1', minutes: 600 }] },
    },
    runs: [refused(/^guard freeze: "release" until 2026-11-23T23:00:00\.000Z \(zone Europe\/Berlin\)$/)],
    inject: makeStale,
  },
  {
    ...common,
    name: 'guard-freeze-month-end',
    about: 'The books are closed in the last eight days of the month.',
    limits: { freeze: { monthEnd: { lastDays: 8 } } },
    runs: [refused(/^guard freeze: "month-end close" until 2026-12-01T00:00:00\.000Z \(zone UTC\)$/)],
    inject: makeStale,
  },
  {
    ...common,
    name: 'guard-freeze-ends',
    kind: 'fault',
    about: 'The freeze window ends within the hour: then the costs are loaded.',
    limits: { freeze: { windows: [{ name: 'release', cron: '0 14 * * 1', minutes: 40 }] } },
    runs: [
      refused(/^guard freeze: "release" until 2026-11-23T14:40:00\.000Z \(zone UTC\)$/),
      loaded('not-loaded'),
    ],
    actions: [START],
    inject: makeStale,
  },
];

const cooldowns: readonly Fault[] = [
  {
    ...common,
    name: 'guard-cooldown',
    about: 'The playbook has acted on the same month a quarter of an hour ago.',
    runs: [
      refused(
        /^guard cooldown: run earlier-1-of-cur-freshness acted at 2026-11-23T13:4\d:\S+; 30 min of rest$/,
      ),
    ],
    inject: after({ minutesAgo: 20 }),
  },
];

const month = (sandbox: Sandbox, back: number): string => shiftPeriod(periodOf(sandbox.clock.now()), -back);

const budgets: readonly Fault[] = [
  {
    ...common,
    name: 'guard-budget-of-target',
    about: 'Two plans on the same month within the hour are enough.',
    runs: [refused(/^guard budget: target 2 of 2 this hour \(all: overall 2 of 10 this hour, /)],
    inject: after({ minutesAgo: 50 }, { minutesAgo: 42 }),
  },
  {
    ...common,
    name: 'guard-budget-of-target-a-day',
    about: 'Four plans on the same month within a day are enough.',
    limits: { playbooks: { [PLAYBOOK]: { returnsADay: 10 } } },
    runs: [refused(/^guard budget: target 4 of 4 this day \(all: /)],
    inject: after({ minutesAgo: 1_300 }, { minutesAgo: 900 }, { minutesAgo: 600 }, { minutesAgo: 300 }),
  },
  {
    ...common,
    name: 'guard-budget-of-playbook',
    about: 'The playbook has begun four plans on other months within the hour.',
    runs: [refused(/^guard budget: playbook 4 of 4 this hour \(all: .*target 0 of 2 this hour/)],
    inject: async (sandbox) =>
      after(...[2, 3, 4, 5].map((back) => ({ period: month(sandbox, back), minutesAgo: 10 + back })))(
        sandbox,
      ),
  },
  {
    ...common,
    name: 'guard-budget-overall',
    about: 'Other playbooks have begun as many plans in a day as all of them together may.',
    limits: { overall: { perDay: 3 } },
    runs: [refused(/^guard budget: overall 3 of 3 this day \(all: .*playbook 0 of 4 this hour/)],
    inject: after(
      ...['allocation-variance', 'recon-failed', 'tag-coverage-drop'].map((playbook) => ({
        playbook,
        minutesAgo: 600,
      })),
    ),
  },
];

const QUOTA = 'quota-reached';

const blastRadii: readonly Fault[] = [
  {
    ...common,
    name: 'guard-blast-radius-rows',
    about: 'Loading the month would write more rows than one plan may.',
    limits: { playbooks: { [PLAYBOOK]: { blastRadius: { rows: 100 } } } },
    runs: [
      refused(
        /^guard blast-radius: \d{3,} of 100 rows \(all: \d{3,} of 100 rows, \d+\.\d+ of 50000000 USD, /,
      ),
    ],
    inject: makeStale,
  },
  {
    ...common,
    name: 'guard-blast-radius-usd',
    about: 'The month that would be loaded anew holds more money than one plan may distribute.',
    limits: { playbooks: { [PLAYBOOK]: { blastRadius: { usd: 10 } } } },
    runs: [refused(/^guard blast-radius: \d+\.\d+ of 10 USD \(all: /)],
    inject: makeStale,
  },
  {
    ...common,
    name: 'guard-blast-radius-tenants',
    about: 'Three tenants would be topped up, and a plan may touch two: not one of them is.',
    metric: 'quota_breach_count',
    limits: { playbooks: { [QUOTA]: { blastRadius: { tenants: 2 } } } },
    runs: [
      {
        playbook: QUOTA,
        outcome: 'refused',
        branch: 'top-up',
        why: /^guard blast-radius: 3 of 2 tenants \(all: \d+ of 1000 rows, \S+ of 100000 USD, 3 of 2 tenants\)$/,
      },
    ],
    inject: threeBreaches,
  },
];

export const guardsOfLimits: readonly Fault[] = [...freezes, ...cooldowns, ...budgets, ...blastRadii];
