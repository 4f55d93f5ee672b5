import { CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import { bootWorld } from '../../support/world.ts';

const FIRST = 'i-0123456789abcdef0';

const world = bootWorld({ each: true, volatile: false });
const fleet = () => world.services.runnerFleet;
const depth = () => world.services.sqs.counts(fleet().queueArn).visible;
const lines = () => world.services.logs.events('/aws/lambda/runner_dispatcher').map(({ message }) => message);

/** The newest minute's value. */
async function newest(namespace: string, metric: string, dimension: string, value: string): Promise<number> {
  const client = new CloudWatchClient({
    endpoint: world.endpoint,
    region: 'us-east-1',
    credentials: world.rootKey,
  });
  const now = world.clock.now().getTime();
  const { Datapoints = [] } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: namespace,
      MetricName: metric,
      Dimensions: [{ Name: dimension, Value: value }],
      StartTime: new Date(now - 600_000),
      EndTime: new Date(now),
      Period: 60,
      Statistics: ['Average'],
    }),
  );
  client.destroy();
  const at = (moment: Date | undefined): number => moment?.getTime() ?? 0;
  return Datapoints.sort((a, b) => at(b.Timestamp) - at(a.Timestamp))[0]?.Average ?? NaN;
}
const cpu = (instance = FIRST) => newest('AWS/EC2', 'CPUUtilization', 'InstanceId', instance);
const nat = (metric: string) => newest('AWS/NATGateway', metric, 'NatGatewayId', 'nat-0a1b2c3d4e5f60718');
const throttles = () => newest('AWS/Lambda', 'Throttles', 'FunctionName', 'runner_dispatcher');

test('at boot all is well, and there is something to see of the last ten minutes', async () => {
  expect(world.services.autoScaling.inService('commercial-ops-runners')[0]?.id).toBe(FIRST);
  expect([await cpu(), await nat('ErrorPortAllocation'), await throttles()]).toEqual([35, 0, 0]);
  await world.pass(61);
  expect([await cpu(), await nat('ErrorPortAllocation'), await throttles()]).toEqual([35, 0, 0]);
  expect(depth()).toBe(0);
  expect(lines().every((line) => line.startsWith('INFO'))).toBe(true);
  expect(lines().length).toBeGreaterThanOrEqual(2);
});

test('two runners cannot keep up with a backlog; six can', async () => {
  await fleet().backlog({ messages: 200, arrivalsPerTick: 60, backgroundShare: 0.25 });
  expect(fleet().waiting()).toEqual({ interactive: 150, background: 50 });
  await world.pass(5);
  expect(depth()).toBe(220);
  expect(await cpu()).toBe(95);

  await world.services.autoScaling.setDesiredCapacity('commercial-ops-runners', 6);
  const last = world.services.autoScaling.group('commercial-ops-runners').instances.at(-1)?.id;
  await world.pass(6);
  expect(depth()).toBe(160);
  expect(await cpu(last)).toBe(95);
  await world.pass(20);
  expect(depth()).toBe(0);
  expect(await cpu()).toBeLessThan(80);
});

test('NAT-bound runners get nothing done, however many there are', async () => {
  await fleet().natBound(true);
  await fleet().backlog({ messages: 100 });
  await world.services.autoScaling.setDesiredCapacity('commercial-ops-runners', 8);
  await world.pass(15);
  expect(depth()).toBeGreaterThanOrEqual(95);
  expect(await cpu()).toBe(20);
  expect(await nat('ErrorPortAllocation')).toBeGreaterThan(0);
  await fleet().natBound(false);
  await world.pass(10);
  expect(depth()).toBe(0);
  expect(await nat('ErrorPortAllocation')).toBe(0);
});

test('throttling shows in the log and as a metric; a CPU can be made up', async () => {
  await fleet().throttled(true);
  await fleet().cpu(12);
  await world.pass(5);
  expect(lines().filter((line) => line.includes('ThrottlingException')).length).toBeGreaterThanOrEqual(2);
  expect(await throttles()).toBeGreaterThan(0);
  expect(await cpu()).toBe(12);
});

test('a restart finds the queue, the group and the fault', async () => {
  await fleet().backlog({ messages: 100, arrivalsPerTick: 70 });
  await world.services.autoScaling.setDesiredCapacity('commercial-ops-runners', 3);
  await world.pass(5);
  expect(depth()).toBe(110);
  await world.restart();
  expect(world.services.autoScaling.inService('commercial-ops-runners')).toHaveLength(3);
  await world.pass(5);
  expect(depth()).toBe(120);
});
