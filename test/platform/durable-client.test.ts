import type { DurableExecutionClient } from '@aws/durable-execution-sdk-js';
import { durableClient, endMayWait, mayBeRepeated } from '../../lambdas/platform/durable-client.ts';

type Request = Parameters<DurableExecutionClient['checkpoint']>[0];
type Update = NonNullable<Request['Updates']>[number];

const of = (
  Action: 'START' | 'SUCCEED' | 'RETRY',
  Name: string | undefined,
  more: Partial<Update> = {},
): Update => ({
  Id: `${Name}`,
  Type: 'STEP',
  Action,
  Name,
  ...more,
});

beforeAll(() => {
  ['diagnose', 'wait:1:x', 'verify:alarm', 'notify'].forEach(mayBeRepeated);
  endMayWait('notify', true);
});

/** Sends each with the token that the one before it was answered with, as the SDK does. */
async function sent(...batches: readonly (readonly Update[])[]): Promise<string[][]> {
  const calls: Request[] = [];
  const client = durableClient(recording(calls));
  let token = 'first';
  for (const Updates of batches) {
    const answer = await client.checkpoint({
      DurableExecutionArn: 'a',
      CheckpointToken: token,
      Updates: [...Updates],
    });
    token = answer.CheckpointToken ?? token;
  }
  expect(calls.map(({ CheckpointToken }) => CheckpointToken)).toEqual(
    calls.map((_, i) => (i === 0 ? 'first' : `after ${i}`)),
  );
  return calls.map(({ Updates = [] }) => Updates.map(({ Action, Name }) => `${Action} ${Name}`));
}

const recording = (calls: Request[]): DurableExecutionClient => ({
  getExecutionState: async () => ({ Operations: [] }),
  checkpoint: async (request) => {
    calls.push(request);
    return { CheckpointToken: `after ${calls.length}`, NewExecutionState: undefined };
  },
});

test.each<[string, readonly (readonly Update[])[], string[][]]>([
  [
    'a step that may be repeated is one call: its beginning goes with its end',
    [[of('START', 'diagnose')], [of('SUCCEED', 'diagnose')]],
    [['START diagnose', 'SUCCEED diagnose']],
  ],
  [
    'each try of one is one call',
    [
      [of('START', 'wait:1:x')],
      [of('RETRY', 'wait:1:x')],
      [of('START', 'wait:1:x')],
      [of('SUCCEED', 'wait:1:x')],
    ],
    [
      ['START wait:1:x', 'RETRY wait:1:x'],
      ['START wait:1:x', 'SUCCEED wait:1:x'],
    ],
  ],
  [
    'the beginning of a step that must not be repeated is on record before it goes on',
    [[of('START', 'act:1:x')], [of('SUCCEED', 'act:1:x')]],
    [['START act:1:x'], ['SUCCEED act:1:x']],
  ],
  [
    'with it goes what was held back before it',
    [[of('START', 'diagnose')], [of('START', 'act:1:x')]],
    [['START diagnose', 'START act:1:x']],
  ],
  [
    'a beginning that comes with others is not held back',
    [[of('SUCCEED', 'guard'), of('START', 'diagnose')]],
    [['SUCCEED guard', 'START diagnose']],
  ],
  ['nor is one without a name', [[of('START', undefined)]], [['START undefined']]],
  [
    'but within a wait for a callback, whose id is given away',
    [[of('START', undefined, { ParentId: 'wait' })], [of('SUCCEED', undefined, { ParentId: 'wait' })]],
    [['START undefined', 'SUCCEED undefined']],
  ],
  [
    'the end of such a wait goes with what comes next',
    [
      [
        of('SUCCEED', 'verify:alarm', { Type: 'CONTEXT', SubType: 'WaitForCallback' }),
        of('START', 'diagnose'),
      ],
      [of('SUCCEED', 'diagnose')],
    ],
    [['SUCCEED verify:alarm', 'START diagnose', 'SUCCEED diagnose']],
  ],
  [
    'so does the end of a step that says so, and the next one begins no sooner',
    [
      [of('START', 'notify')],
      [of('SUCCEED', 'notify')],
      [of('START', 'act:1:x')],
      [of('SUCCEED', 'act:1:x')],
    ],
    [['START notify', 'SUCCEED notify', 'START act:1:x'], ['SUCCEED act:1:x']],
  ],
  [
    'but no error of one, and no end of another context',
    [[of('RETRY', 'notify')], [of('SUCCEED', 'notify', { Type: 'CONTEXT' })]],
    [['RETRY notify'], ['SUCCEED notify']],
  ],
  [
    'nor a wait or a context of the same name: what they begin happens elsewhere',
    [[of('START', 'verify:alarm', { Type: 'CONTEXT' })], [of('START', 'verify:alarm', { Type: 'WAIT' })]],
    [['START verify:alarm'], ['START verify:alarm']],
  ],
])('%s', async (_, batches, calls) => {
  expect(await sent(...batches)).toEqual(calls);
});

test('what an invocation has left behind does not go with the next one, nor with another execution', async () => {
  const calls: Request[] = [];
  const client = durableClient(recording(calls));
  const send = (arn: string, token: string, update: Update) =>
    client.checkpoint({ DurableExecutionArn: arn, CheckpointToken: token, Updates: [update] });
  await send('a', 'killed', of('START', 'diagnose'));
  await send('b', 'killed', of('SUCCEED', 'guard'));
  await send('a', 'resumed', of('START', 'diagnose'));
  await send('a', 'resumed', of('SUCCEED', 'diagnose'));
  expect(calls.map(({ DurableExecutionArn: arn, Updates = [] }) => [arn, Updates.length])).toEqual([
    ['b', 1],
    ['a', 2],
  ]);
});
