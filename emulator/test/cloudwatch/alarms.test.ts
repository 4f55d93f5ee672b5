import { AwsError } from '../../kernel/service.ts';
import { freshness, makeWorld, measure, pass, TOPIC } from './world.ts';

let world: ReturnType<typeof makeWorld>;
const use = (made: ReturnType<typeof makeWorld>) => (world = made);
const stateOf = (name = 'cur-freshness') => world.cloudWatch.alarms.get(name)?.state;
const summaries = () =>
  world.cloudWatch.history
    .describe({ AlarmName: 'cur-freshness', ScanBy: 'TimestampAscending' })
    .AlarmHistoryItems?.map((item) => item.HistorySummary);

afterEach(() => {
  world.cloudWatch.stop();
  world.clock.stop();
  expect(world.errors).toEqual([]);
});

test('a stale report raises the alarm at the next minute, in the words of CloudWatch', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm(freshness);
  await measure(world, 4.2);

  expect(stateOf()).toMatchObject({
    value: 'ALARM',
    reason:
      'Threshold Crossed: 1 out of the last 1 datapoints [4.2 (23/11/26 13:56:00)] was greater than the threshold (2.0) (minimum 1 datapoint for OK -> ALARM transition).',
  });
  expect(JSON.parse(stateOf()?.reasonData ?? '')).toMatchObject({
    version: '1.0',
    startDate: '2026-11-23T13:56:00.000+0000',
    statistic: 'Minimum',
    period: 300,
    recentDatapoints: [4.2],
    threshold: 2,
    evaluatedDatapoints: [{ timestamp: '2026-11-23T13:56:00.000+0000', sampleCount: 1, value: 4.2 }],
  });
});

test('the message to the topic has the classic shape, member for member', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm({ ...freshness, Dimensions: [{ Name: 'scope', Value: 'all' }] });
  world.cloudWatch.putMetricData('CommercialOps', [
    { MetricName: 'cur_freshness_days', Value: 4.2, Dimensions: [{ Name: 'scope', Value: 'all' }] },
  ]);
  await pass(world.clock, 60);

  expect(world.published).toHaveLength(1);
  const [{ topicArn, subject, message } = { topicArn: '', subject: '', message: {} }] = world.published;
  expect(topicArn).toBe(TOPIC);
  expect(subject).toBe('ALARM: "cur-freshness" in US East (N. Virginia)');
  expect(message).toEqual({
    AlarmName: 'cur-freshness',
    AlarmDescription: 'The cost report is stale',
    AWSAccountId: '012345678901',
    AlarmConfigurationUpdatedTimestamp: expect.stringMatching(
      /^2026-11-23T14:00:10\.\d{3}\+0000$/,
    ) as unknown,
    NewStateValue: 'ALARM',
    NewStateReason: stateOf()?.reason,
    StateChangeTime: expect.stringMatching(/^2026-11-23T14:01:00\.\d{3}\+0000$/) as unknown,
    Region: 'US East (N. Virginia)',
    AlarmArn: 'arn:aws:cloudwatch:us-east-1:012345678901:alarm:cur-freshness',
    OldStateValue: 'INSUFFICIENT_DATA',
    OKActions: [TOPIC],
    AlarmActions: [TOPIC],
    InsufficientDataActions: [],
    Trigger: {
      MetricName: 'cur_freshness_days',
      Namespace: 'CommercialOps',
      StatisticType: 'Statistic',
      Statistic: 'MINIMUM',
      Unit: null,
      Dimensions: [{ name: 'scope', value: 'all' }],
      Period: 300,
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 2,
      TreatMissingData: 'breaching',
      EvaluateLowSampleCountPercentile: '',
    },
  });
});

test('under Minimum a fresh value shows at the next evaluation, though the stale one is in the same window', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm(freshness);
  await measure(world, 4.2);
  await measure(world, 0.9);
  expect(stateOf()).toMatchObject({
    value: 'OK',
    reason: expect.stringContaining(
      'was not greater than the threshold (2.0) (minimum 1 datapoint for ALARM -> OK',
    ) as unknown,
  });
  expect(world.published.map(({ message }) => message['NewStateValue'])).toEqual(['ALARM', 'OK']);
});

test('a rise shows once the last good value has left the window, and the alarm acts once', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm(freshness);
  await measure(world, 1);
  for (let minute = 0; minute < 4; minute++) await measure(world, 3);
  expect(stateOf()?.value).toBe('OK');
  for (let minute = 0; minute < 5; minute++) await measure(world, 3);
  expect(stateOf()?.value).toBe('ALARM');
  expect(world.published.filter(({ message }) => message['NewStateValue'] === 'ALARM')).toHaveLength(1);
});

test('signals that stop coming breach after the whole evaluation range, not before', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm(freshness);
  await measure(world, 1);
  await pass(world.clock, 14 * 60);
  expect(stateOf()?.value).toBe('OK');
  await pass(world.clock, 60);
  expect(stateOf()).toMatchObject({
    value: 'ALARM',
    reason:
      'Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching].',
  });
});

test('missing data: INSUFFICIENT_DATA, and its own words', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm({
    ...freshness,
    TreatMissingData: 'missing',
    EvaluationPeriods: 2,
    DatapointsToAlarm: 2,
  });
  await measure(world, 1);
  await pass(world.clock, 20 * 60);
  expect(stateOf()).toMatchObject({
    value: 'INSUFFICIENT_DATA',
    reason: 'Insufficient Data: 2 datapoints were unknown.',
  });
});

