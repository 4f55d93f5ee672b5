import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Alarm } from '../../../lambdas/domain/alarm.ts';
import { readEvent } from '../../../lambdas/intake/alarm-events/read-event.ts';
import { compare, createReadBack, type Described } from '../../../lambdas/intake/dispatcher/read-back.ts';
import type { AwsClients } from '../../../lambdas/platform/aws.ts';
import { ENVELOPES } from '../../fixtures/envelopes/envelopes.ts';
import { arnOf, expected, transition, type Transition } from '../../fixtures/envelopes/transitions.ts';
import { Alarms } from '../../../lambdas/platform/settings.ts';
import { exampleSettings } from '../../support/settings.ts';
import { matching } from '../../../emulator/test/support/matching.ts';

const settings = exampleSettings();
const truth = transition();
const now = new Date('2025-09-14T06:06:00.000Z');
const moment = (seconds: number): Date => new Date(Date.parse(truth.changedAt) + seconds * 1_000);

/** As CloudWatch describes the alarm right after the true transition. */
const alarmOf = (change: Partial<MetricAlarm> = {}): MetricAlarm => ({
  AlarmName: truth.name,
  AlarmArn: arnOf(truth),
  StateValue: 'ALARM',
  StateReason: truth.reason,
  StateTransitionedTimestamp: moment(0),
  StateUpdatedTimestamp: moment(0),
  ...change,
});
const described = (change: Partial<Described> = {}): Described => ({
  alarm: alarmOf(),
  past: [],
  now,
  ...change,
});

/** The claim that an envelope carries. */
function claimIn(wrapped: unknown): Alarm {
  const [message] = readEvent(wrapped);
  if (message?.kind !== 'alarm') throw new Error(`the envelope carries no alarm, but ${message?.kind}`);
  return message.alarm;
}

const LIES: readonly (readonly [what: string, lie: Partial<Transition>, why: RegExp])[] = [
  ['account', { account: '999999999999' }, /^it names account “999999999999”; wanted 012345678901/],
  ['Region', { region: 'eu-west-1' }, /^it names Region “eu-west-1”; wanted us-east-1/],
  ['state', { state: 'OK', previous: 'ALARM' }, /in ALARM since 2025-09-14T06:05:32.006Z, and not in OK/],
  ['time', { changedAt: '2099-01-01T00:00:00.000Z' }, /since 2025-09-14.*, not since 2099/],
  ['earlier time', { changedAt: '2025-09-14T05:05:32.006Z' }, /since 2025-09-14T06.*, not since/],
];

describe.each(
  ENVELOPES.map(({ wrap }, index) => [index, readEvent(wrap(truth))[0]?.origin.via, wrap] as const),
)('envelope %i, by %s', (_index, _via, wrap) => {
  test('the truth is confirmed in every part', () => {
    expect(compare(claimIn(wrap(truth)), described(), settings)).toEqual({
      confirms: 'yes',
      alarm: expected(truth),
    });
  });

  test.each(LIES)('a lie about %s is not', (_what, lie, why) => {
    const claim = claimIn(wrap(transition(lie)));
    const elsewhere = 'account' in lie || 'region' in lie;
    expect(compare(claim, described(), settings)).toEqual({
      ...(elsewhere ? { confirms: 'elsewhere', counts: false } : { confirms: 'no' }),
      why: matching(why),
    });
  });

  test('a lie about the ARN is not', () => {
    const lie = JSON.stringify(wrap(truth)).replaceAll(':alarm:cur-freshness', ':alarm:other');
    expect(compare(claimIn(JSON.parse(lie)), described(), settings)).toEqual({
      confirms: 'no',
      why: matching(/^it gives the ARN “.*:alarm:other”; wanted .*:alarm:cur-freshness$/),
    });
  });
});

