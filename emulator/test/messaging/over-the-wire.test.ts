import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { CloudWatch } from '../../aws/cloudwatch.ts';
import { Logs } from '../../aws/logs.ts';
import { Scheduler } from '../../aws/scheduler.ts';
import { Sns } from '../../aws/sns.ts';
import { Sqs } from '../../aws/sqs.ts';
import { Clock } from '../../kernel/clock.ts';
import { Credentials } from '../../kernel/credentials.ts';
import { Faults } from '../../kernel/faults.ts';
import { createWire, listenOnLoopback } from '../../wire/server.ts';
import { memoryStore } from '../support/memory-store.ts';

const clock = new Clock(new Date('2026-11-23T14:00:10.000Z'));
const store = memoryStore();
let url = '';
const sqs = new Sqs({ store, clock, endpoint: () => url });
const sns: Sns = new Sns({
  store,
  clock,
  kms: { mayUse: () => true },
  invokeLambda: async () => undefined,
  sendSqs: (queueArn, body) => sqs.send(queueArn, body),
});
const cloudWatch = new CloudWatch({
  store,
  clock,
  publish: (topicArn, subject, message, sourceArn) =>
    sns.publish({ topicArn, subject, message }, { service: 'cloudwatch.amazonaws.com', sourceArn }),
  invokeLambda: async () => undefined,
});
const logs = new Logs({ store, clock });
const scheduler = new Scheduler({
  store,
  clock,
  invokeTarget: async () => undefined,
  sendSqs: async () => undefined,
});

const server = createWire({
  services: [sqs, sns, cloudWatch, logs, scheduler].map((service) => service.definition()),
  clock,
  credentials: new Credentials(),
  iam: { check: () => ({ allowed: true, reason: 'this test is about shapes' }) },
  faults: new Faults(),
});

/** Made once the server's port is known. */
function clients() {
  const config = {
    endpoint: url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'AKIAPERSON', secretAccessKey: 'x' },
  };
  return {
    cloudWatch: new CloudWatchClient(config),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    logs: new CloudWatchLogsClient(config),
    scheduler: new SchedulerClient(config),
  };
}
let aws: ReturnType<typeof clients>;

beforeAll(async () => {
  url = await listenOnLoopback(server);
  aws = clients();
});

afterAll(async () => {
  Object.values(aws).forEach((client) => client.destroy());
  clock.stop();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

test('an alarm set by the API arrives in a queue behind a topic', async () => {
  const { QueueUrl = '' } = await aws.sqs.send(new CreateQueueCommand({ QueueName: 'inbox' }));
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const { TopicArn = '' } = await aws.sns.send(new CreateTopicCommand({ Name: 'alarms' }));
  await aws.sns.send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: Attributes?.['QueueArn'] ?? '' }),
  );
  const { Subscriptions } = await aws.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions).toMatchObject([{ Protocol: 'sqs', TopicArn, Owner: '012345678901' }]);

  await aws.cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'cur-freshness',
      Namespace: 'CommercialOps',
      MetricName: 'cur_freshness_days',
      Statistic: 'Minimum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: 2,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmActions: [TopicArn],
    }),
  );
  await aws.cloudWatch.send(
    new SetAlarmStateCommand({ AlarmName: 'cur-freshness', StateValue: 'ALARM', StateReason: 'a drill' }),
  );
  await clock.idle();

  const received = await aws.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
  const [message] = received.Messages ?? [];
  const envelope = JSON.parse(message?.Body ?? '') as { Message: string; Subject: string };
  expect(envelope.Subject).toBe('ALARM: "cur-freshness" in US East (N. Virginia)');
  expect(JSON.parse(envelope.Message)).toMatchObject({
    AlarmName: 'cur-freshness',
    NewStateReason: 'a drill',
  });
  await aws.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle ?? '' }));

  const { MetricAlarms, CompositeAlarms } = await aws.cloudWatch.send(
    new DescribeAlarmsCommand({ StateValue: 'ALARM' }),
  );
  expect(CompositeAlarms).toEqual([]);
  expect(MetricAlarms).toMatchObject([
    { AlarmName: 'cur-freshness', Threshold: 2, StateUpdatedTimestamp: expect.any(Date) as unknown },
  ]);
  const history = await aws.cloudWatch.send(new DescribeAlarmHistoryCommand({ HistoryItemType: 'Action' }));
  expect(history.AlarmHistoryItems).toMatchObject([
    { HistorySummary: `Successfully executed action ${TopicArn}` },
  ]);
});

