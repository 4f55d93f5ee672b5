import { ACCOUNT, FUNCTION_URL_PREFIX } from '../kernel/places.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Credentials } from '../kernel/credentials.ts';
import { AwsError } from '../kernel/service.ts';
import type { Principal } from '../kernel/service.ts';
import type { Iam } from '../aws/iam.ts';
import { ANONYMOUS, scopeOf, secretOf } from '../wire/caller.ts';
import { header } from '../wire/message.ts';
import type { WireAnswer, WireRequest } from '../wire/message.ts';
import { verifySignature } from '../wire/signature.ts';
import type { Lambda } from './lambda.ts';

export interface FunctionUrlNeeds {
  readonly clock: Clock;
  readonly credentials: Credentials;
  readonly iam: Pick<Iam, 'check' | 'idOf'>;
  readonly lambda: Lambda;
}

interface Caller {
  readonly accessKey: string;
  readonly principal: Principal;
}

/** Lambda's answer to every forbidden call. */
const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';

/**
 * Serves functions by their URLs. With IAM, a URL accepts only issued keys and verifies every
 * signature (in the API any unknown key is root); without, the function's policy must allow
 * everybody.
 */
export function serveFunctionUrls(needs: FunctionUrlNeeds) {
  return async (request: WireRequest, requestId: string): Promise<WireAnswer> => {
    const [name = ''] = request.path.slice(FUNCTION_URL_PREFIX.length).split('/');
    try {
      needs.lambda.urlOf(name);
      const caller = admitted(name, request, needs);
      const event = urlEvent(request, { name, requestId, caller, needs });
      const { payload = 'null', functionError } = await needs.lambda.invoke({
        function: name,
        payload: event,
        type: 'RequestResponse',
      });
      return functionError ? json(502, { Message: 'Internal Server Error' }) : answerOf(payload);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return json(error.status ?? 400, {
        [error.code === 'AccessDeniedException' ? 'Message' : 'message']: error.message,
      });
    }
  };
}

/** @returns undefined for an unauthenticated caller of a URL without IAM */
function admitted(name: string, request: WireRequest, needs: FunctionUrlNeeds): Caller | undefined {
  const { lambda, iam } = needs;
  if (lambda.urlAuthOf(name) === 'NONE') {
    if (lambda.permissions.openToAll(name)) return undefined;
    throw new AwsError('AccessDeniedException', FORBIDDEN, 403);
  }
  const caller = provenBy(request, needs);
  authorize(caller.principal, lambda.functions.resolve(name).fn.arn, iam);
  return caller;
}

function provenBy(request: WireRequest, { clock, credentials }: FunctionUrlNeeds): Caller {
  const scope = scopeOf(request);
  if (!scope) throw new AwsError('AccessDeniedException', FORBIDDEN, 403);
  if (scope.signingName !== 'lambda') {
    const message = `Credential should be scoped to correct service: 'lambda'.`;
    throw new AwsError('InvalidSignatureException', message, 403);
  }
  verifySignature(request, secretOf(request, scope, credentials), clock.now());
  return { accessKey: scope.accessKeyId, principal: credentials.principalOf(scope.accessKeyId) ?? ANONYMOUS };
}

/** Since October 2025 a URL needs both permissions: to use it, and to invoke the function by it. */
function authorize(principal: Principal, functionArn: string, iam: FunctionUrlNeeds['iam']): void {
  const wanted = [
    ['lambda:InvokeFunctionUrl', { 'lambda:FunctionUrlAuthType': 'AWS_IAM' }],
    ['lambda:InvokeFunction', { 'lambda:InvokedViaFunctionUrl': 'true' }],
  ] as const;
  for (const [action, context] of wanted) {
    if (!iam.check(principal, action, functionArn, context).allowed)
      throw new AwsError('AccessDeniedException', FORBIDDEN, 403);
  }
}

/** Payload format 2.0. */
function urlEvent(
  request: WireRequest,
  {
    name,
    requestId,
    caller,
    needs,
  }: { name: string; requestId: string; caller: Caller | undefined; needs: FunctionUrlNeeds },
): Record<string, unknown> {
  const { clock, iam } = needs;
  const now = clock.now();
  const path = request.path.slice(FUNCTION_URL_PREFIX.length + name.length) || '/';
  const isText = /^(text\/|application\/(json|xml|javascript))/.test(
    header(request.headers, 'content-type') ?? '',
  );
  const domainName = header(request.headers, 'host') ?? '';
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: request.query.toString(),
    headers: Object.fromEntries(
      Object.keys(request.headers).map((key) => [key, header(request.headers, key) ?? '']),
    ),
    ...(request.query.size > 0 && { queryStringParameters: Object.fromEntries(request.query) }),
    requestContext: {
      accountId: caller ? ACCOUNT : 'anonymous',
      apiId: name,
      ...(caller && { authentication: null, authorizer: { iam: identityOf(caller, iam) } }),
      domainName,
      domainPrefix: domainName.split('.')[0],
      http: {
        method: request.method,
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: header(request.headers, 'user-agent') ?? '',
      },
      requestId,
      routeKey: '$default',
      stage: '$default',
      time: clfTime(now),
      timeEpoch: now.getTime(),
    },
    ...(request.body.length > 0 && { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
}

const identityOf = ({ accessKey, principal }: Caller, iam: FunctionUrlNeeds['iam']) => ({
  accessKey,
  accountId: ACCOUNT,
  callerId: iam.idOf(principal),
  cognitoIdentity: null,
  principalOrgId: null,
  userArn: principal.arn,
  userId: iam.idOf(principal),
});

/** As in an access log: `23/Nov/2026:14:00:00 +0000`. */
function clfTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

/** An answer with a status is sent as such; anything else is the body. */
function answerOf(payload: string): WireAnswer {
  const result = JSON.parse(payload) as {
    statusCode?: number;
    headers?: Record<string, string>;
    body?: string;
    isBase64Encoded?: boolean;
  } | null;
  if (typeof result?.statusCode !== 'number') {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: payload };
  }
  const { statusCode: status, headers = {}, body = '', isBase64Encoded = false } = result;
  const lower = Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value] as const);
  return {
    status,
    headers: { 'content-type': 'application/json', ...Object.fromEntries<string>(lower) },
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  };
}

const json = (status: number, body: object): WireAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
