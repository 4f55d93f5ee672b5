import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { namesOf } from '../../../lambdas/catalog/playbooks/names.ts';
import { playbooks } from '../../../lambdas/catalog/playbooks/registry.ts';
import { RunRequest } from '../../../lambdas/domain/run-request.ts';
import type { Dispatcher } from '../../../lambdas/intake/dispatcher/dispatch.ts';
import { runIdOfAlarm } from '../../../lambdas/intake/start/run-id.ts';
import { snsRecord } from '../../fixtures/envelopes/envelopes.ts';
import { classicMessage } from '../../fixtures/envelopes/messages.ts';
import { arnOf, expected, transition } from '../../fixtures/envelopes/transitions.ts';
import { exampleSettings } from '../../support/settings.ts';
import { CONTEXT, REHEARSER, RUNNER } from './boot.ts';

/** Nobody listens there. */
const NOBODY = { ...exampleSettings().ledger, host: '127.0.0.1', port: 1, tls: 'off' } as const;

/** The deployed handler with the real SDK: what it says on the wire, and that alarms need neither S3 nor a ledger. */
describe('dispatcher.handler', () => {
  const before = { ...process.env };
  let server: Server;
  let handler: Dispatcher;
  let requests: { request: IncomingMessage; body: string }[];
  let answers: { status: number; error?: string }[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      void text(request).then((body) => {
        if (String(request.headers['x-amz-target']).endsWith('.DescribeAlarms')) {
          response.end(JSON.stringify({ MetricAlarms: [asCloudWatchHasIt] }));
          return;
        }
        requests.push({ request, body });
        const { status, error } = answers.shift() ?? { status: 202 };
        response.writeHead(status, error ? { 'x-amzn-errortype': error } : {});
        response.end(error ? JSON.stringify({ message: error }) : '');
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
    expect(request?.headers['x-amz-durable-execution-name']).toBe(run);
    expect(RunRequest.parse(JSON.parse(body))).toEqual({
      run,
      playbook: 'cur-freshness',
      cause: { kind: 'alarm', alarm: expected(facts) },
      mode: 'live',
    });
  });

  it('sends again after a fault of the service: the name makes that safe', async () => {
    answers = [{ status: 500, error: 'ServiceException' }];
    await handler(event, CONTEXT);
    expect(requests.map(({ request }) => request.headers['x-amz-durable-execution-name'])).toEqual([
      run,
      run,
    ]);
    expect(requests[0]?.body).toBe(requests[1]?.body);
  });

  it('takes a run that was started before for started', async () => {
    answers = [{ status: 409, error: 'DurableExecutionAlreadyStartedException' }];
    expect(await handler(event, CONTEXT)).toEqual({
      handled: [{ did: 'already-started', run, alarm: 'cur-freshness' }],
    });
  });

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
