import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { GetJobRunCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { lastingKey, type LastingKey } from '../../kernel/credentials.ts';
import { AwsError, operation } from '../../kernel/service.ts';
import type { Principal, ServiceDefinition } from '../../kernel/service.ts';
import { eventually, turns } from '../support/eventually.ts';
import { makeWorld, serve } from './serve.ts';
import type { Served, World } from './serve.ts';

const JOB = 'arn:aws:glue:us-east-1:012345678901:job/cur_ingest_prod';
const ROLE: Principal = { arn: 'arn:aws:sts::012345678901:assumed-role/runner/s1', roleName: 'runner' };

let world: World;
let served: Served;
/** Who started runs, in order; and what a run waits for. */
let started: Principal[];
let gate: Promise<void>;

beforeEach(async () => {
  world = makeWorld();
  started = [];
  gate = Promise.resolve();
  const services: ServiceDefinition[] = [
    {
      signingName: 'glue',
      sdk: () => import('@aws-sdk/client-glue'),
      clientClass: 'GlueClient',
      operations: {
        StartJobRun: operation<{ JobName: string }, unknown>({
          action: 'glue:StartJobRun',
          resource: ({ JobName }) => `arn:aws:glue:us-east-1:012345678901:job/${JobName}`,
          async handle(_, { principal }) {
            await gate;
            started.push(principal);
            return { JobRunId: `jr_${started.length}` };
          },
        }),
        GetJobRun: operation<object, unknown>({
          action: 'glue:GetJobRun',
          resource: () => [JOB, 'arn:aws:glue:us-east-1:012345678901:catalog'],
          handle: () => ({ JobRun: { Id: 'jr_1' } }),
        }),
      },
    },
    {
      signingName: 'sns',
      sdk: () => import('@aws-sdk/client-sns'),
      clientClass: 'SNSClient',
      operations: {
        Publish: operation<object, unknown>({
          action: 'sns:Publish',
          resource: () => 'arn:aws:sns:x',
          handle: () => ({}),
        }),
      },
    },
  ];
  served = await serve(world, services, {
    async routes(req, res, body) {
      if (req.url !== '/_sandbox/advance') return false;
      const reached = await world.clock.advanceUntil(
        () => false,
        new Date(world.clock.now().getTime() + 3_600_000),
      );
      res.end(JSON.stringify({ reached, body: body.toString(), now: world.clock.now() }));
      return true;
    },
  });
  const Statement = { Effect: 'Allow', Action: 'glue:*', Resource: JOB };
  await world.iam.createRole({
    name: 'runner',
    trust: {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      },
    },
    policies: [{ name: 'glue', document: { Statement } }],
  });
});
afterEach(() => served.close());

const glue = (principal?: Principal): GlueClient =>
  new GlueClient(served.config(principal && world.credentials.issue(principal)));
const start = (JobName = 'cur_ingest_prod') => new StartJobRunCommand({ JobName });

describe('callers', () => {
  test('a key belongs to whom it was issued', async () => {
    await glue().send(start('any'));
    await glue(ROLE).send(start());
    expect(started.map(({ arn }) => arn)).toEqual(['arn:aws:iam::012345678901:root', ROLE.arn]);
    expect(world.calls.map(({ service, operation: name, error }) => [service, name, error])).toEqual([
      ['glue', 'StartJobRun', undefined],
      ['glue', 'StartJobRun', undefined],
    ]);
  });

  test('a key that nobody issued, and root’s with another secret, do nothing', async () => {
    const { accessKeyId } = world.credentials.root;
    const by = (key: LastingKey) => ({ ...served.config(), credentials: key });
    for (const [client, wanted] of [
      [new GlueClient(by(lastingKey())), 'UnrecognizedClientException'],
      [new GlueClient(by({ accessKeyId, secretAccessKey: 'any' })), 'InvalidSignatureException'],
    ] as const)
      await expect(client.send(start('any'))).rejects.toMatchObject({ name: wanted });
    for (const [key, wanted] of [
      [lastingKey(), 'InvalidClientTokenId'],
      [{ accessKeyId, secretAccessKey: 'any' }, 'SignatureDoesNotMatch'],
    ] as const)
      await expect(
        new SNSClient(by(key)).send(new PublishCommand({ TopicArn: 'arn:aws:sns:x', Message: 'x' })),
      ).rejects.toMatchObject({ name: wanted });
    expect(started).toEqual([]);
  });

  test('a revoked key of the emulator is expired, and not root’s', async () => {
    const key = world.credentials.issue(ROLE);
    world.credentials.revoke(key.accessKeyId);
    const call = new GlueClient(served.config(key)).send(start());
    await expect(call).rejects.toMatchObject({ name: 'ExpiredTokenException' });
    expect(started).toEqual([]);
  });
});

describe('permission', () => {
  test('what no policy allows is denied, with who, what and why', async () => {
    const call = glue(ROLE).send(start('other'));
    await expect(call).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message:
        `User: ${ROLE.arn} is not authorized to perform: glue:StartJobRun on resource: ` +
        'arn:aws:glue:us-east-1:012345678901:job/other because no identity-based policy allows the glue:StartJobRun action',
    });
    expect(started).toEqual([]);
    expect(world.calls[0]?.error).toMatchObject({ code: 'AccessDeniedException' });
  });

  test('all resources of an operation must be allowed', async () => {
    const call = glue(ROLE).send(new GetJobRunCommand({ JobName: 'x', RunId: 'y' }));
    await expect(call).rejects.toThrow(/on resource: arn:aws:glue:us-east-1:012345678901:catalog/);
  });

  test("the code is the service's own", async () => {
    const client = new SNSClient(served.config(world.credentials.issue(ROLE)));
    await expect(client.send(new PublishCommand({ Message: 'm' }))).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
      $metadata: { httpStatusCode: 403 },
    });
  });
});

