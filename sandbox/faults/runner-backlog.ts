import type { Sandbox } from '../sandbox.ts';
import { approves, whenAsked } from './asked-people.ts';
import { faultsOf, type Step } from './fault.ts';
import { callOf, hoursAgo, onceSeen, setByHand } from './steps.ts';

const PLAYBOOK = 'runner-backlog';
const { fault, control, compound, ...backlogs } = faultsOf(PLAYBOOK, 'runner_queue_depth');
const { resolved, escalated, failed } = backlogs;
const SCALE = 'autoscaling:SetDesiredCapacity';
const DRAINED = /^\d+ jobs wait \(limit 100\); alarm runner-backlog is OK$/;

type Services = Sandbox['services'];
type Fleet = Services['runnerFleet'];

const fleet =
  (act: (fleet: Fleet) => unknown): Step =>
  ({ services: { runnerFleet } }) =>
    act(runnerFleet);

export const backlog = (...of: Parameters<Fleet['backlog']>): Step =>
  fleet((runners) => runners.backlog(...of));
/** Two runners get through 40 jobs between two measurements: the queue stays as long as it is, or grows slowly. */
const STEADY = backlog({ messages: 150, arrivalsPerTick: 43 });
const NAT_BOUND = fleet((runners) => runners.natBound(true));
const THROTTLED = fleet((runners) => runners.throttled(true));

const group =
  (act: (autoScaling: Services['autoScaling'], group: string) => unknown): Step =>
  ({ services: { autoScaling, estate } }) =>
    act(autoScaling, estate.runners.group);

const scaledTo = (desired: number): Step =>
  group((autoScaling, name) => autoScaling.setDesiredCapacity(name, desired));
const NO_CAPACITY = group((autoScaling, name) =>
  autoScaling.failLaunches(
    name,
    'We currently do not have sufficient c6i.large capacity in the Availability Zone you requested (us-east-1a). Launching EC2 instance failed.',
  ),
);

const suspended = (...processes: readonly string[]): Step =>
  group((autoScaling, name) => autoScaling.suspend(name, processes));

/** The instances that are being launched take long to come into service. */
const slowly =
  (minutes: number): Step =>
  ({ clock, services: { autoScaling, estate } }) => {
    const launched = autoScaling.group(estate.runners.group);
    const inServiceAt = hoursAgo({ clock }, -minutes / 60).toISOString();
    return autoScaling.groups.put(launched.name, {
      ...launched,
      instances: launched.instances.map((one) =>
        Date.parse(one.inServiceAt) > clock.now().getTime() ? { ...one, inServiceAt } : one,
      ),
    });
  };

/** While the responder runs its probes, somebody scales up. */
const scaledMeanwhile: Step = (sandbox) =>
  onceSeen(sandbox, callOf('AssumeRole'), () => void scaledTo(6)(sandbox));

async function moreJobs({ clock, services: { runnerFleet, sqs } }: Sandbox): Promise<void> {
  // What was measured until then must not count as recent.
  await clock.advanceUntil(() => false, hoursAgo({ clock }, -0.2));
  for (let i = 0; i < 60; i++) await sqs.send(runnerFleet.queueArn, `{"job_id": "late-${i}"}`);
}

