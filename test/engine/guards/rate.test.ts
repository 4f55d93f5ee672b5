import { budget } from '../../../lambdas/engine/guards/budget.ts';
import { cooldown } from '../../../lambdas/engine/guards/cooldown.ts';
import { recurrence } from '../../../lambdas/engine/guards/recurrence.ts';
import type { PlansBegun, Standing } from '../../../lambdas/record/standing.ts';
import { allows, causes, facts, guardTable, limitsWith, refuses, standing } from '../../support/facts.ts';

/** The guards that weigh how much was done lately; it is 14:00. */

const last = (at: string) => standing({ lastPlan: { run: 'r1', at } });
const REST = 'run r1 acted at 2026-11-23T13:30:00.001Z; the cooldown is 30 minutes';
guardTable(cooldown, [
  ['nothing before', facts(), allows('no plan was carried out on this target before')],
  [
    'a millisecond of the rest is left',
    facts({ standing: last('2026-11-23T13:30:00.001Z') }),
    refuses(REST, { until: '2026-11-23T14:00:00.001Z' }),
  ],
  [
    'the rest is over',
    facts({ standing: last('2026-11-23T13:30:00.000Z') }),
    allows('run r1 acted at 2026-11-23T13:30:00.000Z; the cooldown is 30 minutes'),
  ],
  [
    'a rest that the playbook has of its own',
    facts({
      standing: last('2026-11-23T13:30:00.000Z'),
      all: limitsWith({ playbooks: { 'cur-freshness': { cooldownMinutes: 31 } } }),
    }),
    refuses('run r1 acted at 2026-11-23T13:30:00.000Z; the cooldown is 31 minutes', {
      until: '2026-11-23T14:01:00.000Z',
    }),
  ],
  [
    'no rest at all',
    facts({
      standing: last('2026-11-23T14:00:00.000Z'),
      all: limitsWith({ others: { cooldownMinutes: 0 } }),
      playbook: 'quota-reached',
    }),
    allows('run r1 acted at 2026-11-23T14:00:00.000Z; the cooldown is 0 minutes'),
  ],
  [
    'a person undoes what has just been done',
    facts({ standing: last('2026-11-23T13:59:00.000Z'), cause: causes.undo }),
    allows('a person rolls back what was done'),
  ],
  [
    'a person who asks for a run waits as well',
    facts({ standing: last('2026-11-23T13:30:00.001Z'), cause: causes.manual }),
    refuses(REST, { until: '2026-11-23T14:00:00.001Z' }),
  ],
]);

const begun = (hour: number, day: number): PlansBegun => ({
  hour: { count: hour, oldest: hour > 0 ? '2026-11-23T13:10:00.000Z' : null },
  day: { count: day, oldest: day > 0 ? '2026-11-22T18:00:00.000Z' : null },
});
const spent = (change: Partial<Standing['begun']>) => {
  const none = begun(0, 0);
  return standing({ begun: { overall: none, playbook: none, target: none, ...change } });
};
const spans = (of: [number, number], most: [number, number], whose: string) =>
  `${whose} ${of[0]} of ${most[0]} this hour, ${whose} ${of[1]} of ${most[1]} this day`;
const all = (
  overall: [number, number],
  playbook: [number, number],
  target: [number, number],
  most: [number, number] = [10, 40],
) =>
  [
    spans(overall, most, 'overall'),
    spans(playbook, [4, 12], 'playbook'),
    spans(target, [2, 4], 'target'),
  ].join(', ');
guardTable(budget, [
  ['nothing was begun', facts(), allows(all([0, 0], [0, 0], [0, 0]))],
  [
    'one is left of each',
    facts({ standing: spent({ overall: begun(9, 39), playbook: begun(3, 11), target: begun(1, 3) }) }),
    allows(all([9, 39], [3, 11], [1, 3])),
  ],
  [
    'overall, of the hour: until its oldest is an hour old',
    facts({ standing: spent({ overall: begun(10, 10) }) }),
    refuses(`overall 10 of 10 this hour (all: ${all([10, 10], [0, 0], [0, 0])})`, {
      until: '2026-11-23T14:10:00.000Z',
    }),
  ],
  [
    'overall, of the day',
    facts({ standing: spent({ overall: begun(0, 40) }) }),
    refuses(`overall 40 of 40 this day (all: ${all([0, 40], [0, 0], [0, 0])})`, {
      until: '2026-11-23T18:00:00.000Z',
    }),
  ],
  [
    'of the playbook',
    facts({ standing: spent({ playbook: begun(4, 4) }) }),
    refuses(`playbook 4 of 4 this hour (all: ${all([0, 0], [4, 4], [0, 0])})`, {
      until: '2026-11-23T14:10:00.000Z',
    }),
  ],
  [
    'of the target, both: until the later is over',
    facts({ standing: spent({ target: begun(2, 4) }) }),
    refuses(`target 2 of 2 this hour, target 4 of 4 this day (all: ${all([0, 0], [0, 0], [2, 4])})`, {
      until: '2026-11-23T18:00:00.000Z',
    }),
  ],
  [
    'a budget of none has no end',
    facts({ all: limitsWith({ overall: { perHour: 0 } }) }),
    refuses(`overall 0 of 0 this hour (all: ${all([0, 0], [0, 0], [0, 0], [0, 40])})`),
  ],
  [
    'nobody is above it, who undoes neither',
    facts({ standing: spent({ target: begun(2, 2) }), cause: causes.undo }),
    refuses(`target 2 of 2 this hour (all: ${all([0, 0], [0, 0], [2, 2])})`, {
      until: '2026-11-23T14:10:00.000Z',
    }),
  ],
]);

const returned = (returns: number) => standing({ returns });
const RETURN = (n: number) => `return ${n} of this incident within 24 h; from 3 on it is left to people`;
guardTable(recurrence, [
  ['for the first time', facts(), allows(RETURN(0))],
  ['again, and once more', facts({ standing: returned(2) }), allows(RETURN(2))],
  [
    'too often: a person looks for the cause',
    facts({ standing: returned(3) }),
    refuses(RETURN(3), { outcome: 'escalated' }),
  ],
  ['a person undoes', facts({ standing: returned(3), cause: causes.undo }), allows(RETURN(3))],
]);
