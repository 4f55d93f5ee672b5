import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { ListSubscriptionsByTopicCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { cloudWatchDefinition } from '../../aws/cloudwatch-operations.ts';
import { CloudWatch } from '../../aws/cloudwatch.ts';
import { logsDefinition } from '../../aws/logs-operations.ts';
import { Logs } from '../../aws/logs.ts';
import { snsDefinition } from '../../aws/sns-operations.ts';
import { Sns } from '../../aws/sns.ts';
import { sqsDefinition } from '../../aws/sqs-operations.ts';
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
const credentials = new Credentials();
const logs = new Logs({ store, clock });
const server = createWire({
  services: [sqsDefinition(sqs), snsDefinition(sns), cloudWatchDefinition(cloudWatch), logsDefinition(logs)],
  clock,
  credentials,
  iam: { check: () => ({ allowed: true, reason: 'this test is about shapes' }) },
  faults: new Faults(),
});

/** Made once the server's port is known. */
function clients() {
  const config = {
    endpoint: url,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: credentials.root,
  };
  return {
    cloudWatch: new CloudWatchClient(config),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    logs: new CloudWatchLogsClient(config),
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
  await sqs.createQueue({ name: 'inbox' });
  const { QueueUrl = '' } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: 'inbox' }));
  const { Attributes } = await aws.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  const { arn: TopicArn } = await sns.createTopic({ name: 'alarms' });
  await sns.subscribe({ topicArn: TopicArn, protocol: 'sqs', endpoint: Attributes?.['QueueArn'] ?? '' });
  const { Subscriptions } = await aws.sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect(Subscriptions).toMatchObject([{ Protocol: 'sqs', TopicArn, Owner: '012345678901' }]);

  await cloudWatch.putAlarm({
    AlarmName: 'cur-freshness',
    Namespace: 'CommercialOps',
    MetricName: 'cur_freshness_days',
    Statistic: 'Minimum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 2,
    ComparisonOperator: 'GreaterThanThreshold',
    AlarmActions: [TopicArn],
  });
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
});

test('logs, page by page', async () => {
  const group = '/aws/lambda/commercial-ops-cur-ingestion';
  for (let i = 0; i < 3; i++) logs.append(group, 's', `ERROR ${i}`, new Date(clock.now().getTime() - 10_000));
  const messages: (string | undefined)[] = [];
  const input = { logGroupName: group, filterPattern: 'ERROR', limit: 2 };
  for await (const page of paginateFilterLogEvents({ client: aws.logs }, input))
    messages.push(...(page.events ?? []).map(({ message }) => message));
  expect(messages).toEqual(['ERROR 0', 'ERROR 1', 'ERROR 2']);
  await expect(aws.logs.send(new FilterLogEventsCommand({ logGroupName: '/none' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('errors have the names that the SDK knows', async () => {
  const QueueUrl = `${url}/012345678901/none`;
  await expect(aws.sqs.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toMatchObject({
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
