import { notificationMessage, notificationSubject } from '../../emulator/aws/alarm-notification.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import type { Sandbox } from '../sandbox.ts';
import { hoursAgo, loaded, makeStale, type ExpectedRun, type Fault } from './fault.ts';

const PLAYBOOK = 'cur-freshness';
const START = 'glue:StartJobRun';
const common = { kind: 'control', metric: 'cur_freshness_days', actions: [] } as const;
const of = (outcome: ExpectedRun['outcome'], branch: string | null, why: RegExp): ExpectedRun => ({
  playbook: PLAYBOOK,
  outcome,
  branch,
  why,
});

/** As soon as the alarm has told its topic, and before anybody has heard of it. */
function whenToldOf({ watch }: Pick<Sandbox, 'watch'>, then: () => void): void {
  const unwatch = watch((seen) => {
    if (seen.kind !== 'alarm' || !seen.subject.startsWith(`ALARM: "${PLAYBOOK}"`)) return;
    unwatch();
    then();
  });
}

/** People begin to work on it, and mute it for that time. */
function mute(sandbox: Sandbox, minutes: number): void {
  whenToldOf({ watch: (observer) => sandbox.watch(observer) }, () => {
    const { clock, services } = sandbox;
    const [begins, ends] = [clock.now(), hoursAgo(sandbox, -minutes / 60)].map((at) => at.toISOString());
    clock.spawn('fault.mute', () =>
      services.cloudwatch.muteRules.put('people-at-work', {
        name: 'people-at-work',
        alarms: [PLAYBOOK],
        updatedAt: begins ?? '',
        begins: begins ?? '',
        ends: ends ?? '',
      }),
    );
  });
}

/** Sent some time ago, when it was true, and only now received. */
/** In a minute, for what a drill notes begins only once the fault is there. */
function lateDelivery(sandbox: Sandbox, minutes: number): void {
  const { cloudwatch, sns } = sandbox.services;
  const now = cloudwatch.alarms.get(PLAYBOOK);
  if (!now) throw new Error(`the sandbox has no alarm ${PLAYBOOK}`);
  const at = hoursAgo(sandbox, minutes / 60).toISOString();
  const then = { ...now, state: { value: 'ALARM' as const, reason: 'Threshold Crossed', at } };
  const [topicArn = ''] = now.settings.alarmActions;
  sandbox.clock.at('fault.late-delivery', hoursAgo(sandbox, -1 / 60), async () => {
    await sns.publish(
      { topicArn, subject: notificationSubject(then), message: notificationMessage(then, now.state) },
      { service: 'cloudwatch.amazonaws.com', sourceArn: now.settings.arn },
    );
  });
}

const MUTED = /^guard muted-alarm: cur-freshness is muted by mute rule people-at-work$/;

/** What CloudWatch says of the alarm by now. */
export const guardsOfAlarm: readonly Fault[] = [
  {
    ...common,
    name: 'guard-muted-alarm',
    about: 'People mute the alarm when it fires, for a day: they are at work on it.',
    runs: [of('refused', null, MUTED)],
    inject: async (sandbox) => {
      await makeStale(sandbox);
      mute(sandbox, 1_440);
    },
  },
  {
    ...common,
    name: 'guard-mute-ends',
    kind: 'fault',
    about: 'People mute the alarm for 40 minutes, and leave the fault as it is: then it is repaired.',
    runs: [of('refused', null, MUTED), loaded('not-loaded')],
    actions: [START],
    inject: async (sandbox) => {
      await makeStale(sandbox);
      mute(sandbox, 40);
    },
  },
  {
    ...common,
    name: 'guard-alarm-unreadable',
    about: 'CloudWatch does not say how the alarm stands: what nobody knows is no permission.',
    runs: [of('refused', null, /^guard muted-alarm: could not be evaluated: InternalServiceFault$/)],
    inject: async (sandbox) => {
      await makeStale(sandbox);
      sandbox.faults.add({
        service: 'monitoring',
        operation: 'DescribeAlarms',
        when: 'before',
        times: Infinity,
        match: ({ AlarmNames }) => String(AlarmNames) === PLAYBOOK,
        effect: new AwsError('InternalServiceFault', 'CloudWatch is overloaded', 500),
      });
    },
  },
  {
    ...common,
    name: 'guard-stale-alarm',
    about: 'An alarm is delivered 20 minutes late; it is OK again, and the costs are fresh.',
    runs: [
      of(
        'self-healed',
        null,
        /^cur-freshness is OK since 2026-11-23T\S+Z, and healthy: Athena 1\.\d\d d, ledger/,
      ),
    ],
    inject: async (sandbox) => lateDelivery(sandbox, 20),
  },
  {
    ...common,
    name: 'guard-alarm-gone-fault-stays',
    kind: 'fault',
    about:
      'An alarm is delivered late and is OK by then, but the costs are old: they are loaded, before it fires again.',
    runs: [
      loaded('not-loaded'),
      of('refused', null, /^guard open-run: run \S+ is already at work on this target$/),
    ],
    actions: [START],
    inject: async (sandbox) => {
      await makeStale(sandbox);
      lateDelivery(sandbox, 20);
    },
  },
];