test('SetAlarmState acts like a transition, and the next evaluation undoes it', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm(freshness);
  await measure(world, 1);
  await world.cloudWatch.setAlarmState({
    AlarmName: 'cur-freshness',
    StateValue: 'ALARM',
    StateReason: 'a drill',
  });
  await world.clock.idle();
  expect(world.published.at(-1)?.message).toMatchObject({
    NewStateValue: 'ALARM',
    NewStateReason: 'a drill',
  });
  await pass(world.clock, 60);
  expect(stateOf()?.value).toBe('OK');
  expect(summaries()).toEqual([
    'Alarm "cur-freshness" created',
    'Alarm updated from INSUFFICIENT_DATA to OK',
    `Successfully executed action ${TOPIC}`,
    'Alarm updated from OK to ALARM',
    `Successfully executed action ${TOPIC}`,
    'Alarm updated from ALARM to OK',
    `Successfully executed action ${TOPIC}`,
  ]);
});

test('setting the state that the alarm has is no transition', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm(freshness);
  await measure(world, 4.2);
  const before = world.cloudWatch.alarms.get('cur-freshness');
  await pass(world.clock, 5);
  await world.cloudWatch.setAlarmState({
    AlarmName: 'cur-freshness',
    StateValue: 'ALARM',
    StateReason: 'again',
  });
  const after = world.cloudWatch.alarms.get('cur-freshness');
  expect(after?.transitionedAt).toBe(before?.transitionedAt);
  expect(after?.state.at).not.toBe(before?.state.at);
  expect(world.published).toHaveLength(1);
});

test('a topic that CloudWatch may not use: the action fails in the history, the alarm goes on', async () => {
  use(makeWorld({ refusal: new AwsError('KMSAccessDeniedException', 'no use of the key') }));
  await world.cloudWatch.putAlarm(freshness);
  await measure(world, 4.2);
  expect(stateOf()?.value).toBe('ALARM');
  expect(summaries()?.at(-1)).toBe(
    `Failed to execute action ${TOPIC}. Received error: "CloudWatch Alarms does not have authorization to access the SNS topic encryption key."`,
  );
});

test('a Lambda function as action gets the direct envelope', async () => {
  use(makeWorld());
  const functionArn = 'arn:aws:lambda:us-east-1:012345678901:function:responder-dispatcher';
  await world.cloudWatch.putAlarm({ ...freshness, AlarmActions: [functionArn] });
  await measure(world, 4.2);
  expect(world.invoked).toMatchObject([
    {
      functionArn,
      payload: {
        source: 'aws.cloudwatch',
        accountId: '012345678901',
        region: 'us-east-1',
        alarmData: {
          alarmName: 'cur-freshness',
          state: { value: 'ALARM' },
          previousState: { value: 'INSUFFICIENT_DATA', reason: 'Unchecked: Initial alarm creation' },
          configuration: {
            metrics: [
              { metricStat: { metric: { name: 'cur_freshness_days' }, period: 300, stat: 'Minimum' } },
            ],
          },
        },
      },
    },
  ]);
});

test('with disabled actions the state changes and nobody is notified', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm({ ...freshness, ActionsEnabled: false });
  await measure(world, 4.2);
  expect(stateOf()?.value).toBe('ALARM');
  expect(world.published).toEqual([]);
});

test('an alarm whose evaluation fails keeps its state and says so', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm(freshness);
  await measure(world, 1);
  await world.cloudWatch.setEvaluationState('cur-freshness', 'EVALUATION_FAILURE');
  await pass(world.clock, 30 * 60);
  expect(stateOf()?.value).toBe('OK');
  await world.cloudWatch.setEvaluationState('cur-freshness', undefined);
  await pass(world.clock, 60);
  expect(stateOf()?.value).toBe('ALARM');
});

test('changing the settings keeps the state; a restart keeps both and the datapoints', async () => {
  use(makeWorld());
  await world.cloudWatch.putAlarm(freshness);
  await world.cloudWatch.putMetricDataNow({
    Namespace: 'CommercialOps',
    MetricData: [{ MetricName: 'cur_freshness_days', Value: 3 }],
  });
  await pass(world.clock, 60);
  world.cloudWatch.stop();
  world.clock.stop();

  use(makeWorld({ store: world.store, start: '2026-11-23T14:01:30.000Z' }));
  expect(stateOf()?.value).toBe('ALARM');
  await world.cloudWatch.putAlarm({ ...freshness, Threshold: 3.5 });
  expect(stateOf()?.value).toBe('ALARM');
  await pass(world.clock, 60);
  expect(stateOf()?.value).toBe('OK');
});

test.each([
  [{ Metrics: [{ Id: 'e1', Expression: 'm1*1' }] }, /metric math/],
  [{ ThresholdMetricId: 'ad1' }, /anomaly/],
  [{ ExtendedStatistic: 'p99' }, /percentile/],
  [{ Period: 10 }, /multiple of 60/],
  [{ DatapointsToAlarm: 2 }, /1 to EvaluationPeriods/],
  [{ AlarmActions: ['arn:aws:ssm:us-east-1:012345678901:opsitem:1'] }, /SNS topics and Lambda functions/],
  [{ EvaluationWindow: { WallClockWindow: {} } }, /WallClockWindow/],
])('refuses %j', async (change, fault) => {
  use(makeWorld());
  await expect(world.cloudWatch.putAlarm({ ...freshness, ...change })).rejects.toThrow(fault);
  expect(world.cloudWatch.alarms.all()).toEqual([]);
});
