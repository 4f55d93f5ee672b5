import { SignedRun } from '../../lambdas/domain/run-request.ts';
import { signOrder, type Door } from '../../lambdas/platform/order.ts';
import { runIdOfKey } from '../../lambdas/intake/start/run-id.ts';
import { orderKeysOf, startRunSigned } from '../../sandbox/signed-order.ts';
import { faultNamed } from '../../sandbox/faults/all.ts';
import type { ExecutionHistory } from '../../emulator/lambda/durable-history.ts';
import { runScenario } from '../../sandbox/scenario.ts';
import { NOW, worldsInTurn } from '../support/world.ts';
import { contractOf, golden } from './history.ts';
import { runLocally } from './run-locally.ts';

const worlds = worldsInTurn();

/** The run that the fault's alarm starts, all the way through the sandbox. */
async function onSandbox(fault: string): Promise<ExecutionHistory> {
  const { executions } = await worlds.use({ settled: true }, (world) =>
    runScenario(world, faultNamed(fault)),
  );
  if (faultNamed(fault).kind === 'platform') await worlds.cool();
  const [execution, ...more] = executions;
  if (!execution || more.length > 0) throw new Error(`wanted one run, got ${executions.length}`);
  return execution;
}

/** The same request in another world with the same fault, where nobody else takes the alarm up. */
const onTestingLibrary = (fault: string, given: unknown, door: Door) =>
  worlds.use({ pace: { poll: 1, settle: 1 }, settled: true }, async (world) => {
    const { cloudwatch, sns } = world.services;
    for (const { arn, endpoint } of sns.subscriptions.all())
      if (endpoint.includes('responder-dispatcher')) await sns.subscriptions.delete(arn);
    await faultNamed(fault).inject(world);
    const stale = () => cloudwatch.alarms.get('cur-freshness')?.state.value === 'ALARM';
    await world.until(`the alarm of ${fault}`, stale, 20);
    // Of another world, and so of another key.
    const { proof: _proof, ...request } = SignedRun.parse(given);
    return runLocally(world, await signOrder('run', request, { door, keys: orderKeysOf(world) }));
  });

describe('the handler has the same history on AWS’s testing library, in real time, as on the sandbox', () => {
  test.each([
    ['not-ingested', 'resolved'],
    ['partition-missing', 'escalated'],
    ['answer-lost', 'resolved'],
  ])('%s', async (fault, outcome) => {
    const ours = await onSandbox(fault);
    const theirs = await onTestingLibrary(fault, ours.input, 'alarms');
    expect(ours.result).toMatchObject({ outcome });
    expect(theirs).toMatchObject({ status: 'SUCCEEDED', result: { outcome } });
    const history = contractOf(ours.operations);
    expect(contractOf(theirs.operations)).toEqual(history);
    expect(history).toEqual(golden(fault, history));
  });

  test('dry-run', async () => {
    const run = runIdOfKey('cur-freshness', 'request', 'rehearsal', 'dry-run');
    const cause = {
      kind: 'manual',
      by: 'kim',
      reason: 'to see what it would do',
      at: NOW.toISOString(),
    } as const;
    const request = {
      run,
      playbook: 'cur-freshness',
      cause,
      target: { period: '2026-11' },
      mode: 'dry-run',
    } as const;
    const ours = await worlds.use({ settled: true }, async (world) => {
      await faultNamed('not-ingested').inject(world);
      const { lambda } = world.services;
      await startRunSigned(world, request);
      const execution = () => lambda.executionsOf('responder-rehearser')[0];
      await world.until('the rehearsal to end', () => execution()?.status !== 'RUNNING', 20);
      return execution();
    });
    const theirs = await onTestingLibrary('not-ingested', request, 'manual');
    const rehearsed = {
      outcome: 'rehearsed',
      why: expect.stringMatching(/^would start Glue job/) as string,
    };
    expect([ours?.result, theirs.result]).toEqual([
      expect.objectContaining(rehearsed),
      expect.objectContaining(rehearsed),
    ]);
    const history = contractOf(ours?.operations ?? []);
    expect(contractOf(theirs.operations)).toEqual(history);
    expect(history).toEqual(golden('dry-run', history));
  });
});

// On the sandbox alone: the library runs the handler in its own process, and would die with it.
test('a start in which the worker is killed has the history that was agreed on', async () => {
  const { operations, result } = await onSandbox('killed-unanswered');
  expect(result).toMatchObject({ outcome: 'resolved' });
  const history = contractOf(operations);
  expect(history).toEqual(golden('killed-unanswered', history));
});
