import { GetJobRunsCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { Glue, glueDefinition } from '../aws/glue.ts';
import type { GlueJob, GlueWork } from '../aws/glue-job.ts';
import { Clock } from '../kernel/clock.ts';
import { memoryStore } from './support/memory-store.ts';
import { makeWorld, serve } from './wire/serve.ts';

const NOW = new Date('2025-11-20T12:00:00Z');
const JobName = 'load';
let clock: Clock;
let store: ReturnType<typeof memoryStore>;
let glue: Glue;
let worked: GlueWork[];
let ended: string[];
let failure: Error | undefined;

beforeEach(() => {
  clock = new Clock(NOW);
  store = memoryStore();
  worked = [];
  ended = [];
  failure = undefined;
  glue = makeGlue(clock);
});
afterEach(() => clock.stop());

function makeGlue(clock: Clock): Glue {
  const job: GlueJob = {
    name: JobName,
    roleArn: 'arn:aws:iam::012345678901:role/load',
    maxConcurrentRuns: 1,
    durationMinutes: 6,
    timeoutMinutes: 480,
    async work(run) {
      if (failure) throw failure;
      worked.push(run);
    },
    ended: (_run, { state, error }) => void ended.push(`${state} ${error ?? ''}`.trim()),
  };
  const made = new Glue({ clock, store });
  made.addJob(job);
  return made;
}

const start = async (Arguments = { '--period': '2025-11' }) =>
  (await glue.startJobRun({ JobName, Arguments })).JobRunId ?? '';
const run = (RunId: string) => glue.getJobRun({ JobName, RunId }).JobRun;
const minutes = (count: number) => clock.advanceTo(new Date(NOW.getTime() + count * 60_000));

test('a run works when its duration is over, once', async () => {
  const id = await start();
  expect(id).toMatch(/^jr_[0-9a-f]{64}$/);
  await minutes(5);
  expect(run(id)).toMatchObject({ JobRunState: 'RUNNING', Arguments: { '--period': '2025-11' } });
  expect(run(id)?.CompletedOn).toBeUndefined();
  expect(worked).toEqual([]);
  await minutes(7);
  await clock.idle();
  expect(run(id)).toMatchObject({ JobRunState: 'SUCCEEDED', ExecutionTime: 360 });
  expect(worked.map(({ id }) => id)).toEqual([id]);
  expect(ended).toEqual(['SUCCEEDED']);
});

test('a run whose work throws has failed, with the message', async () => {
  failure = new Error('AccessDenied on the delivery');
  const id = await start();
  await minutes(7);
  await clock.idle();
  expect(run(id)).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'AccessDenied on the delivery' });
  expect(ended).toEqual(['FAILED AccessDenied on the delivery']);
});

test('of two starts at once, one is refused', async () => {
  const starts = await Promise.allSettled([start(), start()]);
  expect(starts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(starts[1]).toMatchObject({ reason: { code: 'ConcurrentRunsExceededException' } });
  await minutes(7);
  await clock.idle();
  await expect(start()).resolves.toMatch(/^jr_/);
});

test('a run survives the emulator: it ends when it was due, and works once', async () => {
  const id = await start();
  await minutes(3);
  clock.stop();
  clock = new Clock(new Date(NOW.getTime() + 5 * 60_000));
  glue = makeGlue(clock);
  glue.resume();
  expect(run(id)).toMatchObject({ JobRunState: 'RUNNING' });
  await minutes(7);
  await clock.idle();
  expect(run(id)).toMatchObject({ JobRunState: 'SUCCEEDED' });
  expect(worked).toHaveLength(1);
});

test('a run that was due while the emulator was away ends at once', async () => {
  const id = await start();
  clock.stop();
  clock = new Clock(new Date(NOW.getTime() + 60 * 60_000));
  glue = makeGlue(clock);
  glue.resume();
  await clock.advanceUntil(() => run(id)?.JobRunState === 'SUCCEEDED', new Date(NOW.getTime() + 61 * 60_000));
  expect(worked).toHaveLength(1);
});

test('prepared behaviour: fails, hangs until the time-out, succeeds without working', async () => {
  await glue.runs.behave(JobName, { kind: 'fail', message: 'out of disk' }, 1);
  const failing = await start();
  await minutes(7);
  await clock.idle();
  expect(run(failing)).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'out of disk' });

  await glue.runs.behave(JobName, { kind: 'hang' }, 1);
  const hanging = await start();
  await minutes(120);
  expect(run(hanging)?.JobRunState).toBe('RUNNING');
  await minutes(500);
  await clock.idle();
  expect(run(hanging)).toMatchObject({ JobRunState: 'TIMEOUT' });

  await glue.runs.behave(JobName, { kind: 'noop' });
  const idle = await start();
  await minutes(510);
  await clock.idle();
  expect(run(idle)?.JobRunState).toBe('SUCCEEDED');
  expect(worked).toEqual([]);

  await glue.runs.behave(JobName, undefined);
  await start();
  await minutes(520);
  await clock.idle();
  expect(worked).toHaveLength(1);
});

