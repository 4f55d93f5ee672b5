import * as fc from 'fast-check';
import type { Decision } from '../../../lambdas/domain/decision.ts';
import { runnerBacklog } from '../../../lambdas/catalog/playbooks/runner-backlog.ts';
import { nextOffPeak, scalingSteps } from '../../../lambdas/catalog/playbooks/runner-steps.ts';
import { decidesByTable, decidesSoundly, type DecisionRow } from './properties.ts';

const target = { scope: 'runners' };
const DAY = new Date('2026-11-23T14:00:00Z');
const NIGHT = new Date('2026-11-23T23:00:00Z');

const busy = {
  queue: { name: 'runner-jobs', waiting: 180, inFlight: 4, delayed: 0 },
  group: {
    name: 'commercial-ops-runners',
    exists: true,
    min: 2,
    max: 8,
    desired: 2,
    inService: 2,
    launchFault: null as string | null,
    suspended: [] as string[],
    refreshing: null as number | null,
    coolsUntil: null as string | null,
  },
  cpu: 95 as number | null,
  throttling: { exists: true, hour: 0, recent: 0 },
  nat: 0 as number | null,
};
type Finding = typeof busy;
const decide = (change: Partial<Finding>, now = DAY): Decision =>
  runnerBacklog.decide({ ...busy, ...change }, { target, now });
const group = (change: Partial<Finding['group']>) => ({ group: { ...busy.group, ...change } });
const waiting = (jobs: number) => ({ queue: { ...busy.queue, waiting: jobs } });

const table: DecisionRow<Partial<Finding>>[] = [
  ['exactly as many as may wait', waiting(100), 'leave drained', /^100 jobs wait \(limit 100\)$/],
  ['one more', waiting(101), 'act scale', /^101 jobs wait .*95 % busy, and 8 may be$/],
  ['no group', group({ exists: false }), 'escalate no-group', /group is not there/],
  [
    'NAT gateway not measured',
    { nat: null },
    'escalate not-measured',
    /but the NAT gateway’s errors cannot be seen/,
  ],
  [
    'no log',
    { throttling: { exists: false, hour: 0, recent: 0 } },
    'escalate not-measured',
    /the dispatcher’s log/,
  ],
  ['CPU not measured', { cpu: null }, 'escalate not-measured', /the runners’ CPU/],
  [
    'nothing measured',
    { cpu: null, nat: null },
    'escalate not-measured',
    /errors and the runners’ CPU cannot/,
  ],
  ['NAT-bound', { nat: 7 }, 'escalate nat-bound', /refused 7 connections/],
  [
    'NAT-bound before all else',
    { nat: 7, throttling: { exists: true, hour: 9, recent: 9 }, cpu: 3, ...group({ desired: 8 }) },
    'escalate nat-bound',
    /refused 7 connections .*: more runners would make it worse$/,
  ],
  [
    'throttled',
    { throttling: { exists: true, hour: 9, recent: 3 } },
    'escalate throttled',
    /throttled 3 calls/,
  ],
  [
    'throttled an hour ago',
    { throttling: { exists: true, hour: 9, recent: 0 } },
    'act scale',
    /; 2 runners are 95 % busy, and 8 may be$/,
  ],
  [
    'launches fail',
    group({ desired: 4, launchFault: 'EC2 has no capacity' }),
    'escalate launches-fail',
    /2 of 4 .*EC2 has no capacity/,
  ],
  ['capacity on its way', group({ desired: 4 }), 'act in-progress', /2 of 4 runners are in service/],
  [
    'capacity on its way, up to the maximum',
    group({ desired: 8, inService: 6 }),
    'act in-progress',
    /6 of 8 runners are in service, the others come$/,
  ],
  [
    'capacity that cannot come',
    group({ desired: 4, suspended: ['AZRebalance', 'Launch'] }),
    'escalate launches-suspended',
    /2 of 4 runners are in service, but the group launches none; suspended: AZRebalance and Launch\. Resume it: aws autoscaling resume-processes --auto-scaling-group-name commercial-ops-runners --scaling-processes Launch$/,
  ],
  [
    'suspended before a launch that failed',
    group({ desired: 4, suspended: ['Launch'], launchFault: 'EC2 has no capacity' }),
    'escalate launches-suspended',
    /launches none/,
  ],
  [
    'more than launches allow',
    group({ suspended: ['Launch'] }),
    'escalate launches-suspended',
    /2 of 2 runners/,
  ],
  [
    'suspended at the maximum',
    group({ desired: 8, inService: 8, suspended: ['Launch'] }),
    'act no-headroom',
    /maximum of 8/,
  ],
  ['suspended and stuck', { cpu: 3, ...group({ suspended: ['Launch'] }) }, 'escalate stuck', /only 3 % busy/],
  [
    'nothing waits, and it is suspended',
    { ...waiting(100), ...group({ suspended: ['Launch'] }) },
    'leave drained',
    /100 jobs/,
  ],
  [
    'no scaling policy acts',
    group({ suspended: ['AlarmNotification'] }),
    'act scale',
    /and 8 may be; suspended: AlarmNotification$/,
  ],
  [
    'machines are being replaced',
    group({ inService: 1, refreshing: 50 }),
    'act refreshing',
    /1 of 2 runners are in service, the others come; an instance refresh has replaced 50 % of the machines$/,
  ],
  [
    'a refresh that keeps all in service',
    group({ refreshing: 10 }),
    'act scale',
    /and 8 may be; an instance refresh has replaced 10 % of the machines$/,
  ],
  [
    'a cooldown',
    group({ coolsUntil: '2026-11-23T14:04:00.000Z' }),
    'act scale',
    /and 8 may be; its scaling policies rest until 23 Nov 2026 14:04 UTC$/,
  ],
  ['stuck', { cpu: 29 }, 'escalate stuck', /only 29 % busy/],
  ['just busy enough', { cpu: 30 }, 'act scale', /30 % busy/],
  ['at the maximum', group({ desired: 8, inService: 8 }), 'act no-headroom', /maximum of 8/],
  [
    'above the maximum',
    group({ desired: 9, inService: 9 }),
    'act no-headroom',
    /and the group is at its maximum of 8$/,
  ],
  [
    'nobody runs at all',
    { cpu: null, ...group({ min: 0, desired: 0, inService: 0 }) },
    'act scale',
    /0 runners, and 8/,
  ],
];

