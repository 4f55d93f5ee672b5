import { notificationMessage, notificationSubject } from '../../emulator/aws/alarm-notification.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import { loaded, makeStale } from './costs-world.ts';
import { faultsOf, type Step } from './fault.ts';
import { alarmOf, callOf, hoursAgo, onceSeen } from './steps.ts';

const PLAYBOOK = 'cur-freshness';
const { fault, control, refused, selfHealed } = faultsOf(PLAYBOOK, 'cur_freshness_days');
const START = 'glue:StartJobRun';

/** People begin to work on it when the alarm fires, before anybody has heard of it, and mute it for that time. */
const muted =
  (minutes: number): Step =>
  (sandbox) =>
    onceSeen(sandbox, alarmOf(PLAYBOOK), () => {
      const [begins = '', ends = ''] = [0, minutes].map((more) =>
        hoursAgo(sandbox, -more / 60).toISOString(),
      );
      sandbox.clock.spawn('fault.mute', () =>
        sandbox.services.cloudwatch.muteRules.put('people-at-work', {
          name: 'people-at-work',
          alarms: [PLAYBOOK],
          updatedAt: begins,
          begins,
          ends,
        }),
      );
    });

/**
 * An alarm that was sent 20 minutes ago, when it was true, is received only now: in a minute, for what a drill notes begins
 * only once the fault is there.
 */
const lateDelivery: Step = (sandbox) => {
  const { cloudwatch, sns } = sandbox.services;
  const now = cloudwatch.alarms.get(PLAYBOOK);
  if (!now) throw new Error(`the sandbox has no alarm ${PLAYBOOK}`);
  const at = hoursAgo(sandbox, 1 / 3).toISOString();
  const then = { ...now, state: { value: 'ALARM' as const, reason: 'Threshold Crossed', at } };
  const [topicArn = ''] = now.settings.alarmActions;
  const over = hoursAgo(sandbox, 1 / 6).toISOString();
  sandbox.clock.at('fault.late-delivery', hoursAgo(sandbox, -1 / 60), async () => {
    // It did stand: CloudWatch is asked.
    await cloudwatch.history.add(PLAYBOOK, 'StateUpdate', new Date(at), 'Alarm updated from OK to ALARM', {
      newState: { stateValue: 'ALARM', stateReason: then.state.reason },
    });
    const known = cloudwatch.alarms.get(PLAYBOOK) ?? now;
    await cloudwatch.alarms.put(PLAYBOOK, {
      ...known,
      state: { ...known.state, at: over },
      transitionedAt: over,
    });
    await sns.publish(
      { topicArn, subject: notificationSubject(then), message: notificationMessage(then, now.state) },
      { service: 'cloudwatch.amazonaws.com', sourceArn: now.settings.arn },
    );
  });
};

const asksAboutAlarm = (input: unknown): boolean =>
  String((input as { AlarmNames?: readonly string[] }).AlarmNames) === PLAYBOOK;

/** From when the dispatcher has read it back: an alarm that CloudWatch does not confirm is only rehearsed. */
const alarmUnreadable: Step = (sandbox) =>
  onceSeen(
    sandbox,
    callOf('DescribeAlarms', ({ input }) => asksAboutAlarm(input)),
    () =>
      sandbox.faults.add({
        service: 'monitoring',
        operation: 'DescribeAlarms',
        when: 'before',
        times: Infinity,
        match: asksAboutAlarm,
        effect: new AwsError('InternalServiceFault', 'CloudWatch is overloaded', 500),
      }),
  );

const MUTED = refused(null, /^guard muted-alarm: cur-freshness is muted by mute rule people-at-work$/);

/** What CloudWatch says of the alarm by now. */
export const guardsOfAlarm = [
  control('guard-muted-alarm', 'People mute the alarm when it fires, for a day: they are at work on it.')
    .inject(makeStale, muted(1_440))
    .expect(MUTED),

  fault(
    'guard-mute-ends',
    'People mute the alarm for 40 minutes, and leave the fault as it is: then it is repaired.',
  )
    .inject(makeStale, muted(40))
    .expect([MUTED, loaded('not-loaded')], START),

  control(
    'guard-alarm-unreadable',
    'CloudWatch does not say which state the alarm is in: what nobody knows is no permission.',
  )
    .inject(makeStale, alarmUnreadable)
    .expect(
      refused(
        null,
        /^guard muted-alarm: could not be evaluated: the service failed \(InternalServiceFault\)$/,
      ),
    ),

  control(
    'guard-stale-alarm',
    'An alarm is delivered 20 minutes late; it is OK again, and the costs are fresh.',
  )
    .inject(lateDelivery)
    .expect(
      selfHealed(null, /^cur-freshness is OK since 2026-11-23T\S+Z, and healthy: Athena 1\.\d+ days, ledger/),
    ),

  fault(
    'guard-alarm-gone-fault-stays',
    'An alarm is delivered late and is OK by then, but the costs are old: they are loaded, before it fires again.',
  )
    .inject(makeStale, lateDelivery)
    .expect(
      [loaded('not-loaded'), refused(null, /^guard open-run: run \S+ is already at work on this target$/)],
      START,
    ),
];
