import type { Sandbox } from '../sandbox.ts';
import { approves, whenAsked } from './asked-people.ts';
import { hoursAgo, setByHand, type ExpectedRun, type Fault } from './fault.ts';

const PLAYBOOK = 'runner-backlog';
const METRIC = 'runner_queue_depth';
const SCALE = 'autoscaling:SetDesiredCapacity';

const NO_CAPACITY =
  'We currently do not have sufficient c6i.large capacity in the Availability Zone you requested (us-east-1a). Launching EC2 instance failed.';

/** Two runners get through 40 jobs between two measurements: the queue stays as long as it is, or grows slowly. */
const STEADY = { messages: 150, arrivalsPerTick: 43 };

const run = (outcome: ExpectedRun['outcome'], branch: string, why?: RegExp): readonly ExpectedRun[] => [
  { playbook: PLAYBOOK, outcome, branch, ...(why && { why }) },
];
const fault = (of: Omit<Fault, 'kind' | 'metric'> & { kind?: Fault['kind'] }): Fault => ({
  kind: 'fault',
  metric: METRIC,
  ...of,
});

const group = ({ services }: Sandbox): string => services.estate.runners.group;

/** Instances are launched, and take long to come into service. */
async function slowLaunch(sandbox: Sandbox, desired: number, minutes: number): Promise<void> {
  const { autoScaling } = sandbox.services;
  await autoScaling.setDesiredCapacity(group(sandbox), desired);
  const launched = autoScaling.group(group(sandbox));
  const now = sandbox.clock.now().getTime();
  const inServiceAt = new Date(now + minutes * 60_000).toISOString();
  await autoScaling.groups.put(launched.name, {
    ...launched,
    instances: launched.instances.map((one) =>
      Date.parse(one.inServiceAt) > now ? { ...one, inServiceAt } : one,
    ),
  });
}

