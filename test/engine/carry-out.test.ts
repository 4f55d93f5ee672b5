import { read } from '../../emulator/test/lambda/world.ts';
import { bootEngine } from './boot-engine.ts';

const engine = bootEngine();

interface Carried {
  readonly result: {
    readonly outcome?: string;
    readonly why?: string;
    readonly thrown?: string;
    /** Of a run that may have begun something. */
    readonly fence?: string;
    readonly lookAgainAt?: string;
  };
  /** Somebody may have done all or a part of it before. */
  readonly overtaken?: string;
  readonly operations: number;
  readonly steps: readonly { readonly name: string; readonly tell: string }[];
}

/** A planned action of the test's own; by default all goes well at once. */
const planned = (change: Partial<Record<'id' | 'start' | 'found' | 'look', string>> = {}) => ({
  action: 'scripted',
  params: { id: 'a', start: 'ok', found: 'absent', look: 'succeeded', ...change },
});

async function carry(plan: readonly object[]) {
  const { result, history, file } = await engine.run<Carried>('carry', { plan });
  const did = read(file).split('\n').filter(Boolean);
  expect(result.operations).toBe(history.operationCount + 1);
  return { ...result, did, minutes: (Number(history.end) - Number(history.start)) / 60_000, history };
}

const starts = (did: readonly string[]) => did.filter((line) => line.startsWith('start '));

test('one action after another, each waited for, under the run’s id and fence', async () => {
  const { result, did, steps } = await carry([
    planned({ look: 'running,unanswered,succeeded' }),
    planned({ id: 'b' }),
  ]);
  expect(result).toEqual({ outcome: 'carried out' });
  expect(did).toEqual([
    'start a as run-1-1 under 7',
    'look a',
    'look a',
    'look a',
    'start b as run-1-2 under 7',
    'look b',
  ]);
  expect(steps.map(({ name }) => name)).toEqual([
    'act:1:scripted',
    'wait:1:scripted',
    'act:2:scripted',
    'wait:2:scripted',
  ]);
});

test('nothing is begun after an action that failed', async () => {
  const { result, did } = await carry([planned({ look: 'failed' }), planned({ id: 'b' })]);
  expect(result).toEqual({ outcome: 'failed', why: 'do a: a failed', fence: '7' });
  expect(starts(did)).toHaveLength(1);
});

test('a job that does not end is given up at its limit, not stopped or started anew', async () => {
  const { result, did, minutes } = await carry([planned({ look: 'running' })]);
  expect(result).toEqual({ outcome: 'failed', why: 'do a: it has not ended within 5 min', fence: '7' });
  expect(starts(did)).toHaveLength(1);
  expect(minutes).toBeGreaterThanOrEqual(4);
  expect(minutes).toBeLessThan(6);
});

test('an answer that says no is final: it is looked for, and not tried again', async () => {
  const { result, did } = await carry([planned({ start: 'EntityNotFoundException,ok' })]);
  expect(result).toEqual({
    outcome: 'failed',
    why: 'do a: not there (EntityNotFoundException)',
    fence: '7',
  });
  expect(did).toEqual(['start a as run-1-1 under 7', 'reconcile a']);
});

test.each([
  ['an answer that says no', [{ start: 'EntityNotFoundException' }], 'whole'],
  ['"not now" to the end', [{ start: 'ThrottlingException' }], 'whole'],
  ['"not now" to the end, after an action that was done', [{}, { start: 'ThrottlingException' }], 'part'],
  [
    '"not now", silence, and "not now" to the end',
    [{ start: 'ThrottlingException,silent,ThrottlingException' }],
    undefined,
  ],
  ['"not now", and then no', [{ start: 'ThrottlingException,AccessDeniedException' }], 'whole'],
  [
    'an answer that says no, after an action that was done',
    [{}, { start: 'EntityNotFoundException' }],
    'part',
  ],
  ['a job that fails', [{ look: 'failed' }], undefined],
  ['a job that does not end', [{ look: 'running' }], undefined],
  ['silence, and then no', [{ start: 'silent,EntityNotFoundException' }], undefined],
  ['no answer at all', [{ start: 'silent' }], undefined],
  ['no word of whether it began', [{ start: 'InternalServiceException', found: 'unanswered' }], undefined],
  ['nothing that fails', [{}], undefined],
])(
  'after %s somebody else may have done it: only where it certainly did not begin',
  async (_, plan, overtaken) => {
    const carried = await carry(plan.map((change, i) => planned({ id: String(i), ...change })));
    expect(carried.overtaken).toBe(overtaken);
  },
);