test('runs of the past and runs that hang since long can be put on record', async () => {
  await glue.runs.recordPast({
    job: JobName,
    arguments: {},
    state: 'FAILED',
    error: 'AccessDenied',
    startedAt: '2025-11-20T11:00:00.000Z',
    completedAt: '2025-11-20T11:02:00.000Z',
  });
  const { id } = await glue.runs.recordRunning(glue.job(JobName), {
    startedAt: new Date('2025-11-20T11:20:00Z'),
    dueAt: new Date('2025-11-20T19:20:00Z'),
    arguments: {},
    behaviour: { kind: 'hang' },
  });
  const { JobRuns = [] } = glue.getJobRuns({ JobName });
  expect(JobRuns.map(({ JobRunState }) => JobRunState)).toEqual(['RUNNING', 'FAILED']);
  await expect(start()).rejects.toMatchObject({ code: 'ConcurrentRunsExceededException' });
  expect(await glue.runs.stop(id)).toBe(true);
  expect(await glue.runs.stop(id)).toBe(false);
  expect(run(id)?.JobRunState).toBe('STOPPED');
  await minutes(600);
  expect(run(id)?.JobRunState).toBe('STOPPED');
});

test('GetJobRuns pages, newest first', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.unshift(await start());
    await minutes((i + 1) * 10);
    await clock.idle();
  }
  const seen: string[] = [];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = glue.getJobRuns({
      JobName,
      MaxResults: 2,
      ...(token !== undefined && { NextToken: token }),
    });
    expect(page.JobRuns?.length).toBeLessThanOrEqual(2);
    seen.push(...(page.JobRuns ?? []).map(({ Id }) => Id ?? ''));
    token = page.NextToken;
  }
  expect(seen).toEqual(ids);
});

test('what is not there or not emulated is refused', async () => {
  await expect(glue.startJobRun({ JobName: 'other' })).rejects.toMatchObject({
    code: 'EntityNotFoundException',
  });
  await expect(glue.startJobRun({ JobName, SecurityConfiguration: 'x' })).rejects.toThrow(
    /does not emulate SecurityConfiguration/,
  );
  expect(() => run('jr_none')).toThrow(/not found/);
});

test('over the wire, by the SDK', async () => {
  const served = await serve(makeWorld(), [glueDefinition(glue)]);
  const client = new GlueClient(served.config());
  const { JobRunId } = await client.send(
    new StartJobRunCommand({ JobName, Arguments: { '--run_id': 'r1' } }),
  );
  const { JobRuns = [] } = await client.send(new GetJobRunsCommand({ JobName }));
  expect(JobRuns).toMatchObject([{ Id: JobRunId, JobRunState: 'RUNNING', Arguments: { '--run_id': 'r1' } }]);
  expect(JobRuns[0]?.StartedOn).toBeInstanceOf(Date);
  await expect(client.send(new StartJobRunCommand({ JobName }))).rejects.toMatchObject({
    name: 'ConcurrentRunsExceededException',
  });
  client.destroy();
  await served.close();
});

test('a run may do its work and report that it failed', async () => {
  await glue.runs.behave(JobName, { kind: 'report-failure', message: 'lost its driver' }, 1);
  const id = await start();
  await minutes(7);
  await clock.idle();
  expect(run(id)).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'lost its driver' });
  expect(worked).toHaveLength(1);
});

test('a run may take longer, and longer than it may', async () => {
  await glue.runs.behave(JobName, { kind: 'slow', minutes: 60 }, 1);
  const slow = await start();
  await minutes(59);
  expect(run(slow)).toMatchObject({ JobRunState: 'RUNNING' });
  await minutes(61);
  await clock.idle();
  expect(run(slow)).toMatchObject({ JobRunState: 'SUCCEEDED' });
  await glue.runs.behave(JobName, { kind: 'slow', minutes: 500 }, 1);
  const endless = await start();
  await minutes(61 + 481);
  await clock.idle();
  expect(run(endless)).toMatchObject({ JobRunState: 'TIMEOUT' });
  expect(worked).toHaveLength(1);
});
