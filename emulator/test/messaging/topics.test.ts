import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { snsDefinition } from '../../aws/sns-operations.ts';
import { Sns } from '../../aws/sns.ts';
import type { WireFault } from '../../kernel/faults.ts';
import { AwsError } from '../../kernel/service.ts';
import { makeWorld, serve, START } from '../wire/serve.ts';
import type { Served, World } from '../wire/serve.ts';

/** What a check of a topic and of its subscriptions shows. */
let world: World;
let sns: Sns;
let served: Served;
let client: SNSClient;
let TopicArn: string;
let queued: unknown[];
const QUEUE = 'arn:aws:sqs:us-east-1:012345678901:inbox';
beforeEach(async () => {
  queued = [];
  world = makeWorld();
  sns = new Sns({
    ...world,
    kms: { mayUse: () => true },
    invokeLambda: async () => undefined,
    sendSqs: async (_queue, body) => queued.push(JSON.parse(body)),
  });
  served = await serve(world, [snsDefinition(sns)]);
  client = new SNSClient(served.config());
  TopicArn = (await sns.createTopic({ name: 'tenant-budget-alerts' })).arn;
});
afterEach(() => served.close());

const email = (endpoint: string, confirmed: boolean) =>
  sns.subscribe({ topicArn: TopicArn, protocol: 'email', endpoint, confirmed });
const listed = async () =>
  (await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions ?? [];

test('an unconfirmed subscription shows no ARN, and gets nothing', async () => {
  const agreed = await email('a@example.com', true);
  await email('b@example.com', false);
  expect((await listed()).map(({ SubscriptionArn }) => SubscriptionArn)).toEqual([
    agreed.arn,
    'PendingConfirmation',
  ]);
  const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(Attributes).toMatchObject({ SubscriptionsConfirmed: '1', SubscriptionsPending: '1' });

  await client.send(new PublishCommand({ TopicArn, Message: 'm' }));
  expect(sns.messages.all()).toMatchObject([{ to: ['a@example.com'] }]);
});

test('a subscription that somebody confirmed can lose its confirmation, and be taken away', async () => {
  const { arn } = await email('a@example.com', true);
  await email('a@example.com', false);
  expect(await listed()).toMatchObject([{ SubscriptionArn: 'PendingConfirmation' }]);
  await sns.unsubscribe(arn);
  expect(await listed()).toEqual([]);
});

test('one message has a text for each way it goes', async () => {
  await email('a@example.com', true);
  const tool = { topicArn: TopicArn, protocol: 'https', endpoint: 'https://pager.example.com/in' };
  expect((await sns.subscribe(tool)).confirmed).toBe(false);
  await sns.subscribe({ ...tool, confirmed: true });
  await sns.subscribe({ topicArn: TopicArn, protocol: 'sqs', endpoint: QUEUE });
  const parts = { default: 'short', email: 'Dear all', https: '{"incident":"i"}' };
  // A part that is not a text is ignored.
  const Message = JSON.stringify({ ...parts, sqs: { n: 1 } });
  await client.send(new PublishCommand({ TopicArn, Message, MessageStructure: 'json' }));
  await world.clock.idle();
  expect(sns.messages.all()).toMatchObject([
    { message: 'Dear all', parts, to: ['a@example.com', 'https://pager.example.com/in'] },
  ]);
  expect(queued).toMatchObject([{ Message: 'short' }]);
});

test('a topic that is throttled takes no message for so many calls, or until its time is over', async () => {
  const publish = () => client.send(new PublishCommand({ TopicArn, Message: 'm' }));
  const throttle = (fault: Pick<WireFault, 'times' | 'until' | 'match'>) =>
    world.faults.add({
      service: 'sns',
      operation: 'Publish',
      when: 'before',
      ...fault,
      effect: new AwsError('Throttling', 'Rate exceeded', 400),
    });
  const another = 'arn:aws:sns:us-east-1:012345678901:another';
  throttle({ times: 1, match: (input) => input['TopicArn'] === another });
  await publish();
  throttle({ times: 1, match: (input) => input['TopicArn'] === TopicArn });
  await expect(publish()).rejects.toMatchObject({
    name: 'Throttling',
    message: 'Rate exceeded',
  });
  await publish();

  throttle({ times: Infinity, until: new Date(START.getTime() + 60 * 60_000) });
  await expect(publish()).rejects.toThrow('Rate exceeded');
  await world.clock.advanceTo(new Date(START.getTime() + 59 * 60_000));
  await expect(publish()).rejects.toThrow('Rate exceeded');
  await world.clock.advanceTo(new Date(START.getTime() + 61 * 60_000));
  await publish();
  expect(sns.messages.all()).toHaveLength(3);
});

test('a deleted topic is gone with its subscriptions', async () => {
  await email('a@example.com', true);
  await sns.deleteTopic(TopicArn);
  for (const command of [
    new ListSubscriptionsByTopicCommand({ TopicArn }),
    new GetTopicAttributesCommand({ TopicArn }),
    new PublishCommand({ TopicArn, Message: 'm' }),
  ] as GetTopicAttributesCommand[])
    await expect(client.send(command)).rejects.toMatchObject({
      name: 'NotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
  // As in AWS, a deleted topic can be deleted again; a new topic of that name has no subscriptions.
  await sns.deleteTopic(TopicArn);
  await sns.createTopic({ name: 'tenant-budget-alerts' });
  expect(await listed()).toEqual([]);
});
