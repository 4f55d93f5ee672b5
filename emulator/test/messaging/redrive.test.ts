import {
  ListMessageMoveTasksCommand,
  ReceiveMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import type { StartMessageMoveTaskCommandInput } from '@aws-sdk/client-sqs';
import { sqsDefinition } from '../../aws/sqs-operations.ts';
import { Sqs } from '../../aws/sqs.ts';
import type { Principal } from '../../kernel/service.ts';
import { makeWorld, serve } from '../wire/serve.ts';
import type { Served, World } from '../wire/serve.ts';

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:012345678901:${name}`;
const [BANK, CARD, DEAD, ASIDE] = ['bank', 'card', 'dead', 'aside'].map(arnOf) as [
  string,
  string,
  string,
  string,
];
const ROLE: Principal = { arn: 'arn:aws:sts::012345678901:assumed-role/actor/r', roleName: 'actor' };

let world: World;
let sqs: Sqs;
let served: Served;
let client: SQSClient;
beforeEach(async () => {
  world = makeWorld();
  sqs = new Sqs({ ...world, endpoint: () => served.url });
  served = await serve(world, [sqsDefinition(sqs)]);
  client = new SQSClient(served.config());
  await sqs.createQueue({ name: 'dead' });
  await sqs.createQueue({ name: 'aside' });
  const redrive = { deadLetterArn: DEAD, maxReceiveCount: 1 };
  for (const name of ['bank', 'card']) await sqs.createQueue({ name, redrive, visibilityTimeout: 1 });
});
afterEach(() => served.close());

const later = (seconds: number) =>
  world.clock.advanceTo(new Date(world.clock.now().getTime() + seconds * 1000));
const start = (input: Partial<StartMessageMoveTaskCommandInput> = {}, by = client) =>
  by.send(new StartMessageMoveTaskCommand({ SourceArn: DEAD, ...input }));
const list = async (by = client) =>
  (await by.send(new ListMessageMoveTasksCommand({ SourceArn: DEAD, MaxResults: 10 }))).Results ?? [];
const bodies = (queueArn: string): string[] => sqs.peek(queueArn).map(({ body }) => body);

test('dead letters go back to the queue that each came from, as new messages', async () => {
  await sqs.send(BANK, 'poison', { n: { DataType: 'Number', StringValue: '7' } });
  const [received] = await sqs.receive(BANK);
  await later(2);
  await sqs.receive(BANK);
  await sqs.deadLetter(CARD, 'of the card');
  const QueueUrl = sqs.urlOf(sqs.queue(DEAD));
  const seen = await client.send(
    new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0, MessageSystemAttributeNames: ['All'] }),
  );
  expect(seen.Messages?.[0]?.Attributes).toMatchObject({ DeadLetterQueueSourceArn: BANK });

  const { TaskHandle } = await start();
  expect(await list()).toMatchObject([
    {
      Status: 'RUNNING',
      TaskHandle,
      ApproximateNumberOfMessagesToMove: 2,
      ApproximateNumberOfMessagesMoved: 0,
    },
  ]);
  await later(2);
  expect(await list()).toEqual([
    {
      Status: 'COMPLETED',
      SourceArn: DEAD,
      ApproximateNumberOfMessagesToMove: 2,
      ApproximateNumberOfMessagesMoved: 2,
      StartedTimestamp: expect.any(Number) as unknown,
    },
  ]);
  expect([bodies(BANK), bodies(CARD), bodies(DEAD)]).toEqual([['poison'], ['of the card'], []]);
  const [again] = await sqs.receive(BANK);
  expect(again).toMatchObject({ receiveCount: 1, attributes: { n: { StringValue: '7' } } });
  expect(again?.id).not.toBe(received?.id);
});

test('a destination of its own takes all of them, at the speed that was asked for', async () => {
  for (let i = 0; i < 5; i++) await sqs.send(DEAD, `m${i}`);
  const { TaskHandle } = await start({ DestinationArn: ASIDE, MaxNumberOfMessagesPerSecond: 2 });
  await later(1.5);
  expect(bodies(ASIDE)).toEqual(['m0', 'm1']);
  await expect(start()).rejects.toMatchObject({
    message: expect.stringMatching(/already a task running/) as unknown,
  });
  expect(await list()).toMatchObject([{ TaskHandle, Status: 'RUNNING' }]);
  await later(60);
  expect(bodies(ASIDE)).toHaveLength(5);
  expect(await list()).toMatchObject([
    { Status: 'COMPLETED', DestinationArn: ASIDE, MaxNumberOfMessagesPerSecond: 2 },
  ]);
});

test('a redrive that a stop has interrupted goes on', async () => {
  for (let i = 0; i < 3; i++) await sqs.deadLetter(BANK, `m${i}`);
  await start({ MaxNumberOfMessagesPerSecond: 1 });
  await later(1.5);
  const [{ id } = { id: '' }] = sqs.moves.list(DEAD);
  world.clock.cancel(`sqs.move ${id}`);
  const restarted = new Sqs({ ...world, endpoint: () => served.url });
  restarted.moves.resume();
  await later(10);
  expect(restarted.moves.list(DEAD)).toMatchObject([{ status: 'COMPLETED', moved: 3 }]);
  expect(restarted.peek(BANK)).toHaveLength(3);
});

test('a message that was sent to the dead letters by hand has no place to go back to', async () => {
  await sqs.deadLetter(BANK, 'known');
  await sqs.send(DEAD, 'by hand');
  await start();
  await later(2);
  expect(await list()).toMatchObject([
    {
      Status: 'FAILED',
      FailureReason: 'CouldNotDetermineMessageSource',
      ApproximateNumberOfMessagesMoved: 1,
    },
  ]);
  expect(bodies(DEAD)).toEqual(['by hand']);
});

test.each([
  [{ SourceArn: BANK }, 'InvalidParameterValue', 'Source queue must be configured as a Dead Letter Queue.'],
  [{ SourceArn: arnOf('no') }, 'ResourceNotFoundException', /SourceArn parameter doesn't exist/],
  [{ DestinationArn: arnOf('no') }, 'ResourceNotFoundException', /DestinationArn parameter doesn't exist/],
  [{ DestinationArn: DEAD }, 'InvalidParameterValue', /cannot be the same/],
  [{ MaxNumberOfMessagesPerSecond: 501 }, 'InvalidParameterValue', /between 1 and 500/],
])('StartMessageMoveTask refuses %j', async (input, name, message) => {
  await expect(start(input)).rejects.toMatchObject({
    name,
    message: typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
  });
});

test.each([
  ['sqs:StartMessageMoveTask', DEAD],
  ['sqs:ReceiveMessage', DEAD],
  ['sqs:DeleteMessage', DEAD],
  ['sqs:GetQueueAttributes', DEAD],
  ['sqs:SendMessage', CARD],
])('a role without %s on %s may not redrive', async (action, resource) => {
  const needed: [string, string][] = [
    ['sqs:StartMessageMoveTask', DEAD],
    ['sqs:ReceiveMessage', DEAD],
    ['sqs:DeleteMessage', DEAD],
    ['sqs:GetQueueAttributes', DEAD],
    ['sqs:SendMessage', BANK],
    ['sqs:SendMessage', CARD],
  ];
  const grant = (statements: [string, string][]) =>
    world.iam.createRole({
      name: 'actor',
      trust: {
        Statement: { Effect: 'Allow', Principal: { Service: 'x.amazonaws.com' }, Action: 'sts:AssumeRole' },
      },
      policies: statements.map(([Action, Resource], i) => ({
        name: `p${i}`,
        document: { Statement: { Effect: 'Allow', Action, Resource } },
      })),
    });
  const actor = new SQSClient(served.config(world.credentials.issue(ROLE)));
  await sqs.deadLetter(BANK, 'm');
  await grant(needed.filter(([a, r]) => a !== action || r !== resource));
  await expect(start({}, actor)).rejects.toThrow(
    `not authorized to perform: ${action} on resource: ${resource}`,
  );
  expect(bodies(DEAD)).toEqual(['m']);
  await grant(needed);
  await start({}, actor);
  await later(2);
  expect(bodies(BANK)).toEqual(['m']);
});
