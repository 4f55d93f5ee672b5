import type { RunRequest } from '../../../lambdas/domain/run-request.ts';
import { RunRequest as RunRequestSchema } from '../../../lambdas/domain/run-request.ts';
import { awsError } from './fake-aws.ts';
import { CONTEXT, REHEARSER, RUNNER, makeWorld, type World } from './world.ts';

const CALL = {
  run: 'cur-freshness',
  target: { period: '2025-09' },
  mode: 'live',
  by: 'ada@example.com',
  reason: 'the delivery came late',
};

interface Answer {
  readonly run?: string;
  readonly error?: string;
  readonly mistakes?: readonly { path: string; got: string; wanted: string }[];
  readonly example?: Record<string, unknown>;
  readonly differs?: unknown;
  readonly see?: { payload: unknown; command: string };
  readonly note?: string;
}

let world: World;
beforeEach(() => {
  world = makeWorld();
});
const ask = async (payload: unknown, awsRequestId = CONTEXT.awsRequestId) =>
  (await world.dispatch(payload, { ...CONTEXT, awsRequestId })) as Answer;

/** The record as the runner would have written it. */
const recorded = () => {
  world.record = {
    requestOf: async (run) => world.runs().find((request) => request.run === run),
    status: async (run) => {
      const found = world.runs().find((request) => request.run === run);
      return found && { playbook: found.playbook, target: found.target ?? {}, outcome: 'resolved' };
    },
  };
};

describe('{"run": …}', () => {
  it('starts a run with its target, mode and who asked, and says how to see it', async () => {
    const answer = await ask(CALL);
    expect(answer).toMatchObject({
      started: true,
      playbook: 'cur-freshness',
      target: { period: '2025-09' },
      mode: 'live',
    });
    expect(world.runs()).toEqual([
      {
        run: answer.run,
        playbook: 'cur-freshness',
        cause: { kind: 'manual', by: CALL.by, reason: CALL.reason, at: '2025-09-14T06:06:00.000Z' },
        target: { period: '2025-09' },
        mode: 'live',
      },
    ]);
    expect(answer.see).toEqual({
      payload: { status: answer.run },
      command: `aws lambda invoke --function-name responder-dispatcher --cli-binary-format raw-in-base64-out --payload '{"status":"${answer.run}"}' /dev/stdout`,
    });
  });

  it('is another run each time it is asked, but not when Lambda repeats the invocation', async () => {
    const first = await ask(CALL, 'invocation-1');
    expect(await ask(CALL, 'invocation-1')).toMatchObject({ run: first.run });
    expect(await ask(CALL, 'invocation-2')).not.toMatchObject({ run: first.run });
    expect(world.runs()).toHaveLength(2);
  });

  it('needs no ledger', async () => {
    world.record = {
      status: () => Promise.reject(new Error('away')),
      requestOf: () => Promise.reject(new Error('away')),
    };
    expect(await ask(CALL)).toMatchObject({ started: true });
  });

  it('throws when the run could not be started: an asynchronous call must come again', async () => {
    world.aws.fault = () => awsError('TooManyRequestsException');
    await expect(ask(CALL)).rejects.toThrow('TooManyRequestsException');
  });
});

