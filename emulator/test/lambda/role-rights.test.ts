import { arn } from '../../kernel/places.ts';
import { startServices, type Services } from '../provision/services.ts';

/** What Lambda does in the name of a function's role: it writes its log, and sends its dead letters. */

let services: Services;
beforeAll(() => {
  services = startServices();
});
afterAll(() => services.stop());

const trust = {
  Statement: { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
};
const allow = (Action: string | string[], Resource: string) => ({
  Statement: { Effect: 'Allow', Action, Resource },
});
const LOG = `${arn('logs', 'log-group:/aws/lambda/worker')}:*`;

const lines = (): number => services.logs.events('/aws/lambda/worker').length;

test('a function whose role may not write the log runs, and its lines are lost without an error', async () => {
  const { iam, lambda, logs } = services;
  await logs.createGroup({ name: '/aws/lambda/worker' });
  const role = await iam.createRole({ name: 'worker', trust });
  lambda.registerNative({ name: 'worker', role: role.arn, handler: () => Promise.resolve('done') });
  const invoke = () => lambda.invoke({ function: 'worker', type: 'RequestResponse', payload: {} });
  expect(await invoke()).toMatchObject({ payload: '"done"' });
  expect(lines()).toBe(0);
  await iam.putRolePolicy('worker', 'log', allow('logs:PutLogEvents', LOG));
  await invoke();
  expect(lines()).toBe(0);
  await iam.putRolePolicy('worker', 'log', allow(['logs:CreateLogStream', 'logs:PutLogEvents'], LOG));
  await invoke();
  expect(lines()).toBeGreaterThan(0);
});

test('a role that may not send to the dead-letter queue loses the event', async () => {
  const { iam, lambda, sqs, clock } = services;
  const dead = await sqs.createQueue({ name: 'worker-dead' });
  await iam.createRole({ name: 'sender', trust });
  lambda.registerNative({
    name: 'sender',
    role: arn('iam', 'role/sender'),
    handler: () => Promise.reject(new Error('broken')),
  });
  lambda.updateFunction('sender', { deadLetterArn: dead.arn });
  const failForGood = async () => {
    await lambda.invoke({ function: 'sender', type: 'Event', payload: { order: 1 } });
    await clock.advanceTo(new Date(clock.now().getTime() + 10 * 60_000));
  };
  await failForGood();
  expect(sqs.peek(dead.arn)).toEqual([]);
  await iam.putRolePolicy('sender', 'dead', allow('sqs:SendMessage', dead.arn));
  await failForGood();
  expect(sqs.peek(dead.arn).map(({ body }) => body)).toEqual(['{"order":1}']);
});