test('metrics', async () => {
  const Timestamp = new Date('2026-11-23T13:59:00Z');
  const MetricData = [{ MetricName: 'budget_age_hours', Value: 30.25, Timestamp }];
  await aws.cloudWatch.send(new PutMetricDataCommand({ Namespace: 'CommercialOps', MetricData }));
  const metric = { Namespace: 'CommercialOps', MetricName: 'budget_age_hours' };
  const range = { StartTime: new Date('2026-11-23T13:50:00Z'), EndTime: new Date('2026-11-23T14:00:00Z') };
  const { Datapoints } = await aws.cloudWatch.send(
    new GetMetricStatisticsCommand({ ...metric, ...range, Period: 60, Statistics: ['Average'] }),
  );
  expect(Datapoints).toMatchObject([{ Timestamp, Average: 30.25, Unit: 'None' }]);
  const { MetricDataResults } = await aws.cloudWatch.send(
    new GetMetricDataCommand({
      ...range,
      MetricDataQueries: [{ Id: 'a', MetricStat: { Metric: metric, Period: 600, Stat: 'Maximum' } }],
    }),
  );
  expect(MetricDataResults).toMatchObject([{ Id: 'a', Values: [30.25], StatusCode: 'Complete' }]);
  const { Metrics } = await aws.cloudWatch.send(new ListMetricsCommand({ Namespace: 'CommercialOps' }));
  expect(Metrics).toMatchObject([{ MetricName: 'budget_age_hours' }]);
});

test('logs, page by page', async () => {
  const group = '/aws/lambda/commercial-ops-cur-ingestion';
  for (let i = 0; i < 3; i++) logs.append(group, 's', `ERROR ${i}`);
  const messages: (string | undefined)[] = [];
  const input = { logGroupName: group, filterPattern: 'ERROR', limit: 2 };
  for await (const page of paginateFilterLogEvents({ client: aws.logs }, input))
    messages.push(...(page.events ?? []).map(({ message }) => message));
  expect(messages).toEqual(['ERROR 0', 'ERROR 1', 'ERROR 2']);
  await expect(aws.logs.send(new FilterLogEventsCommand({ logGroupName: '/none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('schedules', async () => {
  await aws.scheduler.send(
    new CreateScheduleCommand({
      Name: 'signals',
      ScheduleExpression: 'rate(5 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: 'arn:aws:lambda:us-east-1:012345678901:function:f',
        RoleArn: 'arn:aws:iam::012345678901:role/r',
      },
    }),
  );
  expect(await aws.scheduler.send(new GetScheduleCommand({ Name: 'signals' }))).toMatchObject({
    State: 'ENABLED',
    CreationDate: expect.any(Date) as unknown,
  });
});

test('errors have the names that the SDK knows', async () => {
  const QueueUrl = `${url}/012345678901/none`;
  await expect(aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }))).rejects.toMatchObject({
    name: 'QueueDoesNotExist',
  });
  const TopicArn = 'arn:aws:sns:us-east-1:012345678901:none';
  await expect(aws.sns.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toMatchObject({
    name: 'NotFoundException',
  });
  const AlarmName = 'none';
  await expect(
    aws.cloudWatch.send(new SetAlarmStateCommand({ AlarmName, StateValue: 'OK', StateReason: 'x' })),
  ).rejects.toMatchObject({ name: 'ResourceNotFound' });
});