describe('an answer that says "not now"', () => {
  test('is followed by another try under the same id, after a search', async () => {
    const start = 'ThrottlingException,40P01,ok';
    const { result, did, steps, minutes } = await carry([planned({ start })]);
    expect(result).toEqual({ outcome: 'carried out' });
    expect(did).toEqual([
      'start a as run-1-1 under 7',
      'reconcile a',
      'start a as run-1-1 under 7',
      'reconcile a',
      'start a as run-1-1 under 7',
      'look a',
    ]);
    expect(steps.map(({ name }) => name)).toEqual([
      'act:1:scripted',
      'reconcile:1:scripted',
      'act:1:scripted:again',
      'reconcile:1:scripted:again',
      'act:1:scripted:again-2',
      'wait:1:scripted',
    ]);
    expect(steps[0]?.tell).toBe('do a: not now: throttled (ThrottlingException)');
    expect(steps[2]?.tell).toBe('do a: not now: deadlock (PostgreSQL 40P01)');
    expect(minutes).toBeGreaterThanOrEqual(3);
    expect(minutes).toBeLessThan(4);
  });

  test('that is found to have begun all the same is taken up', async () => {
    const { result, did } = await carry([planned({ start: 'InternalServiceException', found: 'started' })]);
    expect(result).toEqual({ outcome: 'carried out' });
    expect(did).toEqual(['start a as run-1-1 under 7', 'reconcile a', 'look a']);
  });

  test('as long as nobody can say whether it began, it is not sent again', async () => {
    const start = 'InternalServiceException,ok';
    const { result, did } = await carry([planned({ start, found: 'unanswered' })]);
    expect(result.why).toMatch(/^do a: in doubt \(the service failed .* look for run-1-1$/);
    expect([result.fence, starts(did).length]).toEqual(['7', 1]);
  });

  test('is given up after half an hour: the run has begun nothing, and gives back its fence', async () => {
    const { result, did, minutes } = await carry([planned({ start: 'ThrottlingException' })]);
    expect(result).toEqual({
      outcome: 'failed',
      why: 'do a: throttled (ThrottlingException) (tried 6 times); it did not begin',
    });
    expect(starts(did)).toHaveLength(6);
    expect(minutes).toBeGreaterThanOrEqual(30);
    expect(minutes).toBeLessThan(40);
  });

  test('because it is in use: it is waited for, looked for and sent; a throttled one waits for nobody', async () => {
    const alone = (start: string) => ({ ...planned({ start }), action: 'alone' });
    const { result, did, steps } = await carry([alone('ConcurrentRunsExceededException,ok')]);
    expect(result).toEqual({ outcome: 'carried out' });
    expect(did).toEqual([
      'start a as run-1-1 under 7',
      'reconcile a',
      'busy a',
      'busy a',
      'busy a',
      'start a as run-1-1 under 7',
      'look a',
    ]);
    expect(steps.map(({ name }) => name)).toContain('free:1:alone');
    const throttled = await carry([alone('ThrottlingException,ok')]);
    expect(throttled.did).not.toContain('busy a');
  });

  test('with a time is asked no sooner, and one that is too far away is left to another run', async () => {
    const soon = await carry([planned({ start: 'ThrottlingException 900,ok' })]);
    expect(soon.result).toEqual({ outcome: 'carried out' });
    expect(soon.minutes).toBeGreaterThanOrEqual(15);
    expect(soon.minutes).toBeLessThan(17);
    const late = await carry([planned({ start: 'ThrottlingException 7200' })]);
    expect(late.result).toEqual({
      outcome: 'failed',
      why: 'do a: throttled (ThrottlingException); it did not begin',
      lookAgainAt: expect.any(String) as string,
    });
    expect(starts(late.did)).toHaveLength(1);
    const asked = (Date.parse(late.result.lookAgainAt ?? '') - Number(late.history.start)) / 60_000;
    expect(asked).toBeGreaterThanOrEqual(120);
    expect(asked).toBeLessThan(121);
  });

  test.each(['killed', 'silent'])('and then nothing at all (%s): it is sent once more', async (then) => {
    const { result, did } = await carry([planned({ start: `ThrottlingException,${then},ok` })]);
    expect(result).toEqual({ outcome: 'carried out' });
    expect(starts(did)).toHaveLength(3);
    expect(did.filter((line) => line === 'reconcile a')).toHaveLength(2);
    const found = await carry([
      planned({ start: `ThrottlingException,${then},ok`, found: 'absent,started' }),
    ]);
    expect(starts(found.did)).toHaveLength(2);
  });

  test('and then no: that is final, and the run counts', async () => {
    const { result, did } = await carry([planned({ start: 'ThrottlingException,AccessDeniedException' })]);
    expect(result).toEqual({ outcome: 'failed', why: 'do a: denied (AccessDeniedException)', fence: '7' });
    expect(starts(did)).toHaveLength(2);
  });

  test('after another action has begun leaves a run that acted', async () => {
    const { result } = await carry([planned(), planned({ id: 'b', start: 'ThrottlingException' })]);
    expect(result).toMatchObject({ outcome: 'failed', fence: '7' });
  });
});

describe.each([
  ['no answer came', 'silent'],
  ['the process died in it', 'killed'],
])('of a start of which nobody knows (%s)', (_name, start) => {
  test('it is taken up when it is found, after a minute in which it may arrive', async () => {
    const { result, did, steps, minutes } = await carry([planned({ start, found: 'started' })]);
    expect(result).toEqual({ outcome: 'carried out' });
    expect(did).toEqual(['start a as run-1-1 under 7', 'reconcile a', 'look a']);
    expect(minutes).toBeGreaterThanOrEqual(1);
    expect(steps[0]?.tell).toMatch(/^do a: (error|interrupted) \(.*\); it did start$/);
  });

  test('it is sent once more when it is certain that it never arrived', async () => {
    const { result, did } = await carry([planned({ start: `${start},ok` })]);
    expect(result).toEqual({ outcome: 'carried out' });
    expect(did).toEqual([
      'start a as run-1-1 under 7',
      'reconcile a',
      'start a as run-1-1 under 7',
      'look a',
    ]);
  });

  test('it is given up after the second', async () => {
    const { result, did } = await carry([planned({ start })]);
    expect(result).toEqual({
      outcome: 'failed',
      why: 'do a: begun twice, never answered, and never found',
      fence: '7',
    });
    expect(starts(did)).toHaveLength(2);
  });

  test('as long as nobody can say whether it started, it is not sent again', async () => {
    const { result, did } = await carry([planned({ start: `${start},ok`, found: 'unanswered' })]);
    expect(result.outcome).toBe('failed');
    expect(result.why).toMatch(/^do a: in doubt .* look for run-1-1$/);
    expect(starts(did)).toHaveLength(1);
    expect(did.filter((line) => line === 'reconcile a')).toHaveLength(5);
  });
});

describe('without the acting role (there is no STS in this world)', () => {
  const acting = { ...planned({ id: 'b' }), action: 'acting' };
  const words = /^do b: the acting role was not assumed: not there \(UnknownOperationException\)$/;

  test('nothing is sent, and that is a refusal', async () => {
    const { result, did } = await carry([acting]);
    expect(result).toEqual({ outcome: 'refused', why: expect.stringMatching(words) as string });
    expect(did).toEqual([]);
  });

  test('of a plan that was half done no more is sent, and people are told how far it came', async () => {
    const { result, did } = await carry([planned(), acting]);
    expect(result).toEqual({
      outcome: 'escalated',
      fence: '7',
      why: expect.stringMatching(
        /^1 of 2 actions were carried out, then no more: do b: the acting role was not assumed/,
      ) as string,
    });
    expect(starts(did)).toEqual(['start a as run-1-1 under 7']);
  });
});

test.each([
  [
    'an action that is not declared',
    { action: 'delete-everything', params: {} },
    /"delete-everything", which its playbook a-test does not declare/,
  ],
  [
    'parameters that the action does not take',
    { action: 'scripted', params: { period: '2026-11' } },
    /unrecognized|invalid/i,
  ],
])('a plan with %s is not begun at all', async (_name, wrong, words) => {
  const { result, did, operations } = await carry([planned(), wrong]);
  expect(result.thrown).toMatch(words);
  expect([did, operations]).toEqual([[], 1]);
});
