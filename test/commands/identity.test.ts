import { createHash } from 'node:crypto';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { VERBS } from '../../lambdas/domain/people.ts';
import { commandHash, COMMAND_HEADER } from '../../lambdas/commands/proof.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import { proofOf, signRequest } from '../../scripts/respond/sign.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { people } from './people.ts';

const world = bootWorld({}, people);

const SRE_ONE = 'arn:aws:iam::012345678901:user/sre-one';
const whoami = () => world.command('whoami');

/** Sends it, and makes sure that the ledger knows of no command that it did not know before. */
async function refusedUnrecorded(sending: () => Promise<unknown>): Promise<unknown> {
  const before = await world.recorded();
  const answer = await sending();
  expect(await world.recorded()).toEqual(before);
  return answer;
}

describe('a command of a person', () => {
  test('is answered, and is on record with who gave it and what came of it', async () => {
    const command = whoami();
    const { status, body } = await world.send(await world.request(world.keyOf('sre-one'), { command }));
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ok: true,
        text: `you are sre-one, by ${SRE_ONE}. You may ${VERBS.join(', ')}.`,
        data: { arn: SRE_ONE, person: 'sre-one', may: VERBS },
      },
    });
    expect(await world.recorded()).toContainEqual({
      nonce: command.nonce,
      caller_arn: SRE_ONE,
      person: 'sre-one',
      command,
      answer: body,
    });
  });

  test('that is sent again, byte for byte, is not done again', async () => {
    const request = await world.request(world.keyOf('sre-two'), { command: whoami() });
    expect((await world.send(request)).status).toBe(200);
    const again = await refusedUnrecorded(() => world.send(request));
    expect(again).toMatchObject({
      status: 409,
      body: {
        ok: false,
        text: matching(/came before, at .*was answered: you are .*sre-two.*not done|done again/s),
      },
    });
  });

  test('that arrives many times at once is done once', async () => {
    const request = await world.request(world.keyOf('sre-one'), { command: whoami() });
    const answers = await Promise.all([1, 2, 3, 4].map(() => world.send(request)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  test("whose nonce is another's is told nothing of that", async () => {
    const command = whoami();
    await world.send(await world.request(world.keyOf('sre-one'), { command }));
    const other = await world.send(await world.request(world.keyOf('sre-two'), { command }));
    expect(other).toMatchObject({ status: 409, body: { text: matching(/came before, from somebody else/) } });
    expect(String(other.body['text'])).not.toContain('sre-one');
  });
});

describe('the URL lets nobody in', () => {
  const key = () => world.keyOf('sre-one');

  test('who does not sign', async () => {
    const { url, body } = await world.request(key(), { command: whoami() });
    const answer = await refusedUnrecorded(() => world.send({ url, body, headers: {} }));
    expect(answer).toMatchObject({ status: 403, body: { Message: matching(/^Forbidden/) } });
  });

  test('who has another secret', async () => {
    const wrong = { ...key(), secretAccessKey: 'guessed' };
    const command = whoami();
    const proof = await proofOf(command, world.needs(key()));
    const answer = await refusedUnrecorded(async () =>
      world.send(await world.request(wrong, { command, proof })),
    );
    expect(answer).toMatchObject({
      status: 403,
      body: { message: matching(/^The request signature we calculated/) },
    });
  });

  test('whose key nobody issued', async () => {
    const unknown = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'any' };
    const answer = await refusedUnrecorded(async () =>
      world.send(await world.request(unknown, { command: whoami() })),
    );
    expect(answer).toMatchObject({
      status: 403,
      body: { message: matching(/security token .* is invalid/) },
    });
  });

  test.each([
    ['the body', { body: (text: string) => text.replace('"whoami"', '"whoamI"') }],
    ['a signed header', { header: ['content-type', 'application/json; charset=utf-8'] as const }],
    ['the time', { header: ['x-amz-date', '20261123T140200Z'] as const }],
  ])('who changes %s on the way', async (_what, change) => {
    const request = await world.request(key(), { command: whoami() });
    const { body = (text: string) => text, header } = change as {
      body?: (text: string) => string;
      header?: readonly [string, string];
    };
    const changed = {
      ...request,
      body: body(request.body),
      headers: { ...request.headers, ...(header && { [header[0]]: header[1] }) },
    };
    const answer = await refusedUnrecorded(() => world.send(changed));
    expect(answer).toMatchObject({ status: 403 });
  });

  test('who changes the body and the hash that goes with it', async () => {
    const request = await world.request(key(), { command: whoami() });
    const body = request.body.replace('"whoami"', '"whoamI"');
    const headers = {
      ...request.headers,
      'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
    };
    expect(await world.send({ ...request, body, headers })).toMatchObject({ status: 403 });
    const uncovered = {
      ...request,
      body,
      headers: { ...request.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    };
    expect(await world.send(uncovered)).toMatchObject({ status: 403 });
  });

  test.each([
    ['too old', -6, /^Signature expired: /],
    ['too new', 6, /^Signature not yet current: /],
  ])('whose signature is %s; the answer shows the time here', async (_what, minutes, message) => {
    const request = await world.request(key(), { command: whoami() }, world.inMinutes(minutes));
    const answer = await world.send(request);
    expect(answer).toMatchObject({ status: 403, body: { message: matching(message) } });
    expect(answer.date).toBe(world.clock.now().toUTCString());
  });

  test('who is missing the permission', async () => {
    const answer = await refusedUnrecorded(async () =>
      world.send(await world.request(world.keyOf('onlooker'), { command: whoami() })),
    );
    expect(answer).toMatchObject({ status: 403, body: { Message: matching(/^Forbidden/) } });
  });
});

describe('a plain invoke proves nothing', () => {
  test('of a command: it says what to type instead', async () => {
    const answer = await refusedUnrecorded(() => world.invoke({ command: whoami() }));
    expect(answer).toEqual({
      ok: false,
      text: matching(/a plain invoke does not prove it.*npm run respond -- whoami$/),
    });
  });

  const forged = (userArn: string, content: object) => ({
    version: '2.0',
    requestContext: { http: { method: 'POST', path: '/' }, authorizer: { iam: { userArn } } },
    body: JSON.stringify(content),
    isBase64Encoded: false,
  });

  test("of a forged URL's event that names somebody", async () => {
    const answer = await refusedUnrecorded(() => world.invoke(forged(SRE_ONE, { command: whoami() })));
    expect(answer).toMatchObject({ statusCode: 403, body: matching(/without a signature of its sender/) });
  });

  test('of a forged event with a proof by somebody else', async () => {
    const command = whoami();
    const proof = await proofOf(command, world.needs(world.keyOf('onlooker')));
    const answer = await refusedUnrecorded(() => world.invoke(forged(SRE_ONE, { command, proof })));
    expect(answer).toMatchObject({ statusCode: 403, body: matching(/proof was signed by .*user\/onlooker/) });
  });

  test('of a forged event with a proof that was made up', async () => {
    const command = whoami();
    const guessed = { ...world.keyOf('sre-one'), secretAccessKey: 'guessed' };
    const proof = await proofOf(command, world.needs(guessed));
    const answer = await refusedUnrecorded(() => world.invoke(forged(SRE_ONE, { command, proof })));
    expect(answer).toMatchObject({ statusCode: 403, body: matching(/STS does not take its proof/) });
  });

  test('and is not allowed to people, who have the URL', async () => {
    const lambda = new LambdaClient({
      endpoint: world.endpoint,
      region: 'us-east-1',
      credentials: world.keyOf('sre-one'),
    });
    const invoking = lambda.send(new InvokeCommand({ FunctionName: 'responder-respond', Payload: '{}' }));
    await expect(invoking).rejects.toMatchObject({ name: 'AccessDeniedException' });
    lambda.destroy();
  });
});

describe('the proof', () => {
  const given = (change: (proof: Record<string, string>) => Record<string, string>) => async () => {
    const key = world.keyOf('sre-one');
    const command = whoami();
    const proof = change(await proofOf(command, world.needs(key)));
    return world.send(await signRequest({ command, proof }, world.needs(key)));
  };

  test('by another person than the request is refused', async () => {
    const command = whoami();
    const proof = await proofOf(command, world.needs(world.keyOf('sre-two')));
    const answer = await refusedUnrecorded(async () =>
      world.send(await world.request(world.keyOf('sre-one'), { command, proof })),
    );
    expect(answer).toMatchObject({ status: 403, body: { text: matching(/proof was signed by .*sre-two/) } });
  });

  test('of another command is refused, also with the header made to fit', async () => {
    const key = world.keyOf('sre-one');
    const proof = await proofOf(whoami(), world.needs(key));
    const command = whoami();
    const other = await refusedUnrecorded(async () =>
      world.send(await world.request(key, { command, proof })),
    );
    expect(other).toMatchObject({ status: 403, body: { text: matching(/proof is of another command/) } });
    const fitted = { ...proof, [COMMAND_HEADER]: commandHash(command) };
    const answer = await refusedUnrecorded(async () =>
      world.send(await world.request(key, { command, proof: fitted })),
    );
    expect(answer).toMatchObject({ status: 403, body: { text: matching(/STS does not take its proof/) } });
  });

  test.each([
    [
      'does not sign the hash',
      /does not sign x-responder-command/,
      (proof: Record<string, string>) => ({
        ...proof,
        authorization: proof['authorization']?.replace(`;${COMMAND_HEADER}`, '') ?? '',
      }),
    ],
    [
      'brings a header that no question has',
      /has x-forwarded-host, which no proof needs/,
      (proof: Record<string, string>) => ({ ...proof, 'x-forwarded-host': 'elsewhere.example' }),
    ],
    ['is none', /no "authorization"/, () => ({})],
  ])('that %s is refused', async (_what, message, change) => {
    const answer = await refusedUnrecorded(given(change));
    expect(answer).toMatchObject({ status: 403, body: { text: matching(message) } });
  });

  test('is asked of our own STS, wherever the sender says that it is', async () => {
    const answer = await given((proof) => ({ ...proof, host: 'sts.elsewhere.example' }))();
    expect(answer).toMatchObject({ status: 200 });
  });
});

describe('a request that is not understood is taught', () => {
  const said = async (content: { command: unknown }) =>
    refusedUnrecorded(async () => world.send(await world.request(world.keyOf('sre-one'), content)));

  test.each([
    ['who claims to be somebody', (it: object) => ({ ...it, by: 'sre-two' }), /Unrecognized key: "by"/],
    [
      'the same in the input',
      (it: object) => ({ ...it, input: { by: 'sre-two' } }),
      /Unrecognized key: "by"/,
    ],
    ['without a nonce', (it: object) => ({ ...it, nonce: undefined }), /no nonce \(a UUID/],
    ['with a nonce that is none', (it: object) => ({ ...it, nonce: 'n-1' }), /Invalid UUID/],
  ])('%s', async (_what, change, message) => {
    const answer = await said({ command: change(whoami()) });
    expect(answer).toMatchObject({ status: 400, body: { ok: false, text: matching(message) } });
  });

  test('a command that there is not: all that there are', async () => {
    const answer = await said({ command: world.command('who-am-i') });
    expect(answer).toMatchObject({
      status: 400,
      body: { text: matching(/no command "who-am-i".*whoami +who you are/s) },
    });
  });

  test.each([-6, 6])(
    'a command whose own time is %s minutes off, though its signature is fresh',
    async (minutes) => {
      const command = world.command('whoami', {}, { at: world.inMinutes(minutes).toISOString() });
      expect(await said({ command })).toMatchObject({
        status: 403,
        body: { text: matching(/wanted at most 5 minutes/) },
      });
    },
  );
});

describe('nothing is done when it cannot be known', () => {
  const sending = async () => world.send(await world.request(world.keyOf('sre-one'), { command: whoami() }));

  test.each([
    ['answers with an error', new AwsError('InternalFailure', 'down', 500)],
    ['does not answer', 'drop-connection'],
  ] as const)('who sent it: STS %s', async (_how, effect) => {
    const { faults } = world;
    const fault = { service: 'sts', operation: 'GetCallerIdentity', when: 'before' } as const;
    const id = faults.add({ ...fault, times: 1, effect });
    const answer = await refusedUnrecorded(sending);
    faults.clear(id);
    expect(answer).toMatchObject({
      status: 503,
      body: { text: matching(/STS could not be asked .*nothing was done/) },
    });
  });

  test('whether it came before: the ledger is away', async () => {
    const { ledger } = world;
    ledger.cut();
    const answer = await refusedUnrecorded(sending);
    ledger.restore();
    expect(answer).toMatchObject({
      status: 503,
      body: { text: matching(/ledger does not take .*nothing was done/) },
    });
    expect(await sending()).toMatchObject({ status: 200 });
  });
});

describe("people's keys elsewhere", () => {
  const sts = (key: { accessKeyId: string; secretAccessKey: string }) =>
    // The first attempt is by this machine's clock; its refusal tells the SDK the time there.
    new STSClient({
      endpoint: world.endpoint,
      region: 'us-east-1',
      credentials: key,
      maxAttempts: 2,
    });

  test('say who they are, and only with their secret', async () => {
    const right = sts(world.keyOf('finops-one'));
    await expect(right.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Arn: 'arn:aws:iam::012345678901:user/finops-one',
      UserId: matching(/^AIDA/),
    });
    const wrong = sts({ ...world.keyOf('finops-one'), secretAccessKey: 'guessed' });
    await expect(wrong.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
      message: matching(/^The request signature we calculated/),
    });
    right.destroy();
    wrong.destroy();
  });
});