describe('a request key', () => {
  const keyed = { ...CALL, request: 'OPS-1234' };

  it('makes a repeated call one run', async () => {
    recorded();
    const first = await ask(keyed, 'invocation-1');
    expect(first).toMatchObject({ started: true });
    world.record.requestOf = async (run) => {
      const found = world.runs().find((request) => request.run === run);
      return found && ({ ...found, cause: { ...found.cause, at: '2025-09-14T05:00:00.000Z' } } as RunRequest);
    };
    world.aws.fault = (operation) =>
      operation === 'Invoke' ? awsError('DurableExecutionAlreadyStartedException') : undefined;
    expect(await ask(keyed, 'invocation-2')).toMatchObject({ run: first.run, started: false, already: true });
    expect(world.runs()).toHaveLength(1);
  });

  it('used for another call is answered with what differs, and starts nothing', async () => {
    recorded();
    await ask(keyed);
    const answer = await ask({ ...keyed, target: { period: '2025-08' } });
    expect(answer.error).toMatch(/request "OPS-1234" was used before for another call/);
    expect(answer.differs).toEqual([{ path: 'target.period', first: '"2025-09"', now: '"2025-08"' }]);
    expect(world.runs()).toHaveLength(1);
  });

  it('says so when it can’t compare', async () => {
    await ask(keyed);
    expect((await ask({ ...keyed, target: { period: '2025-08' } })).note).toMatch(/not in the record yet/);
    world.record.requestOf = () => Promise.reject(new Error('connection refused'));
    expect((await ask({ ...keyed, target: { period: '2025-08' } })).note).toMatch(/connection refused/);
  });

  it('of a rehearsal is free for the run itself, on the other function', async () => {
    const dry = await ask({ ...keyed, mode: 'dry-run' });
    const live = await ask(keyed);
    expect([dry, live]).toMatchObject([{ started: true }, { started: true }]);
    expect([...world.aws.startedOn]).toEqual([
      [dry.run, REHEARSER],
      [live.run, RUNNER],
    ]);
  });

  it('is the playbook’s own: the same key for another playbook is another run', async () => {
    await ask(keyed);
    await ask({ ...keyed, run: 'budget-stale' });
    expect(world.runs().map(({ playbook }) => playbook)).toEqual(['cur-freshness', 'budget-stale']);
  });
});

describe('{"replay": …}', () => {
  const old = async () => {
    recorded();
    return (await ask(CALL)).run;
  };

  it('is a new live run on today’s world, linked to the old one', async () => {
    const of = await old();
    const answer = await ask({ replay: of }, 'invocation-2');
    expect(answer).toMatchObject({ started: true, target: { period: '2025-09' } });
    expect(answer.run).toMatch(/^cur-freshness-replay-[0-9a-f]{12}$/);
    expect(world.runs()[1]).toMatchObject({
      cause: { kind: 'replay', of, evidence: 'today', by: 'not given', reason: 'not given' },
      target: { period: '2025-09' },
      mode: 'live',
    });
  });

  it('as a dry run decides again on the kept evidence', async () => {
    const of = await old();
    await ask({ replay: of, mode: 'dry-run', by: 'ada', reason: 'new version' }, 'invocation-2');
    expect(world.runs()[1]).toMatchObject({
      cause: { kind: 'replay', of, evidence: 'kept', by: 'ada', reason: 'new version' },
      mode: 'dry-run',
    });
  });

  it('of an unknown run, or of a playbook that is no more, is explained', async () => {
    expect((await ask({ replay: 'gone' })).error).toBe('there is no run "gone" in the record');
    world.record.status = async () => ({ playbook: 'payment-mismatch', target: {} });
    expect((await ask({ replay: 'old' })).error).toMatch(
      /"payment-mismatch", which no longer exists.*cur-freshness, budget-stale/,
    );
    expect(world.runs()).toEqual([]);
  });

  it('says that the ledger is away', async () => {
    world.record.status = () => Promise.reject(new Error('connect ECONNREFUSED'));
    expect((await ask({ replay: 'x' })).error).toMatch(/does not answer: connect ECONNREFUSED/);
  });
});

describe('{"status": …}', () => {
  it('answers what the record says', async () => {
    recorded();
    const { run } = await ask(CALL);
    expect(await ask({ status: run })).toEqual({
      playbook: 'cur-freshness',
      target: { period: '2025-09' },
      outcome: 'resolved',
    });
  });

  it('of an unknown run says where else to look', async () => {
    expect(await ask({ status: 'x' })).toEqual({
      error: 'there is no run "x" in the record',
      remedy: expect.stringContaining('/aws/lambda/responder-dispatcher') as string,
    });
  });

  it('while the ledger is away says that', async () => {
    world.record.status = () => Promise.reject(new Error('timeout expired'));
    expect((await ask({ status: 'x' })).error).toMatch(/timeout expired/);
  });
});