/** Jobs that wait too long for a runner. */
export const runnerBacklogFaults = [
  fault('runner-backlog', 'More jobs come than two busy runners get through.')
    .inject(STEADY)
    .expect(resolved('scale', DRAINED), SCALE),

  compound(
    'runner-backlog-large',
    'So many jobs come that one step is not enough, and the critical alarm fires, too.',
  )
    .inject(backlog({ messages: 110, arrivalsPerTick: 100 }))
    .expect([resolved('scale'), backlogs.joined], SCALE, SCALE, SCALE),

  compound(
    'runner-nat-bound',
    'Jobs pile up because the NAT gateway has no ports left: more runners would make it worse.',
  )
    .inject(NAT_BOUND, backlog({ messages: 150 }))
    .expect(escalated('nat-bound', /refused \d+ connections/)),

  compound(
    'runner-throttled',
    'Jobs pile up while AWS throttles the dispatcher: more runners would add calls.',
  )
    .inject(THROTTLED, STEADY)
    .expect(escalated('throttled', /throttled \d+ calls/)),

  compound(
    'runner-everything-wrong',
    'NAT-bound, throttled, and at the maximum at once: the NAT gateway comes first.',
  )
    .inject(scaledTo(8), NAT_BOUND, THROTTLED, backlog({ messages: 150 }))
    .expect(escalated('nat-bound')),

  fault('runner-throttled-before', 'Calls were throttled half an hour ago, and are not any more.')
    .inject((sandbox) => {
      const { logs, estate } = sandbox.services;
      const line = 'ERROR ThrottlingException: Rate exceeded (service: SSM, operation: SendCommand)';
      logs.append(estate.logGroups.runners, 'dispatcher', line, hoursAgo(sandbox, 0.5));
    }, STEADY)
    .expect(resolved('scale'), SCALE),

  fault('runner-stuck', 'Jobs pile up while the runners do almost nothing.')
    .inject(
      fleet((runners) => runners.cpu(8)),
      STEADY,
    )
    .expect(escalated('stuck', /only [\d.]+ % busy/)),

  fault(
    'runner-no-headroom',
    'The group has as many runners as it may, and all of them are busy: a person lets background jobs wait.',
  )
    .inject(whenAsked(approves('sre-two')), scaledTo(8), backlog({ messages: 190, arrivalsPerTick: 160 }))
    .expect(resolved('no-headroom', DRAINED), 'sqs:ChangeMessageVisibility'),

  fault('runner-launches-fail', 'Somebody has scaled up, but EC2 has no machines left.')
    .inject(NO_CAPACITY, scaledTo(4), STEADY)
    .expect(escalated('launches-fail', /2 of 4 runners are in service: .*EC2 has no capacity/)),

  fault('runner-launches-suspended', 'The group launches nothing: somebody has suspended that.')
    .inject(suspended('Launch', 'AZRebalance'), STEADY)
    .expect(
      escalated(
        'launches-suspended',
        /2 of 2 runners .* launches none; suspended: AZRebalance and Launch.* resume-processes/,
      ),
    ),

  fault('runner-capacity-suspended', 'Somebody has scaled up, and launches are suspended: nothing comes.')
    .inject(suspended('Launch'), scaledTo(4), STEADY)
    .expect(escalated('launches-suspended', /2 of 4 runners .*; suspended: Launch/)),

  fault('runner-policies-suspended', 'The group’s own scaling is suspended; machines can be launched.')
    .inject(suspended('AlarmNotification', 'ScheduledActions'), STEADY)
    .expect(resolved('scale', DRAINED), SCALE),

  fault('runner-machines-replaced', 'An instance refresh replaces the runners, one after the other.')
    .inject(
      scaledTo(6),
      group((autoScaling, name) => autoScaling.startInstanceRefresh(name)),
      backlog({ messages: 125, arrivalsPerTick: 96 }),
    )
    .expect(resolved('refreshing', DRAINED)),

  fault('runner-capacity-coming', 'Somebody has scaled up already: the machines are on their way.')
    .inject(scaledTo(6), slowly(14), STEADY)
    .expect(resolved('in-progress')),

  fault('runner-no-machines', 'The responder scales up, and EC2 has no machines left.')
    .inject(NO_CAPACITY, backlog({ messages: 150, arrivalsPerTick: 40 }))
    .expect(failed('scale', /2 of 4 in service/), SCALE),

  fault(
    'runner-scaled-meanwhile',
    'Somebody scales up while the responder runs its probes: it does not roll that back.',
  )
    .inject(scaledMeanwhile, STEADY)
    .expect(failed('scale', /the desired capacity of commercial-ops-runners is 6; wanted 2/)),

  fault('runner-group-gone', 'The Auto Scaling group of the runners was deleted.')
    .inject(
      backlog({ messages: 150 }),
      fleet((runners) => runners.stop()),
      group((autoScaling, name) => autoScaling.groups.delete(name)),
    )
    .expect(escalated('no-group')),

  fault('runner-not-measured', 'Nothing is measured of the runners any more, while jobs wait.')
    .inject(
      backlog({ messages: 90 }),
      fleet((runners) => runners.stop()),
      moreJobs,
    )
    .expect(escalated('not-measured', /the runners’ CPU.* cannot be seen/)),

  control('runner-queue-of-90', '90 jobs wait, and as many come as are done.')
    .inject(backlog({ messages: 90, arrivalsPerTick: 40 }))
    .expectNothing(),

  control('runner-alarm-by-hand', 'Somebody sets the alarm by hand, while nothing waits.')
    .inject(setByHand(PLAYBOOK))
    .expect(backlogs.selfHealed('drained')),
];