/** Jobs that wait too long for a runner. */
export const runnerBacklogFaults: readonly Fault[] = [
  fault({
    name: 'runner-backlog',
    about: 'More jobs come than two busy runners get through.',
    runs: run('resolved', 'scale', /^\d+ jobs wait \(limit 100\); alarm runner-backlog is OK$/),
    actions: [SCALE],
    inject: ({ services: { runnerFleet } }) => runnerFleet.backlog(STEADY),
  }),
  fault({
    name: 'runner-backlog-large',
    about: 'So many jobs come that one step is not enough, and the critical alarm fires, too.',
    kind: 'compound',
    runs: [
      { playbook: PLAYBOOK, outcome: 'resolved', branch: 'scale' },
      { playbook: PLAYBOOK, outcome: 'refused', branch: null, why: /^guard open-run: / },
    ],
    actions: [SCALE, SCALE, SCALE],
    inject: ({ services: { runnerFleet } }) => runnerFleet.backlog({ messages: 110, arrivalsPerTick: 100 }),
  }),
  fault({
    name: 'runner-nat-bound',
    about: 'Jobs pile up because the NAT gateway has no ports left: more runners would make it worse.',
    kind: 'compound',
    runs: run('escalated', 'nat-bound', /refused \d+ connections/),
    actions: [],
    async inject({ services: { runnerFleet } }) {
      await runnerFleet.natBound(true);
      await runnerFleet.backlog({ messages: 150 });
    },
  }),
  fault({
    name: 'runner-throttled',
    about: 'Jobs pile up while AWS throttles the dispatcher: more runners would add calls.',
    kind: 'compound',
    runs: run('escalated', 'throttled', /throttled \d+ calls/),
    actions: [],
    async inject({ services: { runnerFleet } }) {
      await runnerFleet.throttled(true);
      await runnerFleet.backlog(STEADY);
    },
  }),
  fault({
    name: 'runner-everything-wrong',
    about: 'NAT-bound, throttled, and at the maximum at once: the NAT gateway comes first.',
    kind: 'compound',
    runs: run('escalated', 'nat-bound'),
    actions: [],
    async inject(sandbox) {
      const { runnerFleet, autoScaling } = sandbox.services;
      await autoScaling.setDesiredCapacity(group(sandbox), 8);
      await runnerFleet.natBound(true);
      await runnerFleet.throttled(true);
      await runnerFleet.backlog({ messages: 150 });
    },
  }),
  fault({
    name: 'runner-throttled-before',
    about: 'Calls were throttled half an hour ago, and are not any more.',
    runs: run('resolved', 'scale'),
    actions: [SCALE],
    async inject(sandbox) {
      const { runnerFleet, logs, estate } = sandbox.services;
      const line = 'ERROR ThrottlingException: Rate exceeded (service: SSM, operation: SendCommand)';
      logs.append(estate.logGroups.runners, 'dispatcher', line, hoursAgo(sandbox, 0.5));
      await runnerFleet.backlog(STEADY);
    },
  }),
  fault({
    name: 'runner-stuck',
    about: 'Jobs pile up while the runners do almost nothing.',
    runs: run('escalated', 'stuck', /only \d+ % busy/),
    actions: [],
    async inject({ services: { runnerFleet } }) {
      await runnerFleet.cpu(8);
      await runnerFleet.backlog(STEADY);
    },
  }),
  fault({
    name: 'runner-no-headroom',
    about:
      'The group has as many runners as it may, and all of them are busy: a person lets background jobs wait.',
    runs: run('resolved', 'no-headroom', /^\d+ jobs wait \(limit 100\); alarm runner-backlog is OK$/),
    actions: ['sqs:ChangeMessageVisibility'],
    async inject(sandbox) {
      whenAsked(sandbox, approves('sre-two'));
      const { runnerFleet, autoScaling } = sandbox.services;
      await autoScaling.setDesiredCapacity(group(sandbox), 8);
      await runnerFleet.backlog({ messages: 190, arrivalsPerTick: 161 });
    },
  }),
  fault({
    name: 'runner-launches-fail',
    about: 'Somebody has scaled up, but EC2 has no machines left.',
    runs: run('escalated', 'launches-fail', /2 of 4 runners are in service: .*EC2 has no capacity/),
    actions: [],
    async inject(sandbox) {
      const { runnerFleet, autoScaling } = sandbox.services;
      await autoScaling.failLaunches(group(sandbox), NO_CAPACITY);
      await autoScaling.setDesiredCapacity(group(sandbox), 4);
      await runnerFleet.backlog(STEADY);
    },
  }),
  fault({
    name: 'runner-capacity-coming',
    about: 'Somebody has scaled up already: the machines are on their way.',
    runs: run('resolved', 'in-progress'),
    actions: [],
    async inject(sandbox) {
      await slowLaunch(sandbox, 6, 14);
      await sandbox.services.runnerFleet.backlog(STEADY);
    },
  }),
  fault({
    name: 'runner-no-machines',
    about: 'The responder scales up, and EC2 has no machines left.',
    runs: run('failed', 'scale', /2 of 4 in service/),
    actions: [SCALE],
    async inject(sandbox) {
      const { runnerFleet, autoScaling } = sandbox.services;
      await autoScaling.failLaunches(group(sandbox), NO_CAPACITY);
      await runnerFleet.backlog({ messages: 150, arrivalsPerTick: 40 });
    },
  }),
  fault({
    name: 'runner-scaled-meanwhile',
    about: 'Somebody scales up while the responder looks: it does not undo that.',
    runs: run('failed', 'scale', /the desired capacity of commercial-ops-runners is 6; wanted 2/),
    actions: [],
    async inject(sandbox) {
      const { runnerFleet, autoScaling } = sandbox.services;
      const unwatch = sandbox.watch((seen) => {
        if (seen.kind !== 'call' || seen.call.operation !== 'AssumeRole') return;
        unwatch();
        void autoScaling.setDesiredCapacity(group(sandbox), 6);
      });
      await runnerFleet.backlog(STEADY);
    },
  }),
  fault({
    name: 'runner-group-gone',
    about: 'The Auto Scaling group of the runners was deleted.',
    runs: run('escalated', 'no-group'),
    actions: [],
    async inject(sandbox) {
      const { runnerFleet, autoScaling } = sandbox.services;
      await runnerFleet.backlog({ messages: 150 });
      runnerFleet.stop();
      await autoScaling.groups.delete(group(sandbox));
    },
  }),
  fault({
    name: 'runner-not-measured',
    about: 'Nothing is measured of the runners any more, while jobs wait.',
    runs: run('escalated', 'not-measured', /the runners’ CPU.* cannot be seen/),
    actions: [],
    async inject(sandbox) {
      const { runnerFleet, sqs } = sandbox.services;
      await runnerFleet.backlog({ messages: 90 });
      runnerFleet.stop();
      // What was measured until then must not count as recent.
      await sandbox.clock.advanceUntil(() => false, hoursAgo(sandbox, -0.2));
      for (let i = 0; i < 60; i++) await sqs.send(runnerFleet.queueArn, `{"job_id": "late-${i}"}`);
    },
  }),
  fault({
    name: 'runner-queue-of-90',
    about: '90 jobs wait, and as many come as are done.',
    kind: 'control',
    runs: [],
    actions: [],
    inject: ({ services: { runnerFleet } }) => runnerFleet.backlog({ messages: 90, arrivalsPerTick: 40 }),
  }),
  fault({
    name: 'runner-alarm-by-hand',
    about: 'Somebody sets the alarm by hand, while nothing waits.',
    kind: 'control',
    runs: run('self-healed', 'drained'),
    actions: [],
    inject: (sandbox) => setByHand(sandbox, PLAYBOOK),
  }),
];