describe('what CloudWatch says', () => {
  const claim = expected(truth);

  test('an alarm that does not exist, or is of the other kind, confirms nothing', () => {
    expect(compare(claim, described({ alarm: undefined }), settings)).toEqual({
      confirms: 'no',
      why: 'there is no metric alarm of this name',
    });
  });

  test('a state that has passed since is confirmed by the history', () => {
    const alarm = alarmOf({ StateValue: 'OK', StateTransitionedTimestamp: moment(120) });
    const past = [{ state: 'ALARM', at: moment(0), reason: 'as it was' }];
    expect(compare(claim, described({ alarm, past }), settings)).toEqual({
      confirms: 'yes',
      alarm: { ...claim, reason: 'as it was' },
    });
    expect(compare(claim, described({ alarm }), settings)).toMatchObject({ confirms: 'no' });
  });

  test('the reason and the moment are CloudWatch’s own: all claims of one transition are one run', () => {
    const about = { ...claim, changedAt: moment(3).toISOString(), reason: 'approve at once' };
    expect(compare(about, described(), settings)).toEqual({ confirms: 'yes', alarm: claim });
    const late = { ...claim, changedAt: moment(6).toISOString() };
    expect(compare(late, described(), settings)).toMatchObject({ confirms: 'no' });
  });

  test('a composite alarm may be told again once its suppressor lets go, but not in advance', () => {
    const again = { ...claim, kind: 'composite', previous: 'ALARM' } as const;
    const at = (seconds: number) => ({ ...again, changedAt: moment(seconds).toISOString() });
    expect(compare(at(20), described(), settings)).toMatchObject({ confirms: 'yes' });
    expect(compare(at(3_600), described(), settings)).toMatchObject({ confirms: 'no' });
    expect(compare({ ...at(20), kind: 'metric' }, described(), settings)).toMatchObject({ confirms: 'no' });
  });
});

test.each([
  ['999900001111', 'eu-central-1', true],
  ['999900001111', 'us-east-1', false],
  ['999900002222', 'eu-central-1', false],
  [truth.account, 'eu-west-1', true],
  [truth.account, 'eu-central-1', false],
])('an alarm of %s in %s counts only where it is configured to', (account, region, counts) => {
  const elsewhere = [
    { account: '999900001111', regions: ['eu-central-1'] },
    { account: truth.account, regions: ['eu-west-1'] },
  ];
  const place = exampleSettings({ alarms: Alarms.parse({ elsewhere }) });
  const claim = expected(transition({ account, region }));
  expect(compare(claim, described(), place)).toMatchObject({ confirms: 'elsewhere', counts });
});

test('an alarm that names no Region or account may be ours: it is denied, not foreign', () => {
  for (const change of [{ account: 'unknown' }, { region: 'unknown' }])
    expect(compare({ ...expected(truth), ...change }, described(), settings)).toMatchObject({
      confirms: 'no',
    });
});

describe('what a contributor claims is what CloudWatch says of the whole', () => {
  const claim = {
    ...expected(truth),
    changedAt: moment(7_200).toISOString(),
    contributor: '0011223344556677',
  };

  test('in ALARM: all contributors are the one transition of the alarm', () => {
    expect(compare(claim, described(), settings)).toEqual({ confirms: 'yes', alarm: expected(truth) });
  });

  test.each(['OK', 'INSUFFICIENT_DATA'] as const)('%s: it is not the alarm', (StateValue) => {
    expect(compare(claim, described({ alarm: alarmOf({ StateValue }) }), settings)).toEqual({
      confirms: 'no',
      why: `a contributor is ALARM, and the alarm as a whole is ${StateValue}`,
    });
  });
});

describe('asking', () => {
  function asking(answer: () => object) {
    const asked: [operation: string, input: object][] = [];
    const call = (operation: string) => async (input: object) => {
      asked.push([operation, input]);
      return answer();
    };
    const cloudwatch = {
      describeAlarms: call('DescribeAlarms'),
      describeAlarmHistory: call('DescribeAlarmHistory'),
    };
    const clients = { cloudwatch: async () => cloudwatch } as unknown as Pick<AwsClients, 'cloudwatch'>;
    const log = { warn: jest.fn() };
    return { asked, log, readBack: createReadBack(clients, settings, { now: () => now, log }) };
  }

  test('one call answers for all records of an event, and none is made for another account', async () => {
    const { asked, readBack } = asking(() => ({ MetricAlarms: [alarmOf()] }));
    const claims = [truth, transition({ name: 'other' }), transition({ account: '999999999999' })];
    const readings = await readBack(claims.map(expected));
    expect(readings.map(({ confirms }) => confirms)).toEqual(['yes', 'no', 'elsewhere']);
    expect(asked).toEqual([
      [
        'DescribeAlarms',
        {
          AlarmNames: ['cur-freshness', 'other'],
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          MaxRecords: 100,
        },
      ],
    ]);
    asked.length = 0;
    await readBack([expected(transition({ account: '999999999999' }))]);
    expect(asked).toEqual([]);
  });

  test('a fault is no verdict: what is ours is unknown, what is not stays denied', async () => {
    const { log, readBack } = asking(() => {
      throw new Error('Rate exceeded');
    });
    const claims = [truth, transition({ account: '999999999999' })];
    expect(await readBack(claims.map(expected))).toEqual([
      { confirms: 'unknown', why: 'CloudWatch did not answer (throttled)' },
      { confirms: 'elsewhere', counts: false, why: matching(/999999999999/) },
    ]);
    expect(log.warn).toHaveBeenCalled();
  });
});
