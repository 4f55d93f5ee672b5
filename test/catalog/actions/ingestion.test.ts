import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { StartJobRunCommand, type GlueClient } from '@aws-sdk/client-glue';
import { awaitDelivery } from '../../../lambdas/catalog/actions/await-delivery.ts';
import { awaitIngestion } from '../../../lambdas/catalog/actions/await-ingestion.ts';
import type { ActContext } from '../../../lambdas/catalog/actions/definition.ts';
import { startIngestion } from '../../../lambdas/catalog/actions/start-ingestion.ts';
import type { IamStatement } from '../../../lambdas/platform/iam.ts';
import { actTools, type Acting, type ActTools } from '../../../lambdas/platform/clients.ts';
import type { Glue } from '../../../emulator/aws/glue.ts';
import { bootWorld, NOW } from '../../support/world.ts';
import { as } from '../../support/as-role.ts';

const world = bootWorld({}, as('responder-runner'));
let glue: Glue;
beforeAll(async () => {
  ({ glue } = world.services);
});
// One run at a time is Glue's rule for this job.
afterEach(async () => {
  for (const { id, state } of runs()) if (state === 'RUNNING') await glue.runs.stop(id);
});

const PERIOD = { period: '2026-11' };
const runs = () => glue.runs.of('cur_ingest_prod');
const context = (run: string, fence = '7'): ActContext => ({
  settings: world.role.settings,
  run,
  now: new Date('2026-11-23T14:00:00Z'),
  actionId: `${run}-1`,
  fence,
});
const actor = (run = 'a-run', action: Acting = startIngestion) => actTools(world.role.settings, run, action);
const narrowed = (to: IamStatement[]): Acting => ({ ...startIngestion, permissions: () => to });
const onlyGlue = (client: GlueClient) => ({ glue: async () => client }) as ActTools;
const denied = { name: 'AccessDeniedException' };

