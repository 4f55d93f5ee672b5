import { runOf } from '../../sandbox/executions.ts';
import { createRecordReader } from '../../lambdas/record/read.ts';
import { bootPlace } from '../support/world.ts';
import { startChild, type ChildSandbox } from './child-sandbox.ts';
import { survivorsOf } from './process-table.ts';

/**
 * The whole sandbox dies by SIGKILL in the middle of a repair, PostgreSQL lives on, and a new sandbox on the same
 * world goes on where the old one was.
 */
const world = bootPlace({ each: true });
let child: ChildSandbox;
/** Sandbox time at which the costs went stale. */
let broken: string;

beforeEach(async () => {
  child = await startChild(world.place);
  world.defer(() => child.ended('SIGKILL'));
  await child.post('settle');
  ({ now: broken } = await child.post<{ now: string }>('fault', { name: 'not-ingested' }));
});

/** Kills it from outside, while nothing is in flight. */
async function killWhen(moment: string): Promise<void> {
  await child.advance(moment);
  const { now, workers } = await child.state();
  const pids = Object.values(workers).flat();
  expect(pids.length).toBeGreaterThan(0);
  await child.ended('SIGKILL');
  expect(await survivorsOf(pids)).toEqual([]);
  child = await startChild(world.place);
  // The clock stood still, whatever the machine took for the new boot.
  expect(child.now).toBe(now);
}

/** It kills itself, at a moment in the middle of work. */
async function crashWhen(point: string): Promise<void> {
  await child.post('crash', { at: point });
  await expect(child.advance('runs-ended')).rejects.toThrow('fetch failed');
  expect(await child.ended()).toBe('SIGKILL');
  child = await startChild(world.place);
}

test.each([
  ['while the ingestion job runs', () => killWhen('glue-running'), 'alarm'],
  ['while it waits for the alarm to go OK', () => killWhen('waiting-for-ok'), 'alarm'],
  ['once the alarm was accepted, before the run starts', () => crashWhen('alarm-accepted'), 'alarm'],
  ['while it diagnoses', () => crashWhen('diagnosing'), 'alarm'],
  ['while the ingestion job loads the delivery', () => crashWhen('job-working'), 'alarm'],
  // That message is lost for good: the sweep finds the alarm, ten minutes later.
  ['when the alarm has changed and nobody was told', () => crashWhen('alarm-raised'), 'sweep'],
])('killed %s, the repair ends right all the same', async (_when, strike, cause) => {
  await strike();
  await child.advance('runs-ended');
  // Longer than it takes the sweep to find an alarm that nobody works on.
  await child.post('advance', { minutes: 16 });

  const { executions, glueRuns, freshness, messages, now } = await child.state();
  expect(executions).toMatchObject([{ status: 'SUCCEEDED', input: { cause: { kind: cause } } }]);
  const id = runOf(executions[0] ?? { input: {} });
  const run = await createRecordReader(world.pool).status(id);
  expect(run).toMatchObject({
    outcome: 'resolved',
    decision: { kind: 'act', branch: 'not-loaded' },
  });
  expect(run?.steps.map((step) => step.name)).toEqual([
    'guard:before-diagnosing',
    'diagnose',
    'guard:before-acting',
    'notify:acting',
    'act:1:start-ingestion',
    'wait:1:start-ingestion',
    'verify:measure',
    'verify:alarm-state',
    'notify:sre',
  ]);
  const times = [broken, ...(run?.steps ?? []).map(({ at }) => at), run?.endedAt ?? '', now].map((at) =>
    Date.parse(at),
  );
  expect(times).toEqual(times.toSorted((a, b) => a - b));

  const started = glueRuns.filter(({ startedAt }) => startedAt >= broken);
  expect(started).toMatchObject([{ state: 'SUCCEEDED', arguments: { '--run_id': `${id}-1` } }]);
  const work = await world.pool.query(
    `select run_id, status, (select count(*)::int from cur_ingestion_log log where log.run_id = job_run.run_id) as logged
     from job_run where job = 'cur_ingest_prod' and started_at >= $1`,
    [broken],
  );
  expect(work.rows).toEqual([{ run_id: `${id}-1`, status: 'completed', logged: 1 }]);
  const recorded = await world.pool.query(
    'select (select count(*)::int from responder.run) as runs, (select count(*)::int from responder.incident) as incidents',
  );
  expect(recorded.rows).toEqual([{ runs: 1, incidents: 1 }]);

  expect(Math.max(freshness.athena ?? Infinity, freshness.ledger ?? Infinity)).toBeLessThan(2);
  const told = messages.map(({ event }) => event).filter(Boolean);
  expect(told).toEqual(['acting', 'resolved']);
});
