import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeInstanceRefreshesCommand,
  DescribeScalingActivitiesCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  StartInstanceRefreshCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import { autoScalingDefinition } from '../aws/auto-scaling-operations.ts';
import { AutoScaling } from '../aws/auto-scaling.ts';
import type { Principal } from '../kernel/service.ts';
import { makeWorld, serve } from './wire/serve.ts';
import type { Served, World } from './wire/serve.ts';

const NAME = 'runners';
const GROUP = { name: NAME, min: 2, max: 4, desired: 2, instanceIds: ['i-0123456789abcdef0'] };
const ROLE: Principal = {
  arn: 'arn:aws:sts::012345678901:assumed-role/actor/run-1',
  roleName: 'actor',
};

let world: World;
let service: AutoScaling;
let served: Served;
let client: AutoScalingClient;
beforeEach(async () => {
  world = makeWorld();
  service = new AutoScaling(world);
  await service.createGroup(GROUP);
  served = await serve(world, [autoScalingDefinition(service)]);
  client = new AutoScalingClient(served.config());
});
afterEach(() => served.close());

const later = (seconds: number) =>
  world.clock.advanceTo(new Date(world.clock.now().getTime() + seconds * 1000));
const scaleTo = (DesiredCapacity: number, more: { HonorCooldown?: boolean } = {}, by = client) =>
  by.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: NAME, DesiredCapacity, ...more }));
const activities = async () => {
  const { Activities = [] } = await client.send(
    new DescribeScalingActivitiesCommand({ AutoScalingGroupName: NAME }),
  );
  return Activities;
};
/** `Pending`, `InService`… by instance, as the API shows them. */
async function states(): Promise<[string | undefined, string | undefined][]> {
  const { AutoScalingGroups: [group] = [] } = await client.send(
    new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [NAME] }),
  );
  return (group?.Instances ?? []).map(({ InstanceId, LifecycleState }) => [InstanceId, LifecycleState]);
}

test('new instances are pending for two minutes, and keep their ids, also over a restart', async () => {
  await scaleTo(4);
  const pending = await states();
  expect(pending.map(([, state]) => state)).toEqual(['InService', 'InService', 'Pending', 'Pending']);
  expect(pending[0]?.[0]).toBe('i-0123456789abcdef0');
  expect(pending[3]?.[0]).toMatch(/^i-[0-9a-f]{17}$/);
  expect(await activities()).toMatchObject([
    { StatusCode: 'InProgress', Cause: expect.stringContaining('from 2 to 4') as unknown },
    { StatusCode: 'InProgress', Description: `Launching a new EC2 instance: ${pending[2]?.[0]}` },
  ]);

  await later(121);
  expect(new AutoScaling(world).inService(NAME).map(({ id }) => id)).toEqual(pending.map(([id]) => id));
  expect((await activities()).map(({ StatusCode }) => StatusCode)).toEqual(['Successful', 'Successful']);
  // Made again, as every start of the emulator does, the group stays as it is.
  await service.createGroup(GROUP);
  expect(await states()).toHaveLength(4);
});

test('the newest instances leave first, within a minute', async () => {
  await scaleTo(3);
  await later(121);
  await scaleTo(2);
  expect((await states()).map(([, state]) => state)).toEqual(['InService', 'InService', 'Terminating']);
  expect(service.inService(NAME)).toHaveLength(2);
  await later(61);
  expect(await states()).toHaveLength(2);
});

test.each([
  [5, 'New SetDesiredCapacity value 5 is above max value 4 for the AutoScalingGroup.'],
  [1, 'New SetDesiredCapacity value 1 is below min value 2 for the AutoScalingGroup.'],
])('%i instances are refused', async (desired, message) => {
  await expect(scaleTo(desired)).rejects.toMatchObject({ name: 'ValidationError', message });
  expect(await states()).toHaveLength(2);
  expect(await activities()).toEqual([]);
});

test('the cooldown counts for those who honour it', async () => {
  await scaleTo(3, { HonorCooldown: true });
  await later(121 + 200);
  await expect(scaleTo(4, { HonorCooldown: true })).rejects.toMatchObject({
    name: 'ScalingActivityInProgressFault',
    message: expect.stringMatching(/^Scaling activity \S+ is in progress and blocks this action$/) as unknown,
  });
  await later(100);
  await scaleTo(4, { HonorCooldown: true });
  expect(await states()).toHaveLength(4);
});

test('launches can fail, and are made up for', async () => {
  await service.failLaunches(NAME, 'We currently do not have sufficient c6i.large capacity');
  await scaleTo(3);
  await later(300);
  expect(await states()).toHaveLength(2);
  expect(await activities()).toMatchObject([
    { StatusCode: 'Failed', StatusMessage: 'We currently do not have sufficient c6i.large capacity' },
  ]);
  await service.failLaunches(NAME);
  await later(121);
  expect(service.inService(NAME)).toHaveLength(3);
});

