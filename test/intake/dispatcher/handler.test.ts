import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { namesOf } from '../../../lambdas/catalog/playbooks/names.ts';
import { playbooks } from '../../../lambdas/catalog/playbooks/registry.ts';
import { SignedRun } from '../../../lambdas/domain/run-request.ts';
import type { Dispatcher } from '../../../lambdas/intake/dispatcher/dispatch.ts';
import { executionNameOf, readProof, signOrder } from '../../../lambdas/platform/order.ts';
import { runIdOfAlarm } from '../../../lambdas/intake/start/run-id.ts';
import { snsRecord } from '../../fixtures/envelopes/envelopes.ts';
import { classicMessage } from '../../fixtures/envelopes/messages.ts';
import { arnOf, expected, transition } from '../../fixtures/envelopes/transitions.ts';
import { exampleSettings } from '../../support/settings.ts';
import { CONTEXT, REHEARSER, RUNNER } from './boot.ts';

const KEY = 'the-key-that-signs-the-orders-of-tests';
const keys = async () => [KEY];
const signing = { door: 'alarms', keys } as const;
const RUNNER_VERSION = RUNNER.replace(':live', ':1');
/** Nobody listens there. */
const NOBODY = { ...exampleSettings().ledger, host: '127.0.0.1', port: 1, tls: 'off' } as const;

