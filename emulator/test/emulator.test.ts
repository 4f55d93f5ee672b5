import { join } from 'node:path';
import { GetJobRunCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { Emulator } from '../emulator.ts';
import { arn } from '../kernel/places.ts';
import type { Observed } from '../observer.ts';
import { freshDatabase, type TestDatabase } from './support/postgres.ts';
import { scratchDir } from './support/scratch.ts';

const NOW = new Date('2026-11-23T14:00:00Z');
const HASH = 'a'.repeat(64);

/** A topic that fills a queue, and a function with an environment. */
const TEMPLATE = {
  Resources: {
    Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'orders' } },
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'parcels' } },
    Policy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [{ Ref: 'Queue' }],
        PolicyDocument: {
          Statement: {
            Effect: 'Allow',
            Principal: { Service: 'sns.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
          },
        },
      },
    },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: {
        TopicArn: { Ref: 'Topic' },
        Protocol: 'sqs',
        Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] },
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'greeter',
        Handler: 'plain.environment',
        Role: arn('iam', 'role/greeter'),
        Code: { S3Bucket: 'assets', S3Key: `${HASH}.zip` },
        Runtime: 'nodejs24.x',
        Timeout: 10,
        MemorySize: 128,
        Environment: { Variables: { GREETING: 'of the template' } },
      },
    },
  },
  Outputs: { Topic: { Value: { Ref: 'Topic' } } },
};

let database: TestDatabase;
let dir: string;
let emulator: Emulator;
let ended: string[];
const seen: Observed[] = [];

async function start(): Promise<Emulator> {
  const opened = await Emulator.open({ dir, database: database.url, now: NOW });
  ended = [];
  opened.services.glue.addJob({
    name: 'pack',
    roleArn: arn('iam', 'role/pack'),
    maxConcurrentRuns: 1,
    durationMinutes: 6,
    timeoutMinutes: 60,
    work: async () => undefined,
    ended: (_run, { state }) => void ended.push(state),
  });
  await opened.deploy({
    stackName: 'shop',
    template: TEMPLATE,
    assets: new Map([[HASH, join(import.meta.dirname, 'lambda/handlers')]]),
    environment: (variables) => ({ ...variables, GREETING: 'of this machine' }),
  });
  opened.measure();
  opened.resume();
  return opened;
}

const config = () => ({
  endpoint: emulator.endpoint,
  region: 'us-east-1',
  credentials: emulator.credentials.root,
});

beforeAll(async () => {
  database = await freshDatabase('emulator');
  dir = scratchDir();
  emulator = await start();
  emulator.watch((observed) => seen.push(observed));
});
afterAll(async () => {
  await emulator.stop();
  await database.drop();
});

test('a template becomes an account that the SDK can use', async () => {
  await new SNSClient(config()).send(new PublishCommand({ TopicArn: arn('sns', 'orders'), Message: 'two' }));
  const sqs = new SQSClient(config());
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'parcels' }));
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  expect(Messages.map(({ Body }) => (JSON.parse(Body ?? '{}') as { Message?: string }).Message)).toEqual([
    'two',
  ]);
  expect(seen.flatMap((one) => (one.kind === 'call' ? one.call.operation : []))).toEqual([
    'Publish',
    'GetQueueUrl',
    'ReceiveMessage',
  ]);
});

test('a function runs in the environment of this machine', async () => {
  const { Payload } = await new LambdaClient(config()).send(new InvokeCommand({ FunctionName: 'greeter' }));
  expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toMatchObject({ GREETING: 'of this machine' });
});

test('a new emulator on the same database continues: clock, messages and jobs', async () => {
  const { JobRunId: RunId } = await new GlueClient(config()).send(
    new StartJobRunCommand({ JobName: 'pack' }),
  );
  await emulator.clock.advanceTo(new Date(NOW.getTime() + 4 * 60_000));
  await emulator.stop();

  emulator = await start();
  const { clock, services } = emulator;
  expect(clock.now().getTime() - NOW.getTime()).toBeGreaterThanOrEqual(4 * 60_000);
  await clock.advanceTo(new Date(NOW.getTime() + 10 * 60_000));
  expect(ended).toEqual(['SUCCEEDED']);
  const { JobRun } = await new GlueClient(config()).send(new GetJobRunCommand({ JobName: 'pack', RunId }));
  expect(JobRun?.JobRunState).toBe('SUCCEEDED');
  expect(services.sqs.counts(arn('sqs', 'parcels')).visible).toBe(1);
});
