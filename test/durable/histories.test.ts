import { RunRequest } from '../../lambdas/engine/request.ts';
import { faultNamed } from '../../scripts/sandbox/faults/registry.ts';
import type { ExecutionHistory } from '../../scripts/sandbox/lambda/durable-history.ts';
import type { Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { runScenario, settle } from '../../scripts/sandbox/scenario.ts';
import { freshSandbox, type TestSandbox } from '../support/sandbox.ts';
import { contractOf, golden } from './history.ts';
import { runLocally } from './run-locally.ts';

const open: TestSandbox[] = [];
async function sandbox(pace = {}): Promise<Sandbox> {
  const made = await freshSandbox({ pace });
  open.push(made);
  return made.sandbox;
}
afterEach(async () => {
  for (const made of open.splice(0)) await made.close();
});

/** The run that the fault's alarm starts, all the way through the sandbox. */
async function onSandbox(fault: string): Promise<ExecutionHistory> {
  const { executions } = await runScenario(await sandbox(), faultNamed(fault));
  const [execution, ...more] = executions;
  if (!execution || more.length > 0) throw new Error(`wanted one run, got ${executions.length}`);
  return execution;
}

/** The same request in another world with the same fault, where nobody else takes the alarm up. */
async function onTestingLibrary(fault: string, request: unknown) {
  const world = await sandbox({ poll: 1, settle: 1 });
  const { cloudwatch, sns } = world.services;
  await settle(world);
  for (const { arn, endpoint } of sns.subscriptions.all()) {
    if (endpoint.includes('responder-dispatcher')) await sns.subscriptions.delete(arn);
  }
  await faultNamed(fault).inject(world);
  const limit = new Date(world.clock.now().getTime() + 20 * 60_000);
  const raised = await world.clock.advanceUntil(
    () => cloudwatch.alarms.all().some(({ state, settings }) => settings.name === 'cur-freshness' && state.value === 'ALARM'),
    limit,
  );
  if (!raised) throw new Error(`the fault "${fault}" raised no alarm within 20 minutes`);
  return runLocally(world, request);
}

test.each([
  ['not-ingested', 'resolved'],
  ['partition-missing', 'escalated'],
  ['answer-lost', 'resolved'],
])('%s has the same history on AWS’s testing library as on the sandbox', async (fault, outcome) => {
  const ours = await onSandbox(fault);
  const theirs = await onTestingLibrary(fault, ours.input);
  expect(ours.result).toMatchObject({ outcome });
  expect(theirs).toMatchObject({ status: 'SUCCEEDED', result: { outcome } });
  const history = contractOf(ours.operations);
  expect(contractOf(theirs.operations)).toEqual(history);
  expect(history).toEqual(golden(fault, history));
}, 90_000);
