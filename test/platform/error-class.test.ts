import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { causeOf, tellError } from '../../lambdas/platform/tell-error.ts';
import { carried, classify, retryAfterSeconds, type ErrorClass } from '../../lambdas/platform/error-class.ts';
import { exampleSettings } from '../support/settings.ts';

/** The services' models come with the SDK: each command's errors stand in its documentation. */
const MODELS = join(import.meta.dirname, '..', '..', 'node_modules', '@aws-sdk');
const CLIENTS: Readonly<Record<string, string>> = { autoscaling: 'auto-scaling', logs: 'cloudwatch-logs' };
/** Permissions that are named differently from the calls that they allow. */
const CALLS: Readonly<Record<string, string>> = {
  'lambda:InvokeFunction': 'Invoke',
  's3:ListBucket': 'ListObjectsV2',
  's3:ListMultipartUploadParts': 'ListParts',
};
/** Called in addition to what actions and probes declare. */
const ALSO = ['sts:AssumeRole', 'secretsmanager:GetSecretValue', 'cloudwatch:DescribeAlarms'];

const settings = exampleSettings({});
const called = new Set([
  ...ALSO,
  ...playbooks
    .flatMap(({ actions, probes, recovery }) => [
      ...actions.flatMap((action) => [...action.permissions(settings), ...action.readPermissions(settings)]),
      ...Object.values({ ...probes, ...recovery.probes }).flatMap((probe) => probe.permissions(settings)),
    ])
    .flatMap(({ actions }) => actions)
    .filter((action) => !action.startsWith('rds-db:')),
]);

