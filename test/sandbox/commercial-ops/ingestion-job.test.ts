import { Glue } from '../../../emulator/aws/glue.ts';
import { Clock } from '../../../emulator/kernel/clock.ts';
import { CommercialOps } from '../../../sandbox/commercial-ops/commercial-ops.ts';
import { ask } from '../../support/world.ts';
import { NOW, bootCommercialOps } from './boot.ts';

const JobName = 'cur_ingest_prod';
const STALE = new Date('2025-11-15T12:00:00Z');
const world = bootCommercialOps({ seed: { lines: 3_000 } });
let glue: Glue;
beforeAll(async () => {
  glue = new Glue({ clock: world.clock, store: world.store });
  glue.addJob(world.ops.glueJob());
});
beforeEach(() => {
  world.logged.length = 0;
  return world.ops.setIngested(STALE);
});

/** Starts the job, and waits for its end by the clock. */
async function run(args: Record<string, string> = {}) {
  const { JobRunId: RunId } = await glue.startJobRun({ JobName, Arguments: args });
  const state = () => glue.getJobRun({ JobName, RunId }).JobRun;
  await world.clock.advanceUntil(
    () => state()?.JobRunState !== 'RUNNING',
    new Date(world.clock.now().getTime() + 60 * 60_000),
  );
  return state();
}
const newest = async () => {
  const { athena, ledger } = await world.ops.freshness();
  return [athena.newest, ledger.newest];
};
const FRESH = '2025-11-19T06:00:00.000Z';

test('typed as the runbook prints it, it loads the open period under a run id of its own', async () => {
  const ended = await run();
  expect(ended).toMatchObject({ JobRunState: 'SUCCEEDED' });
  expect(await newest()).toEqual([FRESH, FRESH]);
  expect(
    await ask(world.pool, `select period || ' ' || status from job_run where run_id = $1`, [ended?.Id]),
  ).toBe('2025-11 completed');
  expect(world.logged.at(-2)).toMatch(
    /INFO cur_ingest_prod jr_\w+ loaded \d+ lines of 2025-11, manifest [0-9a-f]{12}, into both copies/,
  );
  expect(world.logged.join()).not.toMatch(/ERROR|AccessDenied|Exception/);
});

test('until the run ends, the costs stay as stale as they were', async () => {
  const { JobRunId: RunId } = await glue.startJobRun({ JobName });
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 5 * 60_000));
  expect(await newest()).toEqual([STALE.toISOString(), STALE.toISOString()]);
  await world.clock.advanceTo(new Date(world.clock.now().getTime() + 2 * 60_000));
  await world.clock.idle();
  expect(glue.getJobRun({ JobName, RunId }).JobRun?.JobRunState).toBe('SUCCEEDED');
  expect(await newest()).toEqual([FRESH, FRESH]);
});

test('period, run id and fence are its arguments', async () => {
  await run({ '--period': '2025-10', '--run_id': 'run-7', '--fence': '12' });
  const { rows } = await world.pool.query(
    `select job, period, fence::int, status from job_run where run_id = 'run-7'`,
  );
  expect(rows).toEqual([{ job: JobName, period: '2025-10', fence: 12, status: 'completed' }]);
  expect(await run({ '--period': '2025-10', '--fence': '11' })).toMatchObject({
    JobRunState: 'FAILED',
    ErrorMessage: expect.stringMatching(/fence 11 is older than 12/) as string,
  });
});

test('two Glue runs of one run id load once', async () => {
  await run({ '--run_id': 'repeated' });
  await world.ops.setIngested(STALE);
  expect(await run({ '--run_id': 'repeated' })).toMatchObject({ JobRunState: 'SUCCEEDED' });
  expect((await newest())[1]).toBe(STALE.toISOString());
  expect(world.logged.join()).toMatch(/run repeated had been done before/);
});

test.each([
  [{ '--period': 'november' }, /"november" is not a billing period/],
  [{ '--fence': 'newest' }, /--fence "newest" is no number/],
  [{ '--period': '2025-09' }, /the period is closed/],
])('refused: %j', async (args, message) => {
  expect(await run(args)).toMatchObject({
    JobRunState: 'FAILED',
    ErrorMessage: expect.stringMatching(message) as string,
  });
  expect(world.logged.at(-1)).toMatch(/ERROR cur_ingest_prod jr_\w+ ended FAILED/);
});

test.each([
  ['s3:GetObject', /Error Code: AccessDenied\).*s3:GetObject/],
  ['athena:StartQueryExecution', /AccessDeniedException.*athena:StartQueryExecution/],
])('a role without %s fails as Glue fails, and the log says so', async (action, message) => {
  world.denied.add(action);
  expect(await run()).toMatchObject({
    JobRunState: 'FAILED',
    ErrorMessage: expect.stringMatching(message) as string,
  });
  world.denied.clear();
  expect(world.logged.at(-1)).toMatch(message);
  expect(await newest()).toEqual([STALE.toISOString(), STALE.toISOString()]);
  expect(await run()).toMatchObject({ JobRunState: 'SUCCEEDED' });
});

test('a run goes on after the sandbox was killed, on what the store kept', async () => {
  const { JobRunId: RunId } = await glue.startJobRun({ JobName, Arguments: { '--run_id': 'survivor' } });
  const clock = new Clock(new Date(world.clock.now().getTime() + 120_000));
  world.clock.cancel(`glue.run.${RunId}`);
  const { store, pool, s3, iam, estate, directory } = world;
  const logs = { append: () => undefined };
  const ops = new CommercialOps({ clock, store, pool, s3, logs, iam, estate, directory });
  expect(ops.seeded).toBe(true);
  const restarted = new Glue({ clock, store });
  restarted.addJob(ops.glueJob());
  restarted.resume();
  const state = () => restarted.getJobRun({ JobName, RunId }).JobRun?.JobRunState;
  expect(await clock.advanceUntil(() => state() === 'SUCCEEDED', new Date(NOW.getTime() + 86_400_000))).toBe(
    true,
  );
  expect(await newest()).toEqual([FRESH, FRESH]);
  expect(await ask(world.pool, `select count(*) from cur_ingestion_log where run_id = 'survivor'`)).toBe('1');
  clock.stop();
  ops.close();
});
