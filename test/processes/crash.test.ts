import { createRecordReader } from '../../lambdas/record/read.ts';
import { freshWorld, type TestWorld } from '../support/world-template.ts';
import { startChild, type ChildSandbox } from './child-sandbox.ts';
import { survivorsOf } from './process-table.ts';

/**
 * The whole sandbox dies by SIGKILL in the middle of a repair, PostgreSQL lives on, and a new sandbox on the same
 * world goes on where the old one was.
 */
let copy: TestWorld;
let child: ChildSandbox;

beforeEach(async () => {
  copy = await freshWorld();
  child = await startChild(copy.world);
  await child.post('settle');
  await child.post('fault', { name: 'not-ingested' });
});
afterEach(async () => {
  await child.ended('SIGKILL');
  await copy.drop();
});

/** Kills from outside, at a moment at which the clock stands still. */
async function killWhen(moment: string): Promise<void> {
  await child.advance(moment);
  await child.ended('SIGKILL');
}

/** The sandbox kills itself, at a moment in the middle of work. */
async function crashWhen(moment: string): Promise<void> {
  await child.post('crash', { at: moment });
  await expect(child.advance('runs-ended')).rejects.toThrow();
  expect(await child.ended()).toBe('SIGKILL');
}

const STEPS = [
  'guard:before',
];

test.each([
  ['while the ingestion job runs', () => killWhen('glue-running')],
  ['while it waits for the alarm to go OK', () => killWhen('waiting-for-ok')],
  ['once the alarm was accepted, before the run has started', () => crashWhen('alarm-accepted')],
  ['while it diagnoses', () => crashWhen('diagnosing')],
  ['while the ingestion job loads the delivery', () => crashWhen('job-working')],
])('killed %s, the run ends resolved all the same', async (_when, strike) => {
  const { now: before } = await child.state();
  await strike();
  child = await startChild(copy.world);
  await child.advance('runs-ended');
  const state = await child.state();
  const run = await createRecordReader(copy.pool).status(state.executions[0]?.name ?? '');
  console.log(before, state.now, JSON.stringify(run?.steps, null, 1), state.messages, state.glueRuns);
});