test('a required member that is missing is named before permission is asked', async () => {
  const call = glue(ROLE).send(new StartJobRunCommand({ JobName: undefined }));
  await expect(call).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'StartJobRun is missing its required JobName',
  });
});

describe('faults', () => {
  const fault = { service: 'glue', operation: 'StartJobRun', times: 1 } as const;

  test('a connection dropped after the job was accepted: the caller does not know, the job runs once', async () => {
    const id = world.faults.add({ ...fault, when: 'after', effect: 'drop-connection' });
    const call = glue().send(start());
    await expect(call).rejects.toThrow(/socket hang up/);
    expect(started).toHaveLength(1);
    expect(world.faults.list()).toMatchObject([{ id, fired: 1 }]);
    await glue().send(start());
    expect(started).toHaveLength(2);
  });

  test('dropped before: nothing was handled', async () => {
    world.faults.add({ ...fault, when: 'before', effect: 'drop-connection' });
    await expect(glue().send(start())).rejects.toThrow(/socket hang up/);
    expect(started).toEqual([]);
  });

  test('an error instead of an answer, for the calls that match, as often as was said', async () => {
    const effect = new AwsError('ResourceNumberLimitExceededException', 'too many');
    world.faults.add({ ...fault, when: 'before', times: 2, effect, match: ({ JobName }) => JobName === 'a' });
    await glue().send(start('b'));
    for (let i = 0; i < 2; i++) {
      await expect(glue().send(start('a'))).rejects.toMatchObject({
        name: 'ResourceNumberLimitExceededException',
      });
    }
    await glue().send(start('a'));
    expect(started).toHaveLength(2);
  });

  test('cleared, it strikes no more', async () => {
    const id = world.faults.add({ ...fault, when: 'before', times: Infinity, effect: 'drop-connection' });
    world.faults.clear(id);
    await glue().send(start());
    expect(world.faults.list()).toEqual([]);
  });

  test('kill-worker ends the process behind the call and nobody else', async () => {
    const worker = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const died = once(worker, 'exit');
    world.faults.add({ ...fault, when: 'after', effect: 'kill-worker' });
    await glue().send(start());
    expect(world.faults.list()).toMatchObject([{ fired: 0 }]);

    const call = glue({ ...ROLE, workerPid: worker.pid ?? 0 }).send(start());
    await expect(call).rejects.toThrow(/socket hang up/);
    expect(await died).toEqual([null, 'SIGKILL']);
    expect(started).toHaveLength(2);
  });

  test('somebody else acts meanwhile, and the call goes on', async () => {
    const order: string[] = [];
    const meanwhile = (what: string) => ({
      meanwhile: async () => {
        await new Promise((later) => setTimeout(later, 5));
        order.push(`${what}: ${started.length} started`);
      },
    });
    world.faults.add({ ...fault, when: 'before', times: Infinity, effect: meanwhile('before') });
    world.faults.add({ ...fault, when: 'after', effect: meanwhile('after') });
    await glue().send(start());
    await glue().send(start());
    expect(order).toEqual(['before: 0 started', 'after: 1 started', 'before: 1 started']);
  });

  test('one that never strikes is refused', () => {
    expect(() => world.faults.add({ ...fault, when: 'after', times: 0, effect: 'drop-connection' })).toThrow(
      /wanted: 1 or more/,
    );
  });
});

describe('the clock', () => {
  test('does not jump while a call is under way, and jumps once it is answered', async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    let fired = false;
    world.clock.at('t', new Date(world.clock.now().getTime() + 3_600_000), () => {
      fired = true;
    });
    const call = glue().send(start());
    const inFlight = await eventually('the call to arrive', () => world.clock.inFlight()[0]);
    expect(inFlight).toBe('request AWSGlue.StartJobRun');
    const advanced = world.clock.advanceUntil(() => fired, new Date(world.clock.now().getTime() + 7_200_000));
    await turns();
    expect(fired).toBe(false);
    open();
    await call;
    expect(await advanced).toBe(true);
  });

  test('control routes may advance it: they do not count as in flight', async () => {
    world.clock.at('t', new Date(world.clock.now().getTime() + 600_000), () => undefined);
    const answer = await fetch(`${served.url}/_sandbox/advance`, { method: 'POST', body: 'x' });
    expect(await answer.json()).toMatchObject({ reached: false, body: 'x' });
    expect((await fetch(`${served.url}/_sandbox/other`)).status).toBe(404);
    expect(world.calls).toEqual([]);
  });
});

test('web pages are turned away', async () => {
  const call = request(`${served.url}/_sandbox/advance`, {
    method: 'POST',
    headers: { origin: 'https://example.com' },
  });
  call.end();
  const [answer] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  expect(answer.statusCode).toBe(403);
});

const statusFor = async (host: string, path: string): Promise<number> => {
  const call = request(`${served.url}${path}`, { headers: { host } });
  call.end();
  const [answer] = (await once(call, 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  return answer.statusCode;
};

test('only its own names are answered: another name that leads here is a web page’s', async () => {
  const { port } = new URL(served.url);
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    `127.0.0.1.evil.example:${port}`,
    `localhost.:${port}`,
    '127.0.0.1',
    '127.0.0.1:1',
  ])
    for (const path of ['/', '/_sandbox/other', '/_function_urls/x'])
      expect([host, await statusFor(host, path)]).toEqual([host, 421]);
  for (const host of ['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])
    expect(await statusFor(`${host}:${port}`, '/_sandbox/other')).toBe(404);
});
