import type { RunStatus } from '../../lambdas/record/read.ts';
import type { RunRequest } from '../../lambdas/domain/run-request.ts';
import { RunRequest as RunRequestSchema } from '../../lambdas/domain/run-request.ts';
import { awsError } from '../intake/dispatcher/fake-aws.ts';
import { CONTEXT, REHEARSER, RUNNER, bootDispatcher } from '../intake/dispatcher/boot.ts';

const CALL = {
  run: 'cur-freshness',
  target: { period: '2025-09' },
  mode: 'live',
  by: 'ada@example.com',
  reason: 'the delivery came late',
};

interface Answer {
  readonly ok: boolean;
  readonly text: string;
  readonly data?: { run?: string; example?: Record<string, unknown>; differs?: unknown };
  readonly see?: { payload: unknown; command: string };
}

const world = bootDispatcher();
const ask = async (payload: unknown, awsRequestId = CONTEXT.awsRequestId) =>
  (await world.dispatch(payload, { ...CONTEXT, awsRequestId })) as Answer;

const statusOf = (run: string, change: Partial<RunStatus>): RunStatus => ({
  run,
  incident: 'INC-1',
  playbook: 'cur-freshness',
  target: {},
  mode: 'live',
  outcome: 'resolved',
  why: 'fresh again',
  openedAt: '2025-09-14T06:06:00.000Z',
  endedAt: '2025-09-14T06:08:00.000Z',
  replayOf: null,
  joinedRun: null,
  operations: 1,
  ledgerWrites: 1,
  decision: null,
  effect: null,
  cause: 'requested by ada@example.com',
  approval: null,
  steps: [],
  guards: [],
  evidence: [],
  ...change,
});

/** The record as the runner would have written it. */
const recorded = () => {
  world.record = {
    requestOf: async (run) => world.runs().find((request) => request.run === run),
    status: async (run) => {
      const found = world.runs().find((request) => request.run === run);
      return found && statusOf(run, { playbook: found.playbook, target: found.target ?? {} });
    },
  };
};

describe('{"run": …}', () => {
  it('starts a run with its target, mode and who asked, and says how to see it', async () => {
    const answer = await ask(CALL);
    expect(answer).toMatchObject({
      ok: true,
      data: { started: true, playbook: 'cur-freshness', target: { period: '2025-09' }, mode: 'live' },
    });
    expect(world.runs()).toEqual([
      {
        run: answer.data?.run,
        playbook: 'cur-freshness',
        cause: { kind: 'manual', by: CALL.by, reason: CALL.reason, at: '2025-09-14T06:06:00.000Z' },
        target: { period: '2025-09' },
        mode: 'live',
      },
    ]);
    expect(answer.see).toEqual({
      payload: { status: answer.data?.run },
      command: `aws lambda invoke --function-name responder-dispatcher --cli-binary-format raw-in-base64-out --payload '{"status":"${answer.data?.run}"}' /dev/stdout`,
    });
  });

  it('is another run each time it is asked, but not when Lambda repeats the invocation', async () => {
    const first = await ask(CALL, 'invocation-1');
    expect((await ask(CALL, 'invocation-1')).data?.run).toBe(first.data?.run);
    expect((await ask(CALL, 'invocation-2')).data?.run).not.toBe(first.data?.run);
    expect(world.runs()).toHaveLength(2);
  });

  it('needs no ledger', async () => {
    world.record = {
      status: () => Promise.reject(new Error('away')),
      requestOf: () => Promise.reject(new Error('away')),
    };
    expect(await ask(CALL)).toMatchObject({ data: { started: true } });
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
    expect(first).toMatchObject({ data: { started: true } });
    world.record.requestOf = async (run) => {
      const found = world.runs().find((request) => request.run === run);
      return found && ({ ...found, cause: { ...found.cause, at: '2025-09-14T05:00:00.000Z' } } as RunRequest);
    };
    world.aws.fault = (operation) =>
      operation === 'Invoke' ? awsError('DurableExecutionAlreadyStartedException') : undefined;
    expect(await ask(keyed, 'invocation-2')).toMatchObject({
      ok: true,
      text: expect.stringMatching(/was started before/) as string,
      data: { run: first.data?.run, started: false },
    });
    expect(world.runs()).toHaveLength(1);
  });

  it('used for another call is answered with what differs, and starts nothing', async () => {
    recorded();
    await ask(keyed);
    const answer = await ask({ ...keyed, target: { period: '2025-08' } });
    expect(answer.ok).toBe(false);
    expect(answer.text).toMatch(
      /request .OPS-1234. was used before for another call.*nothing was started.*target\.period was "2025-09", and is "2025-08" now.*Repeat the first call unchanged/s,
    );
    expect(answer.data?.differs).toEqual([{ path: 'target.period', first: '"2025-09"', now: '"2025-08"' }]);
    expect(world.runs()).toHaveLength(1);
  });

  it('says so when it can’t compare', async () => {
    await ask(keyed);
    expect((await ask({ ...keyed, target: { period: '2025-08' } })).text).toMatch(/not in the record yet/);
    world.record.requestOf = () => Promise.reject(new Error('connection refused'));
    expect((await ask({ ...keyed, target: { period: '2025-08' } })).text).toMatch(/connection refused/);
  });

  it('of a rehearsal is free for the run itself, on the other function', async () => {
    const dry = await ask({ ...keyed, mode: 'dry-run' });
    const live = await ask(keyed);
    expect([dry, live]).toMatchObject([{ data: { started: true } }, { data: { started: true } }]);
    expect([...world.aws.startedOn]).toEqual([
      [dry.data?.run, REHEARSER],
      [live.data?.run, RUNNER],
    ]);
  });

  it('is the playbook’s own: the same key for another playbook is another run', async () => {
    await ask(keyed);
    await ask({ ...keyed, run: 'recon-failed' });
    expect(world.runs().map(({ playbook }) => playbook)).toEqual(['cur-freshness', 'recon-failed']);
  });
});

