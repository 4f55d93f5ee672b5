import { periodOf, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import { loaded, makeStale } from './costs-world.ts';
import { ranBefore, type EarlierRun } from './earlier-runs.ts';
import { faultsOf } from './fault.ts';
import { THREE_BREACHES } from './quota-reached.ts';

const PLAYBOOK = 'cur-freshness';
const { fault, control, ...costs } = faultsOf(PLAYBOOK, 'cur_freshness_days');
const quota = faultsOf('quota-reached', 'quota_breach_count');
const refused = (why: RegExp) => costs.refused('not-loaded', why);

/** On other months. */
const otherMonths: readonly EarlierRun[] = [2, 3, 4, 5].map((back) => ({
  period: ({ clock }) => shiftPeriod(periodOf(clock.now()), -back),
  minutesAgo: 10 + back,
}));

/** What the limits allow, and no more. */
export const guardsOfLimits = [
  control('guard-freeze', 'It is a freeze window of the operator, in the operator’s own time zone.', {
    limits: {
      freeze: { zone: 'Europe/Berlin', windows: [{ name: 'release', cron: '0 14 * * 1', minutes: 600 }] },
    },
  })
    .inject(makeStale)
    .expect(refused(/^guard freeze: "release" until 2026-11-23T23:00:00\.000Z \(zone Europe\/Berlin\)$/)),

  control('guard-freeze-month-end', 'The books are closed in the last eight days of the month.', {
    limits: { freeze: { monthEnd: { lastDays: 8 } } },
  })
    .inject(makeStale)
    .expect(refused(/^guard freeze: "month-end close" until 2026-12-01T00:00:00\.000Z \(zone UTC\)$/)),

  fault('guard-freeze-ends', 'The freeze window ends within the hour: then the costs are loaded.', {
    limits: { freeze: { windows: [{ name: 'release', cron: '0 14 * * 1', minutes: 40 }] } },
  })
    .inject(makeStale)
    .expect(
      [
        refused(/^guard freeze: "release" until 2026-11-23T14:40:00\.000Z \(zone UTC\)$/),
        loaded('not-loaded'),
      ],
      'glue:StartJobRun',
    ),

  control('guard-cooldown', 'The playbook has acted on the same month a quarter of an hour ago.')
    .inject(ranBefore({ minutesAgo: 20 }), makeStale)
    .expect(
      refused(
        /^guard cooldown: run earlier-1-of-cur-freshness acted at 2026-11-23T13:4\d:\S+; the cooldown is 30 minutes$/,
      ),
    ),

  control('guard-budget-of-target', 'Two plans on the same month within the hour are enough.')
    .inject(ranBefore({ minutesAgo: 50 }, { minutesAgo: 42 }), makeStale)
    .expect(refused(/^guard budget: target 2 of 2 this hour \(all: overall 2 of 10 this hour, /)),

  control('guard-budget-of-target-a-day', 'Four plans on the same month within a day are enough.', {
    limits: { playbooks: { [PLAYBOOK]: { returnsADay: 10 } } },
  })
    .inject(ranBefore(...[1_300, 900, 600, 300].map((minutesAgo) => ({ minutesAgo }))), makeStale)
    .expect(refused(/^guard budget: target 4 of 4 this day \(all: /)),

  control('guard-budget-of-playbook', 'The playbook has begun four plans on other months within the hour.')
    .inject(ranBefore(...otherMonths), makeStale)
    .expect(refused(/^guard budget: playbook 4 of 4 this hour \(all: .*target 0 of 2 this hour/)),

  control(
    'guard-budget-overall',
    'Other playbooks have begun as many plans in a day as all of them together may.',
    { limits: { overall: { perDay: 3 } } },
  )
    .inject(
      ranBefore(
        ...['allocation-variance', 'recon-failed', 'tag-coverage-drop'].map((playbook) => ({
          playbook,
          minutesAgo: 600,
        })),
      ),
      makeStale,
    )
    .expect(refused(/^guard budget: overall 3 of 3 this day \(all: .*playbook 0 of 4 this hour/)),

  control('guard-blast-radius-rows', 'Loading the month would write more rows than one plan may.', {
    limits: { playbooks: { [PLAYBOOK]: { blastRadius: { rows: 100 } } } },
  })
    .inject(makeStale)
    .expect(
      refused(
        /^guard blast-radius: \d{3,} of 100 rows \(all: \d{3,} of 100 rows, \d+\.\d+ of 50000000 USD, /,
      ),
    ),

  control(
    'guard-blast-radius-usd',
    'The month that would be loaded again holds more money than one plan may distribute.',
    { limits: { playbooks: { [PLAYBOOK]: { blastRadius: { usd: 10 } } } } },
  )
    .inject(makeStale)
    .expect(refused(/^guard blast-radius: \d+\.\d+ of 10 USD \(all: /)),

  quota
    .control(
      'guard-blast-radius-tenants',
      'Three tenants would be topped up, and a plan may touch two: not one of them is.',
      { limits: { playbooks: { 'quota-reached': { blastRadius: { tenants: 2 } } } } },
    )
    .inject(...THREE_BREACHES)
    .expect(
      quota.refused(
        'top-up',
        /^guard blast-radius: 3 of 2 tenants \(all: \d+ of 1000 rows, \S+ of 100000 USD, 3 of 2 tenants\)$/,
      ),
    ),
];