function errorsOf(action: string): (readonly [name: string, status: number])[] {
  const [service = '', name = ''] = action.split(':');
  const client = CLIENTS[service] ?? (service === 'secretsmanager' ? 'secrets-manager' : service);
  const file = join(
    MODELS,
    `client-${client}`,
    'dist-types/commands',
    `${CALLS[action] ?? name}Command.d.ts`,
  );
  const found = [...readFileSync(file, 'utf8').matchAll(/@throws \{@link (\w+)\} \((\w+) fault/g)];
  return found.map(([, error = '', at]) => [error, at === 'server' ? 500 : 400]);
}

/** What a later try may overcome, of all errors of all calls that the responder makes. */
const NOT_NOW = new Set([
  'ConcurrentRunsExceededException',
  'ExpiredTokenException',
  'InternalErrorException',
  'InternalServerError',
  'InternalServerException',
  'InternalServiceError',
  'InternalServiceException',
  'InternalServiceFault',
  'OperationTimeoutException',
  'ResourceNumberLimitExceededException',
  'FederationSourceRetryableException',
  'ResourceNotReadyException',
  'CodeArtifactUserPendingException',
  'EC2ThrottledException',
  'EC2UnexpectedException',
  'EFSMountConnectivityException',
  'EFSMountTimeoutException',
  'ENILimitReachedException',
  'ENINotReadyException',
  'ResourceConflictException',
  'S3FilesMountConnectivityException',
  'S3FilesMountTimeoutException',
  'ServiceException',
  'ServiceQuotaExceededException',
  'SnapStartNotReadyException',
  'SnapStartTimeoutException',
  'SubnetIPAddressLimitReachedException',
  'TooManyRequestsException',
  'KMSThrottlingException',
  'KmsThrottled',
  'OverLimit',
  'RequestThrottled',
  'ResourceContentionFault',
  'ScalingActivityInProgressFault',
  'ServiceUnavailableException',
  'LimitExceededException',
  'PolicyEvaluationException',
]);
/** What it will not. A name on neither list is new: decide which it is. */
const REFUSED =
  /^(Access|Authorization|Batch|CodeArtifactUser(Deleted|Failed)|Code|DecryptionFailure|DurableExecutionAlready|EC2AccessDenied|EFS(IO|MountFailure)|EmptyBatch|EncryptionType|EndpointDisabled|EntityNotFound|FederationSourceException|Glue|Invalid|KMS|Kms|MalformedPolicy|Malformed|MessageNotInflight|MissingRequired|ModeNot|NoPublished|NoSuch|NotFound|PackedPolicy|PlatformApplication|Precondition|Queue|ReceiptHandleIsInvalid|Recursive|RegionDisabled|RequestTooLarge|ResourceNotFound|S3FilesMountFailure|Serialized|SnapStart(Exception|Regeneration)|TooMany(Entries|Parts)|Unsupported|Validation|MetadataException|UnrecognizedClient|InvalidObject|ReadOnly|StopQuery)/;

const named = (name: string, more: object = {}): Error =>
  Object.assign(new Error('of Acme Ltd'), { name, $metadata: { httpStatusCode: 400 }, ...more });

test('every call that an action or a probe makes is in the models', () => {
  expect([...called].filter((action) => errorsOf(action).length === 0)).toEqual(
    // S3 models no error of these.
    [...called].filter((action) => errorsOf(action).length === 0 && /^(s3|cloudwatch):/.test(action)),
  );
  expect(called.size).toBeGreaterThan(20);
});

describe.each([...called].sort())('%s', (action) => {
  test('each of its errors has a class, and people read its code', () => {
    for (const [name, httpStatusCode] of errorsOf(action)) {
      const expected: ErrorClass | undefined = NOT_NOW.has(name)
        ? 'not-now'
        : REFUSED.test(name)
          ? 'refused'
          : undefined;
      const error = named(name, { $metadata: { httpStatusCode } });
      expect([name, classify(error).class]).toEqual([name, expected ?? 'a decision which class it is']);
      for (const words of [tellError(error), causeOf(error)]) {
        expect(words).toContain(`(${name})`);
        expect(words).not.toContain('Acme');
      }
    }
  });
});

test.each([
  ['AccessDeniedException', 400, 'refused'],
  ['AccessDenied', 403, 'refused'],
  ['ExpiredToken', 400, 'not-now'],
  ['ExpiredTokenException', 403, 'not-now'],
  ['IncompleteSignature', 403, 'refused'],
  ['InternalFailure', 500, 'not-now'],
  ['InternalError', 500, 'not-now'],
  ['InvalidClientTokenId', 403, 'refused'],
  ['MalformedHttpRequestException', 400, 'refused'],
  ['MissingAuthenticationToken', 403, 'refused'],
  ['NotAuthorized', 401, 'refused'],
  ['OptInRequired', 403, 'refused'],
  ['RequestAbortedException', 400, 'unanswered'],
  ['RequestEntityTooLargeException', 413, 'refused'],
  ['RequestExpired', 400, 'not-now'],
  ['RequestLimitExceeded', 503, 'not-now'],
  ['RequestTimeTooSkewed', 403, 'not-now'],
  ['RequestTimeoutException', 408, 'not-now'],
  ['ServiceUnavailable', 503, 'not-now'],
  ['SignatureDoesNotMatch', 403, 'refused'],
  ['SlowDown', 503, 'not-now'],
  ['Throttling', 400, 'not-now'],
  ['ThrottlingException', 400, 'not-now'],
  ['ThrottledException', 400, 'not-now'],
  ['UnknownOperationException', 404, 'refused'],
  ['UnrecognizedClientException', 403, 'refused'],
  ['ValidationError', 400, 'refused'],
  ['OperationAborted', 409, 'not-now'],
  // Of a service's answer without a modelled error.
  ['Unknown', 429, 'not-now'],
  ['Unknown', 502, 'not-now'],
  ['Unknown', 418, 'refused'],
  // Of the SDK itself.
  ['TimeoutError', 0, 'unanswered'],
  ['AbortError', 0, 'unanswered'],
  ['CredentialsProviderError', 0, 'not-now'],
] as const)('%s (%d), which all services share, is %s', (name, httpStatusCode, of) => {
  expect(classify(named(name, { $metadata: { httpStatusCode } })).class).toBe(of);
});

describe('of PostgreSQL', () => {
  const error = (code: string): Error =>
    Object.assign(new Error('key (tenant)=(Acme Ltd)'), { name: 'error', code, severity: 'ERROR' });

  test.each([
    ['08000', 'unanswered', 'the connection broke'],
    ['08006', 'unanswered', 'the connection broke'],
    ['22012', 'refused', 'refused'],
    ['23505', 'refused', 'against a rule of the ledger'],
    ['25006', 'not-now', 'the server is read-only'],
    ['25P03', 'not-now', 'it took too long'],
    ['28P01', 'refused', 'the login is refused'],
    ['3D000', 'refused', 'not there, or not as wanted'],
    ['40001', 'not-now', 'another transaction came first'],
    ['40002', 'not-now', 'the transaction was rolled back'],
    ['40003', 'unanswered', 'the connection broke'],
    ['40P01', 'not-now', 'deadlock'],
    ['42501', 'refused', 'denied'],
    ['42601', 'refused', 'not there, or not as wanted'],
    ['42P01', 'refused', 'a table or column is missing, perhaps until responder-migrate is invoked'],
    ['42703', 'refused', 'a table or column is missing, perhaps until responder-migrate is invoked'],
    ['53100', 'not-now', 'the server has no room'],
    ['53200', 'not-now', 'the server has no room'],
    ['53300', 'not-now', 'too many connections'],
    ['55006', 'not-now', 'in use by another'],
    ['55P03', 'not-now', 'in use by another'],
    ['57014', 'not-now', 'it took too long'],
    ['57P01', 'unanswered', 'the server ended the connection'],
    ['57P02', 'unanswered', 'the server ended the connection'],
    ['57P03', 'not-now', 'the server takes no connections yet'],
    ['57P04', 'refused', 'the database is gone'],
    ['57P05', 'unanswered', 'the server ended the connection'],
    ['58030', 'not-now', 'the server failed'],
    ['P0001', 'refused', 'refused'],
    ['XX000', 'not-now', 'the server failed'],
    ['XX001', 'refused', 'refused'],
  ] as const)('SQLSTATE %s is %s: %s', (code, of, words) => {
    const told = `${words} (PostgreSQL ${code})`;
    expect(classify(error(code))).toEqual({ class: of, words: told });
    // A durable step keeps only name and message.
    const { name, message } = carried(error(code)) as Error;
    expect(classify({ name, message })).toEqual({ class: of, words: told });
    expect([tellError(error(code)), causeOf(error(code))]).toEqual([told, told]);
  });

  test.each([
    'Connection terminated unexpectedly',
    'Connection terminated',
    'Connection terminated due to connection timeout',
    'Client has encountered a connection error and is not queryable',
    'Client was closed and is not queryable',
    'Query read timeout',
    'timeout exceeded when trying to connect',
  ])('%s leaves it open', (text) => {
    expect(classify(new Error(text)).class).toBe('unanswered');
    expect(tellError(new Error(text))).toMatch(/ledger/);
  });
});

test('what has no code is an answer that says no, and only our own text is read by people', () => {
  const own = new TypeError('wanted one');
  expect(classify(own)).toEqual({ class: 'refused', words: undefined });
  expect([tellError(own), causeOf(own)]).toEqual(['wanted one', 'TypeError']);
  for (const none of [undefined, null, 'ECONNRESET', 7]) expect(classify(none).class).toBe('refused');
  expect(causeOf(new Error('tenant Acme Ltd'))).toBe('an error without a code');
});

const now = new Date('2026-11-23T14:00:00Z');
test.each([
  ['1800', 1_800],
  ['0', 0],
  ['-5', 0],
  ['1.2', 2],
  ['Mon, 23 Nov 2026 14:30:00 GMT', 1_800],
  ['Mon, 23 Nov 2026 13:30:00 GMT', 0],
  ['Monday, 23-Nov-26 14:30:00 GMT', 1_800],
  ['Thu, 11 Sep', undefined],
  ['soon', undefined],
  ['', undefined],
  [null, undefined],
] as const)('Retry-After %j is %j seconds', (header, seconds) => {
  expect(retryAfterSeconds(header, now)).toBe(seconds);
});

test('Retry-After of a service is kept with its class', () => {
  const $response = { headers: { 'retry-after': 'Mon, 23 Nov 2026 14:10:00 GMT' } };
  expect(classify(named('ThrottlingException', { $response }), now)).toEqual({
    class: 'not-now',
    words: 'throttled (ThrottlingException)',
    retryAfterSeconds: 600,
  });
});