test('groups come in pages; unknown names are passed over, an unknown group is not scaled', async () => {
  await service.createGroup({ ...GROUP, name: 'others' });
  const first = await client.send(new DescribeAutoScalingGroupsCommand({ MaxRecords: 1 }));
  const second = await client.send(
    new DescribeAutoScalingGroupsCommand({ MaxRecords: 1, NextToken: first.NextToken }),
  );
  expect([first, second].map(({ AutoScalingGroups }) => AutoScalingGroups?.[0])).toMatchObject([
    { AutoScalingGroupName: NAME, MinSize: 2, MaxSize: 4, DesiredCapacity: 2 },
    { AutoScalingGroupName: 'others' },
  ]);
  expect(second.NextToken).toBeUndefined();
  const none = await client.send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: ['no'] }));
  expect(none.AutoScalingGroups).toEqual([]);
  await expect(
    client.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'no', DesiredCapacity: 1 })),
  ).rejects.toMatchObject({
    name: 'ValidationError',
    message: expect.stringContaining('name not found') as unknown,
  });
});

test('a role scales the group that its policy names, and no other', async () => {
  const Resource = `arn:aws:autoscaling:us-east-1:012345678901:autoScalingGroup:*:autoScalingGroupName/${NAME}`;
  await world.iam.createRole({
    name: 'actor',
    trust: {
      Statement: { Effect: 'Allow', Principal: { Service: 'x.amazonaws.com' }, Action: 'sts:AssumeRole' },
    },
    policies: [
      {
        name: 'p',
        document: { Statement: { Effect: 'Allow', Action: 'autoscaling:SetDesiredCapacity', Resource } },
      },
    ],
  });
  await service.createGroup({ ...GROUP, name: 'others' });
  const actor = new AutoScalingClient(served.config(world.credentials.issue(ROLE)));
  await scaleTo(3, {}, actor);
  await expect(
    actor.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'others', DesiredCapacity: 3 })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(actor.send(new DescribeAutoScalingGroupsCommand({}))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
});

const AutoScalingGroupName = NAME;
async function suspended(): Promise<(string | undefined)[]> {
  const { AutoScalingGroups: [group] = [] } = await client.send(new DescribeAutoScalingGroupsCommand());
  return (group?.SuspendedProcesses ?? []).map(({ ProcessName }) => ProcessName);
}

test('while Launch is suspended nothing is launched; once it is resumed, what is missing is', async () => {
  await client.send(new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: ['Launch'] }));
  await scaleTo(4);
  expect(await suspended()).toEqual(['Launch']);
  expect(await states()).toHaveLength(2);
  await client.send(new ResumeProcessesCommand({ AutoScalingGroupName }));
  expect(await suspended()).toEqual([]);
  expect(await states()).toHaveLength(4);
});

test('while Terminate is suspended nothing is terminated; without names all are suspended', async () => {
  await client.send(new SuspendProcessesCommand({ AutoScalingGroupName }));
  expect(await suspended()).toEqual(expect.arrayContaining(['Launch', 'Terminate', 'AlarmNotification']));
  await service.groups.put(NAME, { ...service.group(NAME), min: 1 });
  await scaleTo(1);
  await later(600);
  expect((await states()).map(([, state]) => state)).toEqual(['InService', 'InService']);
  const strange = new SuspendProcessesCommand({ AutoScalingGroupName, ScalingProcesses: ['Lunch'] });
  await expect(client.send(strange)).rejects.toMatchObject({ name: 'ValidationError' });
});

test('an instance refresh replaces one instance after another, and another one is refused meanwhile', async () => {
  const refresh = new StartInstanceRefreshCommand({ AutoScalingGroupName });
  const before = (await states()).map(([id]) => id);
  await client.send(refresh);
  const shown = async () =>
    (await client.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName }))).InstanceRefreshes;
  await expect(client.send(refresh)).rejects.toMatchObject({ name: 'InstanceRefreshInProgressFault' });
  expect(await shown()).toMatchObject([{ Status: 'InProgress', PercentageComplete: 0 }]);
  await later(61);
  expect((await states()).map(([, state]) => state)).toEqual(['InService', 'Pending']);
  await later(300);
  expect(await shown()).toMatchObject([{ Status: 'Successful', PercentageComplete: 100 }]);
  const after = await states();
  expect(after.map(([, state]) => state)).toEqual(['InService', 'InService']);
  expect(after.map(([id]) => id).filter((id) => before.includes(id))).toEqual([]);
});
