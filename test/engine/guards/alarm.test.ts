import { known } from '../../../lambdas/domain/known.ts';
import { verdictOf } from '../../../lambdas/engine/guards/judge.ts';
import { mutedAlarm } from '../../../lambdas/engine/guards/muted-alarm.ts';
import { openRun } from '../../../lambdas/engine/guards/open-run.ts';
import { staleAlarm } from '../../../lambdas/engine/guards/stale-alarm.ts';
import { upstream } from '../../../lambdas/engine/guards/upstream.ts';
import { allows, causes, facts, guardTable, NOW, refuses } from '../../support/facts.ts';

/** The guards that weigh what the alarm is, and who is at work on its fault already. */

const chain = (change: object = {}) => ({
  upstream: known({ fault: undefined, healthy: [], incident: 'INC-7', attended: false, ...change }),
});
guardTable(upstream, [
  [
    'every link before it is healthy',
    facts(chain({ healthy: ['cur', 'costs'] })),
    allows('healthy: cur, costs'),
  ],
  ['it is the first link, or in no chain', facts(chain()), allows('nothing lies upstream')],
  [
    'a link before it is unhealthy',
    facts(
      chain({
        fault: {
          link: 'cur',
          playbook: 'cur-freshness',
          target: { period: '2026-11' },
          tell: '4.3 days of 2 d',
        },
      }),
    ),
    refuses(
      'the link cur is unhealthy (4.3 days of 2 d): cur-freshness comes first, and this follows once incident INC-7 is over',
      { then: { kind: 'wait-for', incident: 'INC-7', attended: false } },
    ),
  ],
]);

const atWork = { otherRun: known({ run: 'cur-freshness-1', ended: false }) };
const justEnded = { otherRun: known({ run: 'cur-freshness-1', ended: true }) };
const WORKS = 'run cur-freshness-1 is already at work on this target';
const ENDED = 'run cur-freshness-1 has just looked at this target, and called people';
const JOINS = { then: { kind: 'join', run: 'cur-freshness-1' } } as const;
guardTable(openRun, [
  ['nobody is at work', facts(), allows('no other run is open on this target')],
  ['an alarm, and another is at work', facts(atWork), refuses(WORKS, JOINS)],
  ['the sweep, and another is at work', facts({ ...atWork, cause: causes.sweep }), refuses(WORKS, JOINS)],
  ['another has just called people', facts(justEnded), refuses(ENDED, JOINS)],
  ['a person gets a run all the same', facts({ ...atWork, cause: causes.manual }), allows(WORKS)],
  ['a replay, too', facts({ ...atWork, cause: causes.replay }), allows(WORKS)],
  ['and who undoes', facts({ ...justEnded, cause: causes.undo }), allows(ENDED)],
]);

const now = (change: object) => ({
  alarm: known({ name: 'cur-freshness', state: 'ALARM', since: NOW, mutedBy: [] as string[], ...change }),
});
guardTable(mutedAlarm, [
  ['not muted', facts(), allows('cur-freshness is not muted')],
  [
    'by a rule',
    facts(now({ mutedBy: ['mute rule nightly'] })),
    refuses('cur-freshness is muted by mute rule nightly'),
  ],
  [
    'by a person and a rule',
    facts(now({ mutedBy: ['a person (its actions are disabled)', 'mute rule nightly'] })),
    refuses('cur-freshness is muted by a person (its actions are disabled), mute rule nightly'),
  ],
  ['no alarm', facts({ alarm: known(undefined) }), allows('no alarm started this run')],
]);

const SINCE = `since ${NOW}`;
const metric = (healthy: boolean) => ({ healthy, summary: healthy ? '1.1 days of 2 d' : '4.3 days of 2 d' });
guardTable(staleAlarm, [
  ['still in ALARM', facts(), allows(`cur-freshness is ALARM ${SINCE}`)],
  [
    'not enough data is no healing',
    facts(now({ state: 'INSUFFICIENT_DATA' })),
    allows(`cur-freshness is INSUFFICIENT_DATA ${SINCE}`),
  ],
  [
    'OK on partial data is no healing',
    facts(now({ state: 'OK (PARTIAL_DATA)' })),
    allows(`cur-freshness is OK (PARTIAL_DATA) ${SINCE}`),
  ],
  [
    'gone and healthy: nothing is left to do',
    facts(now({ state: 'OK', metric: metric(true) })),
    refuses(`cur-freshness is OK ${SINCE}, and healthy: 1.1 days of 2 d`, { outcome: 'self-healed' }),
  ],
  [
    'gone, but the metric is sick: the alarm alone has healed',
    facts(now({ state: 'OK', metric: metric(false) })),
    allows(`cur-freshness is OK ${SINCE}, but not healthy: 4.3 days of 2 d`),
  ],
  [
    'the alarm was deleted',
    facts(now({ state: 'missing', since: '' })),
    refuses('there is no alarm cur-freshness any more'),
  ],
  ['no alarm', facts({ alarm: known(undefined) }), allows('no alarm started this run')],
]);

test('stale-alarm: OK without a look at the metric is no healing, and no reason to go on', () => {
  expect(verdictOf(staleAlarm, facts(now({ state: 'OK' })))).toEqual(
    refuses(
      `could not be evaluated: cur-freshness is OK ${SINCE}, and the business metric was not looked at`,
    ),
  );
});