describe('{"replay": …}', () => {
  const old = async () => {
    recorded();
    return (await ask(CALL)).data?.run;
  };

  it('live, is a new run on today’s world, linked to the old one', async () => {
    const of = await old();
    const answer = await ask({ replay: of, mode: 'live' }, 'invocation-2');
    expect(answer).toMatchObject({ data: { started: true, target: { period: '2025-09' } } });
    expect(answer.data?.run).toMatch(/^cur-freshness-replay-[0-9a-f]{12}$/);
    expect(world.runs()[1]).toMatchObject({
      cause: { kind: 'replay', of, evidence: 'today', by: 'not given', reason: 'not given' },
      target: { period: '2025-09' },
      mode: 'live',
    });
  });

  it('is a dry run unless it says live', async () => {
    const of = await old();
    await ask({ replay: of }, 'invocation-2');
    expect(world.runs()[1]).toMatchObject({ mode: 'dry-run' });
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
    expect(await ask({ replay: 'gone' })).toMatchObject({
      ok: false,
      text: expect.stringMatching(/^there is no run "gone" in the record/) as string,
    });
    world.record.status = async (run) => statusOf(run, { playbook: 'fx-rates' });
    expect((await ask({ replay: 'old' })).text).toMatch(
      /"fx-rates", which no longer exists.*cur-freshness, .*budget-stale/,
    );
    expect(world.runs()).toEqual([]);
  });

  it('says that the ledger is away', async () => {
    world.record.status = () => Promise.reject(new Error('connect ECONNREFUSED'));
    expect((await ask({ replay: 'x' })).text).toMatch(/does not answer: connect ECONNREFUSED/);
  });
});

describe('{"status": …}', () => {
  it('answers how far the run is, and nothing of tenants, amounts and people', async () => {
    recorded();
    const { data: { run } = {} } = await ask(CALL);
    const answer = await ask({ status: run });
    expect(answer).toEqual({
      ok: true,
      text: `${run}: resolved; \`npm run respond -- why ${run}\` shows listed people the rest.`,
      data: {
        run,
        playbook: 'cur-freshness',
        mode: 'live',
        outcome: 'resolved',
        openedAt: expect.any(String) as string,
        endedAt: expect.any(String) as string,
      },
    });
  });

  it('of an unknown run says where else to look', async () => {
    expect(await ask({ status: 'x' })).toEqual({
      ok: false,
      text: expect.stringMatching(
        /^there is no run "x" in the record.*\/aws\/lambda\/responder-dispatcher/,
      ) as string,
    });
  });

  it('while the ledger is away says that', async () => {
    world.record.status = () => Promise.reject(new Error('timeout expired'));
    expect((await ask({ status: 'x' })).text).toMatch(/timeout expired/);
  });
});

