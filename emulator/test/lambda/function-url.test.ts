import { Credentials } from '../../kernel/credentials.ts';
import { serveFunctionUrls } from '../../lambda/function-url.ts';
import type { PermissionSpec } from '../../lambda/permissions.ts';
import { startServices, type Services } from '../provision/services.ts';

let services: Services;
beforeEach(() => {
  services = startServices();
});
afterEach(() => services.stop());

const use: Omit<PermissionSpec, 'functionName'> = {
  principal: '*',
  action: 'lambda:InvokeFunctionUrl',
  functionUrlAuthType: 'NONE',
};
const invoke: Omit<PermissionSpec, 'functionName'> = {
  principal: '*',
  action: 'lambda:InvokeFunction',
  invokedViaFunctionUrl: true,
};

async function answered(statements: readonly Omit<PermissionSpec, 'functionName'>[]) {
  const { lambda, clock, iam } = services;
  const events: unknown[] = [];
  lambda.registerNative({ name: 'open', handler: async (event) => events.push(event) });
  lambda.createFunctionUrl('open', 'NONE');
  for (const one of statements) lambda.addPermission({ functionName: 'open', ...one });
  const serve = serveFunctionUrls({ clock, iam, lambda, credentials: new Credentials() });
  const { status } = await serve(
    {
      method: 'GET',
      path: '/_url/open/',
      query: new URLSearchParams('t=1'),
      headers: {},
      body: Buffer.alloc(0),
    },
    'request-1',
  );
  return { status, event: events[0] as { requestContext: Record<string, unknown> } | undefined };
}

test('a URL with nothing in front takes anybody, once the function’s policy says both that AWS asks for', async () => {
  const { status, event } = await answered([use, invoke]);
  expect(status).toBe(200);
  expect(event).toMatchObject({
    rawPath: '/',
    rawQueryString: 't=1',
    requestContext: { accountId: 'anonymous', http: { method: 'GET', sourceIp: '127.0.0.1' } },
  });
  expect(event?.requestContext).not.toHaveProperty('authorizer');
});

test.each([
  ['nothing', []],
  ['the URL alone', [use]],
  ['the function alone', [invoke]],
  ['a URL with IAM in front', [{ ...use, functionUrlAuthType: 'AWS_IAM' as const }, invoke]],
  ['a service alone', [{ ...use, principal: 'sns.amazonaws.com' }, invoke]],
])('with a policy that allows %s it refuses', async (_what, statements) => {
  expect(await answered(statements)).toEqual({ status: 403, event: undefined });
});

test('whom the URL lets in may not invoke by itself', async () => {
  await answered([use, invoke]);
  await expect(
    services.lambda.invoke({
      function: 'open',
      type: 'RequestResponse',
      payload: {},
      caller: { service: '*' },
    }),
  ).rejects.toThrow(/may not invoke open/);
});
