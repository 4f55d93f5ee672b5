import type { ActContext } from '../../../lambdas/catalog/actions/definition.ts';
import { putOffBackgroundJobs } from '../../../lambdas/catalog/actions/put-off-background-jobs.ts';
import { isWorthWaiting, setCapacity } from '../../../lambdas/catalog/actions/runner-capacity.ts';
import { scaleBackRunners } from '../../../lambdas/catalog/actions/scale-back-runners.ts';
import { scaleRunners } from '../../../lambdas/catalog/actions/scale-runners.ts';
import { actTools } from '../../../lambdas/platform/clients.ts';
import { runnerGroup } from '../../../lambdas/catalog/probes/runner-group.ts';
import { runnerQueueDepth } from '../../../lambdas/catalog/signals/runner-queue.ts';
import { bootWorld, NOW } from '../../support/world.ts';
import { actAs, as } from '../../support/as-role.ts';

const world = bootWorld({}, as('responder-runner'));
beforeAll(async () => {
  // The fleet would work the queue off meanwhile.
  world.services.runnerFleet.stop();
});

const context = (): ActContext => ({
  settings: world.role.settings,
  run: 'a-run',
  now: NOW,
  actionId: 'a-run-1',
  fence: '7',
});
const acting = (action: typeof scaleRunners) => actTools(world.role.settings, 'a-run', action);
const counts = () => {
  const { sqs, runnerFleet } = world.services;
  return sqs.counts(runnerFleet.queueArn);
};
const group = () => world.services.autoScaling.group('commercial-ops-runners');

test('a step scales only from what was decided on, only as long as the queue is long, and twice is as once', async () => {
  const params = { group: 'commercial-ops-runners', from: '2', to: '4' };
  const tools = await acting(scaleRunners);
  expect(await scaleRunners.start(params, context(), tools)).toMatchObject({ to: '2', needed: 'no longer' });
  expect(group().desired).toBe(2);

  await world.services.runnerFleet.backlog({ messages: 130, backgroundShare: 0.5 });
  expect(await scaleRunners.reconcile(params, context(), world.role.tools)).toEqual({ state: 'absent' });
  const handle = await scaleRunners.start(params, context(), tools);
  expect(handle).toEqual({
    group: 'commercial-ops-runners',
    to: '4',
    since: NOW.toISOString(),
    waiting: '130',
  });
  expect(group().desired).toBe(4);
  expect(await scaleRunners.reconcile(params, context(), world.role.tools)).toEqual({
    state: 'started',
    handle,
  });
  await expect(scaleRunners.start(params, context(), tools)).rejects.toThrow(
    /is 4; wanted 2.*nothing was changed/,
  );
});

test('what would change is foreseen: a step by its instances, a delay by all jobs that wait', async () => {
  const { settings, tools } = world.role;
  const step = { group: 'commercial-ops-runners', from: '2', to: '4' };
  const none = { usd: '0', tenants: [] };
  expect(await scaleRunners.impact(step, { settings, now: NOW }, tools)).toEqual({ rows: 2, ...none });
  const later = { queue: 'runner-jobs', until: '2026-11-23T20:00:00.000Z' };
  expect(await putOffBackgroundJobs.impact(later, { settings, now: NOW }, tools)).toEqual({
    rows: 130,
    ...none,
  });
});

describe('a step that is undone', () => {
  const step = { group: 'commercial-ops-runners', from: '2', to: '4' };
  const undo = (of = step) => ('by' in scaleRunners.undo ? scaleRunners.undo.params(of) : {});
  const back = async (params = undo()) =>
    scaleBackRunners.start(params, context(), await acting(scaleBackRunners));

  const somebodySets = async (to: number) =>
    setCapacity(await (await acting(scaleBackRunners)).autoScaling(), step.group, to);

  test('is left where somebody else has scaled since', async () => {
    await somebodySets(5);
    await expect(back()).rejects.toThrow(/is 5; wanted 4.*nothing was changed/);
    expect(group().desired).toBe(5);
    expect(await scaleBackRunners.reconcile(undo(), context(), world.role.tools)).toEqual({
      state: 'absent',
    });
    await somebodySets(4);
  });

  test('goes back to where it was although jobs wait, and twice is as once', async () => {
    const { settings, tools } = world.role;
    expect(await scaleBackRunners.impact(undo(), { settings, now: NOW }, tools)).toMatchObject({ rows: 2 });
    expect(counts()).toMatchObject({ visible: 130 });
    const handle = await back();
    expect(group().desired).toBe(2);
    expect(await scaleBackRunners.reconcile(undo(), context(), tools)).toEqual({ state: 'started', handle });
    expect(await back()).toEqual(handle);
    expect(group().desired).toBe(2);
  });

  test('has nothing to go back from where it was not needed', async () => {
    await back(undo({ ...step, from: '4', to: '6' }));
    expect(group().desired).toBe(2);
  });

  test('is over once the instances above are gone', async () => {
    const handle = { group: 'commercial-ops-runners', to: '1' };
    expect(await scaleBackRunners.progress(handle, context(), world.role.tools)).toMatchObject({
      state: 'running',
    });
    expect(
      await scaleBackRunners.progress({ ...handle, to: '2' }, context(), world.role.tools),
    ).toMatchObject({
      state: 'succeeded',
    });
  });
});