describe('a wrong call', () => {
  it.each<[string, unknown, RegExp[]]>([
    ['no mode', { ...CALL, mode: undefined }, [/"live"\|"dry-run"; got nothing\n {2}→ at mode/]],
    ['a misspelt mode', { ...CALL, mode: 'dryrun' }, [/"live"\|"dry-run"; got "dryrun"\n {2}→ at mode/]],
    [
      'an unknown playbook',
      { ...CALL, run: 'cur-fresh' },
      [/Wanted one of cur-freshness, .*budget-stale.*; got "cur-fresh"\n {2}→ at run/],
    ],
    ['a playbook that is no text', { ...CALL, run: 7 }, [/expected string; got 7\n {2}→ at run/]],
    [
      'a playbook that no text can be made of',
      { ...CALL, run: { toString: 1 } },
      [/expected string.*at run/s],
    ],
    [
      'a wrong month',
      { ...CALL, target: { period: 'september' } },
      [/month.*; got "september"\n {2}→ at period/],
    ],
    [
      'another target',
      { ...CALL, target: { tenant: 'TEN-00123' } },
      [/; got nothing\n {2}→ at period/, /Unrecognized key: "tenant"/],
    ],
    ['no target', { ...CALL, target: undefined }, [/expected record; got nothing\n {2}→ at target/]],
    [
      'a number in the target',
      { ...CALL, target: { period: 202509 } },
      [/; got 202509\n {2}→ at target.period/],
    ],
    ['a misspelt key', { ...CALL, modus: 'live' }, [/Unrecognized key: "modus"; correct its spelling/]],
    [
      'nearly everything missing',
      { run: 'cur-freshness' },
      ['target', 'mode', 'by', 'reason'].map((key) => new RegExp(`; got nothing\\n {2}→ at ${key}`)),
    ],
    ['nobody', { ...CALL, by: '  ' }, [/>=1 characters; got " {2}"\n {2}→ at by/]],
    [
      'two calls in one',
      { ...CALL, status: 'x' },
      [/Wanted one of the keys run, replay, status; got run, target, mode, by, reason, status/],
    ],
    ['no run to replay', { replay: null }, [/expected string; got null\n {2}→ at replay/]],
    ['no run to see', { status: { run: 'x' } }, [/expected string; got an object\n {2}→ at status/]],
    [
      'prototype keys',
      JSON.parse('{"run":"__proto__","target":{"period":"2025-09"},"mode":"live","by":"x","reason":"y"}'),
      [/; got "__proto__"\n {2}→ at run/],
    ],
  ])('%s: every mistake is reported, and nothing is started', async (_what, payload, mistakes) => {
    const { ok, text } = await ask(payload);
    expect(ok).toBe(false);
    expect(text).toMatch(/nothing was started/);
    for (const mistake of mistakes) expect(text).toMatch(mistake);
    expect(text.match(/✖/g)).toHaveLength(mistakes.length);
    expect(world.runs()).toEqual([]);
  });

  it('is shown an example of the same kind that works as it is', async () => {
    recorded();
    const exampleFor = async (payload: object) => {
      const { text, data } = await ask(payload);
      expect(text).toContain(`Wanted, for example: ${JSON.stringify(data?.example)}`);
      return data?.example;
    };
    const example = await exampleFor({ run: 'budget-stale' });
    expect(example).toMatchObject({ run: 'budget-stale', mode: 'dry-run' });
    expect(await ask(example)).toMatchObject({ data: { started: true, playbook: 'budget-stale' } });
    expect(RunRequestSchema.safeParse(world.runs()[0]).error).toBeUndefined();
    expect(await exampleFor({ status: 1 })).toEqual({ status: expect.any(String) as string });
    expect(await exampleFor({ replay: 1 })).toMatchObject({
      replay: expect.any(String) as string,
      mode: 'dry-run',
    });
  });
});
