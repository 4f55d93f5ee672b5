import { faultNamed } from '../../sandbox/faults/all.ts';
import type { Observed } from '../../emulator/observer.ts';
import { follow } from '../../sandbox/scenario.ts';
import { bootWorld } from '../support/world.ts';
import { survivorsOf } from './process-table.ts';

/** The runner's process dies by SIGKILL around the start of the Glue job: real processes, told apart by their ids. */
const world = bootWorld({ each: true, settled: true });

interface Seen {
  /** Process id behind each StartJobRun that reached Glue's door, in order. */
  readonly starts: number[];
  /** Process ids that the runner's checkpoints came from, in order of their first. */
  readonly runners: Set<number>;
  /** Those of them that did not run at the time of their call. */
  readonly ghosts: Set<number>;
}

function watched({ kind, ...observed }: Observed, seen: Seen): void {
  if (kind !== 'call' || !('call' in observed)) return;
  const { operation, principal } = observed.call;
  const pid = principal.workerPid;
  if (pid === undefined) return;
  const { lambda } = world.services;
  // Whoever calls people keeps a journal, too.
  if (lambda.workerPids('responder-escalation').includes(pid)) return;
  if (operation === 'CheckpointDurableExecution') seen.runners.add(pid);
  if (operation === 'StartJobRun') seen.starts.push(pid);
  if (lambda.workerPids('responder-runner').includes(pid)) return;
  if (operation === 'CheckpointDurableExecution' || operation === 'StartJobRun') seen.ghosts.add(pid);
}

test.each([
  // The step is not begun again: nobody knows how far it came. It is looked for, and started by a second step.
  { fault: 'killed-before-start', dies: true, attempts: 2, again: true },
  { fault: 'killed-unanswered', dies: true, attempts: 1, again: false },
  { fault: 'killed-unrecorded', dies: true, attempts: 1, again: false },
  // Nobody dies, only the answer is lost; the client must not send it again by itself.
  { fault: 'answer-lost', dies: false, attempts: 1, again: false },
])('$fault: Glue is started once', async ({ fault, dies, attempts, again }) => {
  const seen: Seen = { starts: [], runners: new Set(), ghosts: new Set() };
  world.watch((observed) => watched(observed, seen));

  const { runs, executions } = await follow(world, faultNamed(fault));

  expect(runs).toMatchObject([{ outcome: 'resolved' }]);
  const [{ run = '' } = {}] = runs;
  const [first = 0] = seen.runners;
  expect(seen.ghosts).toEqual(new Set());
  expect(seen.starts).toHaveLength(attempts);
  expect(seen.starts[0]).toBe(first);
  expect(await survivorsOf([first], dies ? 5_000 : 0)).toEqual(dies ? [] : [first]);
  // Whoever went on is another process, which lives; and asked again it was that one.
  expect([...seen.runners]).toHaveLength(dies ? 2 : 1);
  const heir = [...seen.runners].at(-1) ?? 0;
  expect(world.services.lambda.workerPids('responder-runner')).toEqual([heir]);
  if (again) expect(seen.starts[1]).toBe(heir);

  const steps = executions[0]?.operations.filter(({ name }) => name?.startsWith('act:')) ?? [];
  expect(steps.map(({ name, attempts }) => [name, attempts])).toEqual([
    ['act:1:start-ingestion', 1],
    ...(again ? [['act:1:start-ingestion:again', 1]] : []),
  ]);
  const { glue, estate } = world.services;
  const ours = glue.runs.of(estate.ingestion.job).filter((it) => it.arguments['--run_id'] === `${run}-1`);
  expect(ours).toMatchObject([{ state: 'SUCCEEDED' }]);
  const work = await world.pool.query('select status from job_run where run_id = $1', [`${run}-1`]);
  expect(work.rows).toEqual([{ status: 'completed' }]);
});