describe('start-ingestion', () => {
  test('starts the job once for the period, under the run’s id and fence, by the acting role', async () => {
    const callers: (string | undefined)[] = [];
    const unwatch = world.watch((seen) => {
      if (seen.kind === 'call' && seen.call.operation === 'StartJobRun')
        callers.push(seen.call.principal.arn);
    });
    const before = runs().length;
    const handle = await startIngestion.start(PERIOD, context('cur-1', '42'), await actor('cur-1'));
    unwatch();
    expect(runs()).toHaveLength(before + 1);
    expect(runs()[0]).toMatchObject({
      id: handle['jobRunId'],
      state: 'RUNNING',
      arguments: { '--period': '2026-11', '--run_id': 'cur-1-1', '--fence': '42' },
    });
    expect(callers).toEqual(['arn:aws:sts::012345678901:assumed-role/responder-actor-us-east-1/cur-1']);
  });

  test('is refused to the runner’s own role', async () => {
    const client = await world.role.tools.glue();
    await expect(startIngestion.start(PERIOD, context('cur-2'), onlyGlue(client))).rejects.toMatchObject(
      denied,
    );
    expect(runs().some((run) => run.arguments['--run_id'] === 'cur-2-1')).toBe(false);
  });

  test('is refused to the acting role when the session was narrowed to something else', async () => {
    const other = [
      { actions: ['glue:StartJobRun'], resources: ['arn:aws:glue:us-east-1:012345678901:job/another'] },
    ];
    await expect(
      startIngestion.start(PERIOD, context('cur-3'), await actor('cur-3', narrowed(other))),
    ).rejects.toMatchObject(denied);
  });

  test('the acting role starts no other job, whatever its session allows', async () => {
    const wide = [{ actions: ['*'], resources: ['*'] }];
    const client = await (await actor('cur-4', narrowed(wide))).glue();
    await expect(client.send(new StartJobRunCommand({ JobName: 'another' }))).rejects.toMatchObject(denied);
  });

  test('nobody but the runner becomes the actor', async () => {
    const sts = new STSClient({ credentials: world.rootKey });
    const assume = new AssumeRoleCommand({ RoleArn: world.role.settings.actorRole, RoleSessionName: 'me' });
    await expect(sts.send(assume)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('sends once: a lost answer is an error, not a second start', async () => {
    const before = runs().length;
    world.faults.add({
      service: 'glue',
      operation: 'StartJobRun',
      when: 'after',
      times: 1,
      effect: 'drop-connection',
    });
    await expect(startIngestion.start(PERIOD, context('cur-5'), await actor('cur-5'))).rejects.toThrow();
    expect(runs()).toHaveLength(before + 1);
    await expect(startIngestion.reconcile(PERIOD, context('cur-5'), world.role.tools)).resolves.toEqual({
      state: 'started',
      handle: { job: 'cur_ingest_prod', jobRunId: runs()[0]?.id },
    });
  });

  test('finds its own start among many, and none that was never made', async () => {
    for (let i = 0; i < 60; i++) {
      await glue.runs.recordPast({
        job: 'cur_ingest_prod',
        arguments: { '--period': '2026-11', '--run_id': `past-${i}-1` },
        state: 'SUCCEEDED',
        startedAt: new Date(NOW.getTime() - 86_400_000 + i * 60_000).toISOString(),
        completedAt: new Date(NOW.getTime() - 86_400_000 + i * 60_000 + 1).toISOString(),
      });
    }
    const wanted = runs().find((run) => run.arguments['--run_id'] === 'past-30-1');
    const found = await startIngestion.reconcile(PERIOD, context('past-30'), world.role.tools);
    expect(found).toEqual({ state: 'started', handle: { job: 'cur_ingest_prod', jobRunId: wanted?.id } });
    const absent = await startIngestion.reconcile(PERIOD, context('past-99'), world.role.tools);
    expect(absent).toEqual({ state: 'absent' });
  });

  test.each([
    ['the same order twice loads once', 'again', '50'],
    ['an order with an older fence is refused by the job itself', 'late', '49'],
  ])('%s', async (_name, run, fence) => {
    const work = (runId: string, withFence: string) =>
      glue.job('cur_ingest_prod').work({
        id: `jr_${runId}`,
        arguments: { '--period': '2026-11', '--run_id': runId, '--fence': withFence },
        startedAt: NOW,
      });
    await work('again-1', '50');
    const repeated = work(`${run}-1`, fence);
    if (fence === '50') await expect(repeated).resolves.toBeUndefined();
    else await expect(repeated).rejects.toThrow(/fence 49 is older than 50/);
    const { rows } = await world.pool.query<{ n: number }>(
      `select count(*)::int as n from job_run where job = 'cur_ingest_prod' and status = 'completed' and run_id in ('again-1', 'late-1')`,
    );
    expect(rows[0]?.n).toBe(1);
  });

  test('says how far the job is, and how it ended', async () => {
    const handle = await startIngestion.start(PERIOD, context('cur-6', '60'), await actor('cur-6'));
    const progress = () => startIngestion.progress(handle, context('cur-6'), world.role.tools);
    await expect(progress()).resolves.toMatchObject({ state: 'running' });
    await world.pass(7);
    await expect(progress()).resolves.toEqual({
      state: 'succeeded',
      summary: `${handle['jobRunId']} SUCCEEDED after 6 min`,
    });
  });

  test.each(['FAILED', 'STOPPED', 'TIMEOUT'] as const)('a job that ended %s has failed', async (state) => {
    await glue.runs.recordPast({
      job: 'cur_ingest_prod',
      arguments: { '--run_id': `${state}-1` },
      state,
      error: 'exit code 10',
      startedAt: NOW.toISOString(),
      completedAt: NOW.toISOString(),
    });
    const found = await startIngestion.reconcile(PERIOD, context(state), world.role.tools);
    if (found.state !== 'started') throw new Error('the run is there, and was not found');
    const progress = await startIngestion.progress(found.handle, context(state), world.role.tools);
    expect(progress).toMatchObject({ state: 'failed', summary: expect.stringContaining(state) as string });
  });
});

test('await-ingestion follows the run that it is told of, and starts nothing', async () => {
  const running = await glue.runs.recordRunning(glue.job('cur_ingest_prod'), {
    startedAt: NOW,
    dueAt: world.inMinutes(1),
    arguments: { '--period': '2026-11', '--run_id': 'somebody-else', '--fence': '70' },
  });
  const before = runs().length;
  const nobody = {} as ActTools; // it asks for none
  const handle = await awaitIngestion.start({ jobRunId: running.id }, context('w'), nobody);
  expect(handle).toEqual({ job: 'cur_ingest_prod', jobRunId: running.id });
  await expect(awaitIngestion.progress(handle, context('w'), world.role.tools)).resolves.toMatchObject({
    state: 'running',
  });
  await world.pass(2);
  await expect(awaitIngestion.progress(handle, context('w'), world.role.tools)).resolves.toMatchObject({
    state: 'succeeded',
  });
  expect(runs()).toHaveLength(before);
});

test('await-delivery waits while AWS writes the report, and ends with what it has delivered', async () => {
  const { commercialOps } = world.services;
  const asOfNow = () => ({ ...context('d'), now: world.clock.now() });
  const handle = await awaitDelivery.start(PERIOD, asOfNow(), {} as ActTools);
  const progress = () => awaitDelivery.progress(handle, asOfNow(), world.role.tools);
  await expect(progress()).resolves.toMatchObject({ state: 'succeeded' });
  await commercialOps.delivery.makeUnfinished('2026-11');
  await expect(progress()).resolves.toMatchObject({
    state: 'running',
    summary: expect.stringContaining('AWS has been writing it since') as string,
  });
  await commercialOps.deliver('2026-11');
  await expect(progress()).resolves.toMatchObject({ state: 'succeeded' });
  await commercialOps.delivery.makeIncomplete('2026-11');
  await expect(progress()).resolves.toMatchObject({
    state: 'failed',
    summary: expect.stringContaining('1 missing') as string,
  });
});