describe('runner-backlog decides', () => {
  decidesByTable(runnerBacklog, table, (found) => decide(found), { stepOf: undefined });

  test('more than twice the limit is graver', () => {
    expect(decide({ nat: 1, ...waiting(200) })).toMatchObject({ severity: 'SEV-3' });
    expect(decide({ nat: 1, ...waiting(201) })).toMatchObject({ severity: 'SEV-2' });
  });

  test('background jobs are put off until the evening, and only with approval', () => {
    expect(decide(group({ desired: 8, inService: 8 }))).toMatchObject({
      approval: { why: expect.any(String) as unknown },
      plan: [
        {
          action: 'put-off-background-jobs',
          params: { queue: 'runner-jobs', until: '2026-11-23T20:00:00.000Z' },
        },
      ],
    });
    expect(decide(group({ desired: 8, inService: 8 }), NIGHT)).toMatchObject({
      kind: 'escalate',
      branch: 'no-headroom',
    });
  });
});

describe('the steps', () => {
  test.each([
    [2, 8, '2>4 4>6 6>8'],
    [1, 8, '1>2 2>4 4>6'],
    [0, 8, '0>1 1>2 2>4'],
    [7, 8, '7>8'],
    [20, 100, '20>22 22>24 24>26'],
    [8, 8, ''],
    [9, 8, ''],
  ])('from %d, of %d at most', (desired, max, wanted) => {
    expect(
      scalingSteps(desired, max)
        .map(({ from, to }) => `${from}>${to}`)
        .join(' '),
    ).toBe(wanted);
  });

  test('never above the maximum, never by more than 2, never more than double', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (desired, max) => {
        let at = desired;
        for (const { from, to } of scalingSteps(desired, max)) {
          expect([from, to <= max, to > from, to - from <= 2, from === 0 || to <= 2 * from]).toEqual([
            at,
            true,
            true,
            true,
            true,
          ]);
          at = to;
        }
      }),
    );
  });
});

test.each([
  ['2026-11-23T14:00:00.000Z', '2026-11-23T20:00:00.000Z'],
  ['2026-11-23T19:59:00.000Z', '2026-11-23T20:00:00.000Z'],
  ['2026-11-23T20:00:00.000Z', undefined],
  ['2026-11-23T05:59:00.000Z', undefined],
  // A queue hides a job for 12 hours at most.
  ['2026-11-23T06:00:00.000Z', '2026-11-23T17:59:00.000Z'],
])('at %s off-peak hours begin at %s', (now, wanted) => {
  expect(nextOffPeak(new Date(now))).toBe(wanted);
});

test('it is over when the queue is short', () => {
  const holds = (jobs: number) => runnerBacklog.recovery.check(waiting(jobs), { target, now: DAY });
  expect(holds(100)).toEqual({ healthy: true, summary: '100 jobs wait (limit 100)' });
  expect(holds(101).healthy).toBe(false);
  expect(runnerBacklog.targetOf({ name: 'runner-backlog', changedAt: DAY })).toEqual(target);
});

decidesSoundly<Finding>(runnerBacklog, {
  finding: fc.record({
    queue: fc.record({
      name: fc.constant('runner-jobs'),
      waiting: fc.nat(500),
      inFlight: fc.nat(50),
      delayed: fc.nat(5),
    }),
    group: fc.record({
      name: fc.constant('commercial-ops-runners'),
      exists: fc.boolean(),
      min: fc.nat(4),
      max: fc.nat(12),
      desired: fc.nat(12),
      inService: fc.nat(12),
      launchFault: fc.constantFrom(null, null, 'EC2 has no capacity'),
      suspended: fc.subarray(['AlarmNotification', 'InstanceRefresh', 'Launch', 'Terminate']),
      refreshing: fc.constantFrom(null, null, 0, 60),
      coolsUntil: fc.constantFrom(null, '2026-11-23T14:04:00.000Z'),
    }),
    cpu: fc.option(fc.integer({ min: 0, max: 100 })),
    throttling: fc.record({ exists: fc.boolean(), hour: fc.nat(9), recent: fc.nat(1) }),
    nat: fc.constantFrom(0, 0, null, 3),
  }),
  target,
  now: fc.date({
    min: new Date('2026-01-01T00:00:00Z'),
    max: new Date('2027-01-01T00:00:00Z'),
    noInvalidDate: true,
  }),
  derived: ({ group }, { now }) => [
    ...scalingSteps(group.desired, group.max).flatMap(({ from, to }) => [String(from), String(to)]),
    nextOffPeak(now) ?? '',
  ],
  mayNotAct: ({ queue, group, nat, throttling }) =>
    queue.waiting <= 100 ||
    (group.suspended.includes('Launch') && (group.inService < group.desired || group.desired < group.max)) ||
    !group.exists ||
    nat !== 0 ||
    throttling.recent > 0 ||
    !throttling.exists,
  cites: ({ queue }) => [String(queue.waiting)],
});