describe('a wrong call', () => {
  it.each<[string, unknown, { path: string; got: string; wanted?: RegExp }[]]>([
    [
      'no mode',
      { ...CALL, mode: undefined },
      [{ path: 'mode', got: 'nothing', wanted: /"live" or "dry-run"/ }],
    ],
    [
      'a misspelt mode',
      { ...CALL, mode: 'dryrun' },
      [{ path: 'mode', got: '"dryrun"', wanted: /"live" or "dry-run"/ }],
    ],
    [
      'an unknown playbook',
      { ...CALL, run: 'cur-fresh' },
      [{ path: 'run', got: '"cur-fresh"', wanted: /one of cur-freshness, budget-stale/ }],
    ],
    ['a playbook that is no text', { ...CALL, run: 7 }, [{ path: 'run', got: '7' }]],
    [
      'a wrong month',
      { ...CALL, target: { period: 'september' } },
      [{ path: 'target.period', got: '"september"', wanted: /a month such as 2025-09/ }],
    ],
    [
      'another target',
      { ...CALL, target: { tenant: 'TEN-00123' } },
      [
        { path: 'target.period', got: 'nothing' },
        { path: 'target.tenant', got: '"TEN-00123"', wanted: /no such key/ },
      ],
    ],
    [
      'no target',
      { ...CALL, target: undefined },
      [{ path: 'target', got: 'nothing', wanted: /as in the example/ }],
    ],
    [
      'a number in the target',
      { ...CALL, target: { period: 202509 } },
      [{ path: 'target.period', got: '202509' }],
    ],
    [
      'a misspelt key',
      { ...CALL, modus: 'live' },
      [
        {
          path: 'modus',
          got: '"live"',
          wanted: /no such key; known are run, target, mode, by, reason, request/,
        },
      ],
    ],
    [
      'nearly everything missing',
      { run: 'cur-freshness' },
      ['target', 'mode', 'by', 'reason'].map((path) => ({ path, got: 'nothing' })),
    ],
    ['nobody', { ...CALL, by: '  ' }, [{ path: 'by', got: '"  "', wanted: /who asks/ }]],
    [
      'two calls in one',
      { ...CALL, status: 'x' },
      [{ path: '', got: 'the keys run, status', wanted: /one of run, replay, status/ }],
    ],
    ['no run to replay', { replay: null }, [{ path: 'replay', got: 'null', wanted: /id of a run/ }]],
    [
      'no run to tell of',
      { status: { run: 'x' } },
      [{ path: 'status', got: '{"run":"x"}', wanted: /id of a run/ }],
    ],
    [
      'prototype keys',
      JSON.parse('{"run":"__proto__","target":{"period":"2025-09"},"mode":"live","by":"x","reason":"y"}'),
      [{ path: 'run', got: '"__proto__"' }],
    ],
  ])(
    '%s: is told every mistake and a right example, and starts nothing',
    async (_what, payload, mistakes) => {
      const answer = await ask(payload);
      expect(answer.error).toMatch(/nothing was started/);
      expect(answer.mistakes).toHaveLength(mistakes.length);
      for (const { path, got, wanted } of mistakes) {
        const found = answer.mistakes?.find((mistake) => mistake.path === path);
        expect(found).toMatchObject({ path, got });
        if (wanted) expect(found?.wanted).toMatch(wanted);
      }
      expect(world.runs()).toEqual([]);
    },
  );

  it('is shown an example of the same kind that works as it is', async () => {
    recorded();
    const { example } = await ask({ run: 'budget-stale' });
    expect(example).toMatchObject({ run: 'budget-stale', mode: 'dry-run' });
    expect(await ask(example)).toMatchObject({ started: true, playbook: 'budget-stale' });
    expect(RunRequestSchema.safeParse(world.runs()[0]).error).toBeUndefined();
    expect((await ask({ status: 1 })).example).toEqual({ status: expect.any(String) as string });
    expect((await ask({ replay: 1 })).example).toMatchObject({
      replay: expect.any(String) as string,
      mode: 'dry-run',
    });
  });
});
