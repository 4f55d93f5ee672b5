import { SendDurableExecutionCallbackSuccessCommand } from '@aws-sdk/client-lambda';
import type { StepRecord } from '../../lambdas/domain/run-record.ts';
import { pausesOver } from '../../lambdas/platform/journal.ts';
import { read } from '../../emulator/test/lambda/world.ts';
import { bootEngine } from './boot-engine.ts';

const engine = bootEngine();

test.each([
  [300, 60, 60, [60, 60, 60, 60, 60]],
  // Each twice as long as the one before, and the last look at the very end.
  [1_740, 60, 240, [60, 120, 240, 240, 240, 240, 240, 240, 120]],
  [1, 60, 240, [1]],
  [0, 60, 60, []],
])('looks over %i s begin after %i s, and are at most %i s apart', (total, first, atMost, pauses) => {
  expect(pausesOver(total, first, atMost)).toEqual(pauses);
});

interface Every {
  readonly operations: number;
  readonly steps: readonly StepRecord[];
}

test('the journal counts what the service counts, and tells each step once, over all replays', async () => {
  const { world } = engine;
  const { result, history } = await engine.run<Every>('every', {}, async (file) => {
    await world.until(() => read(file).includes('callback '));
    const CallbackId = /^callback (.*)$/m.exec(read(file))?.[1];
    await world.client.send(
      new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: Buffer.from('"yes"') }),
    );
  });
  expect(result).toMatchObject({
    attempts: 3,
    done: { state: 'done', value: 'it' },
    failed: { state: 'error', name: 'RangeError', message: 'too much' },
    polled: 3,
    called: true,
    uncalled: false,
    thrown: 'no, 3',
  });
  expect(result).not.toHaveProperty('endless');
  // The execution itself is the first operation; retries are not operations of their own.
  expect(history.invocationCount).toBeGreaterThan(5);
  expect(result.operations).toBe(history.operationCount + 1);
  expect(result.steps.map(({ name, tell, detail }) => [name, tell, detail])).toEqual([
    ['look', 'got 3', 3],
    ['do', 'got it', 'it'],
    ['poll', 'got 3', 3],
    ['endless', 'given up after 3 looks; the last: got busy', { gaveUp: true }],
    // An error's own text may name a tenant: people read its kind.
    ['mute', 'given up after 2 looks; the last: no answer: timed out', { gaveUp: true, delivery: 'failed' }],
  ]);
  for (const { startedAt, endedAt } of result.steps) expect(startedAt <= endedAt).toBe(true);
  const [first] = result.steps.filter(({ name }) => name === 'poll');
  expect(Date.parse(first?.endedAt ?? '') - Date.parse(first?.startedAt ?? '')).toBeGreaterThanOrEqual(
    120_000,
  );
});

test('a step that may not be repeated is not, when its process dies in it: the answer says that nobody knows', async () => {
  const { result, history, file } = await engine.run<{ attempt: unknown } & Every>('dies', {});
  expect(result.attempt).toMatchObject({ state: 'interrupted', name: 'StepInterruptedError' });
  expect(read(file)).toBe('do\n');
  expect(result).toMatchObject({ operations: history.operationCount + 1, steps: [] });
});