/** The deployed handler with the real SDK: what it says on the wire, and that alarms need neither S3 nor a ledger. */
describe('dispatcher.handler', () => {
  const before = { ...process.env };
  let server: Server;
  let handler: Dispatcher;
  let requests: { request: IncomingMessage; body: string }[];
  let answers: { status: number; error?: string; answer?: string }[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        if (String(request.headers['x-amz-target']).endsWith('.DescribeAlarms')) {
          response.end(JSON.stringify({ MetricAlarms: [asCloudWatchHasIt] }));
          return;
        }
        if (request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue') {
          response.end(JSON.stringify({ SecretString: KEY }));
          return;
        }
        requests.push({ request, body });
        const { status, error, answer = '' } = answers.shift() ?? { status: 202 };
        response.writeHead(status, error ? { 'x-amzn-errortype': error } : {});
        response.end(error ? JSON.stringify({ message: error }) : answer);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'secret',
      RESPONDER_SETTINGS: JSON.stringify(
        exampleSettings({ ledger: NOBODY, runner: RUNNER, rehearser: REHEARSER, bucket: 'responder-record' }),
      ),
    });
    // What the bundle has put in.
    Object.assign(globalThis, { PLAYBOOK_NAMES: namesOf(playbooks) });
    ({ handler } = await import('../../../lambdas/dispatcher.handler.ts'));
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
  });
  beforeEach(() => {
    requests = [];
    answers = [];
  });
  afterAll(async () => {
    process.env = before;
    jest.restoreAllMocks();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  const facts = transition();
  const asCloudWatchHasIt = {
    AlarmName: facts.name,
    AlarmArn: arnOf(facts),
    StateValue: facts.state,
    StateReason: facts.reason,
    StateTransitionedTimestamp: Date.parse(facts.changedAt) / 1_000,
  };
  const event = { Records: [snsRecord(classicMessage(facts))] };
  const run = runIdOfAlarm('cur-freshness', expected(facts));

  it('asks for an asynchronous execution of the qualified runner under the run’s name', async () => {
    await handler(event, CONTEXT);
    expect(requests).toHaveLength(1);
    const [{ request, body } = { request: undefined, body: '' }] = requests;
    expect(decodeURIComponent(request?.url ?? '')).toBe(`/2015-03-31/functions/${RUNNER}/invocations`);
    expect(request?.headers['x-amz-invocation-type']).toBe('Event');
    expect(request?.headers['x-amz-durable-execution-name']).toBe(await executionNameOf('run', run, signing));
    const sent = JSON.parse(body) as unknown;
    expect(await readProof('run', sent, keys)).toEqual({ door: 'alarms' });
    const { proof: _proof, ...order } = SignedRun.parse(sent);
    expect(order).toEqual({
      run,
      playbook: 'cur-freshness',
      cause: { kind: 'alarm', alarm: expected(facts) },
      mode: 'live',
    });
  });

  it('sends again after a fault of the service: the name makes that safe', async () => {
    answers = [{ status: 500, error: 'ServiceException' }];
    await handler(event, CONTEXT);
    const name = await executionNameOf('run', run, signing);
    expect(requests.map(({ request }) => request.headers['x-amz-durable-execution-name'])).toEqual([
      name,
      name,
    ]);
    expect(requests[0]?.body).toBe(requests[1]?.body);
  });

  /** What Lambda says of a name that is taken, by an execution with this input. */
  const takenBy = async (input: object, { arn = RUNNER_VERSION, of }: { arn?: string; of?: string } = {}) => {
    const name = await executionNameOf('run', run, signing);
    const named = of ?? name;
    const DurableExecutions = [
      { DurableExecutionName: name, DurableExecutionArn: `${arn}/durable-execution/${named}/id` },
    ];
    return [
      { status: 409, error: 'DurableExecutionAlreadyStartedException' },
      { status: 200, answer: JSON.stringify({ DurableExecutions }) },
      { status: 200, answer: JSON.stringify({ InputPayload: JSON.stringify(input) }) },
    ];
  };
  const order = {
    run,
    playbook: 'cur-freshness',
    cause: { kind: 'alarm', alarm: expected(facts) },
    mode: 'live',
  };

  it('takes a run that was started before for started', async () => {
    answers = await takenBy(await signOrder('run', { ...order, other: 'words' }, signing));
    expect(await handler(event, CONTEXT)).toEqual({
      handled: [{ did: 'already-started', run, alarm: 'cur-freshness' }],
    });
  });

  it.each([
    ['of another function', { arn: RUNNER_VERSION.replace('runner', 'of-others') }],
    ['of another name', { of: 'cur-freshness-another' }],
  ])('fails when what Lambda finds under the name is an execution %s', async (_, about) => {
    answers = await takenBy(await signOrder('run', order, { door: 'alarms', keys }), about);
    const failed = (await handler(event, CONTEXT).catch((error: unknown) => error)) as AggregateError;
    expect(failed.errors.map(String)).toEqual([
      expect.stringMatching(/has its name .*, and its ARN is arn:/),
    ]);
  });

  it.each([
    ['no proof', async () => order],
    // Of an alarm without a slot no other door orders, and this one knows no other key.
    ['a proof of another door', () => signOrder('run', order, { door: 'sweep', keys })],
    [
      'a proof of another run',
      () => signOrder('run', { ...order, run: 'another' }, { door: 'alarms', keys }),
    ],
    [
      'a proof by another key',
      () => signOrder('run', order, { door: 'alarms', keys: async () => ['k'.repeat(64)] }),
    ],
  ])(
    'fails when the name is taken by an execution with %s: its own alarm notifies people',
    async (_, input) => {
      answers = await takenBy(await input());
      const failed = (await handler(event, CONTEXT).catch((error: unknown) => error)) as AggregateError;
      expect(failed.errors.map(String)).toEqual([
        expect.stringMatching(/has its name .*, and it.* Stop that execution/),
      ]);
    },
  );

  it('takes no manual call, and names the function that does', async () => {
    const call = { run: 'cur-freshness', target: { period: '2025-09' }, mode: 'live', by: 'x', reason: 'y' };
    expect(await handler(call, CONTEXT)).toMatchObject({
      ok: false,
      text: expect.stringMatching(/nothing was started; invoke responder-manual/) as string,
    });
    expect(requests).toEqual([]);
  });

  it('its neighbour for people answers a question while the ledger is away, and takes no alarm', async () => {
    const manual = await import('../../../lambdas/manual.handler.ts');
    expect(await manual.handler(event, CONTEXT)).toMatchObject({ ok: false });
    expect(requests).toEqual([]);
    answers = [{ status: 400, error: 'ResourceNotFoundException' }];
    expect(await manual.handler({ status: run }, CONTEXT)).toMatchObject({
      ok: false,
      text: expect.stringMatching(/the record .* does not answer/) as string,
    });
  });
});