test('the depth of the queue is measured with the rights that the signal declares', async () => {
  const signals = await actAs(world, 'responder-signals');
  try {
    const { settings, tools } = signals;
    expect(await runnerQueueDepth.measure({ now: NOW, settings, tools })).toEqual([
      { value: 130, dimensions: { Queue: 'runner-jobs' } },
    ]);
  } finally {
    await signals.close();
  }
});

test('background jobs are hidden until the evening, the others stay, and repeating it hides no more', async () => {
  const params = { queue: 'runner-jobs', until: '2026-11-23T20:00:00.000Z' };
  const tools = await acting(putOffBackgroundJobs);
  const handle = await putOffBackgroundJobs.start(params, context(), tools);
  expect(handle).toEqual({ queue: 'runner-jobs', putOff: '65', kept: '65' });
  expect(counts()).toMatchObject({ visible: 65, inFlight: 65 });
  expect(await putOffBackgroundJobs.progress(handle, context(), world.role.tools)).toEqual({
    state: 'succeeded',
    summary: '65 background jobs put off, 65 others kept',
  });
  expect(await putOffBackgroundJobs.start(params, context(), tools)).toMatchObject({
    putOff: '0',
    kept: '65',
  });
  expect(counts()).toMatchObject({ visible: 65, inFlight: 65 });
  const { sqs, runnerFleet } = world.services;
  await sqs.take(runnerFleet.queueArn, 100);
  expect(runnerFleet.waiting()).toEqual({ interactive: 0, background: 65 });
});

test.each(['2026-11-23T14:00:00.000Z', '2026-11-24T02:00:01.000Z'])(
  'jobs cannot be put off until %s',
  async (until) => {
    const tools = await acting(putOffBackgroundJobs);
    const params = { queue: 'runner-jobs', until };
    await expect(putOffBackgroundJobs.start(params, context(), tools)).rejects.toThrow(/wanted 1 to 43200 s/);
  },
);

describe('a queue that is still long is waited for', () => {
  test.each([
    [
      'within the first third of the time, whatever it does',
      { spent: 0.3, left: 900, fallen: -50 },
      false,
      true,
    ],
    ['no longer when it grows', { spent: 0.34, left: 1, fallen: -1 }, false, false],
    [
      'no longer when it stands still, at the maximum either',
      { spent: 0.34, left: 1, fallen: 0 },
      true,
      false,
    ],
    ['when it falls fast enough', { spent: 0.34, left: 90, fallen: 100 }, false, true],
    ['no longer when the next step is quicker', { spent: 0.34, left: 110, fallen: 100 }, false, false],
    ['no longer than two thirds of the time', { spent: 0.67, left: 1, fallen: 1000 }, false, false],
    ['at the maximum as long as it falls', { spent: 0.67, left: 500, fallen: 10 }, true, true],
    ['at the maximum, but not for ever', { spent: 0.9, left: 500, fallen: 10 }, true, false],
  ])('%s', (_name, falls, atMaximum, wanted) => {
    expect(isWorthWaiting(falls, atMaximum)).toBe(wanted);
  });
});

test('where the group launches nothing, the desired capacity is not raised, and the wait says so', async () => {
  const { autoScaling, runnerFleet } = world.services;
  const name = 'commercial-ops-runners';
  await autoScaling.setDesiredCapacity(name, 4);
  await autoScaling.suspend(name, ['Launch', 'AlarmNotification']);
  await runnerFleet.backlog({ messages: 130 });
  const params = { group: name, from: '4', to: '6' };
  await expect(scaleRunners.start(params, context(), await acting(scaleRunners))).rejects.toThrow(
    /its process Launch is suspended.*Nothing was changed; resume it: aws autoscaling resume-processes/,
  );
  expect(group().desired).toBe(4);
  const handle = { group: name, to: '6', since: NOW.toISOString(), waiting: '130' };
  expect(await scaleRunners.progress(handle, context(), world.role.tools)).toMatchObject({
    summary: expect.stringMatching(/; suspended: AlarmNotification and Launch$/) as string,
  });
  await autoScaling.startInstanceRefresh(name);
  const probed = await runnerGroup.run({
    target: {},
    now: world.clock.now(),
    settings: world.role.settings,
    tools: world.role.tools,
  });
  expect(probed.value).toMatchObject({
    suspended: ['AlarmNotification', 'Launch'],
    refreshing: 0,
    launchFault: null,
  });
  expect(probed.evidence.map(({ query }) => query)).toContain('autoscaling:DescribeInstanceRefreshes');
  await autoScaling.resumeProcesses(name);
});
