import { Estate } from '../../lambdas/platform/settings.ts';
import { changeBy, onlyReads } from '../../sandbox/observed-actions.ts';
import type { CallRecord } from '../../emulator/wire/exchange.ts';

const estate = Estate.parse({});
const topic = (name: string): string => `arn:aws:sns:us-east-1:012345678901:${name}`;
const by = (roleName: string | undefined, call: string, input: CallRecord['input'] = {}): CallRecord => {
  const [service = '', operation = ''] = call.split(':');
  const principal = { arn: `arn:aws:iam::012345678901:role/${roleName}`, ...(roleName && { roleName }) };
  return { service, operation, input, principal, ms: 1 };
};
const named = (...call: Parameters<typeof by>) => changeBy(by(...call), estate);

test.each([
  ['glue:StartJobRun', {}, 'glue:StartJobRun'],
  ['lambda:Invoke', { FunctionName: 'allocation_runner' }, 'lambda:Invoke allocation_runner'],
  ['lambda:UpdateFunctionConfiguration', { FunctionName: 'x' }, 'lambda:UpdateFunctionConfiguration x'],
  ['sns:Publish', { TopicArn: topic('tenant-notices') }, 'sns:Publish tenant-notices'],
  ['s3:PutObject', { Bucket: 'cur-bucket' }, 's3:PutObject'],
  ['athena:StartQueryExecution', { QueryString: 'insert into t select 1' }, 'athena:StartQueryExecution'],
  ['sqs:DeleteMessage', {}, 'sqs:DeleteMessage'],
  // Nobody knows it: so it counts.
  ['athena:ReshuffleEverything', {}, 'athena:ReshuffleEverything'],
  ['lambda:CheckpointEverything', { FunctionName: 'x' }, 'lambda:CheckpointEverything x'],
])('%s changes Commercial-Ops, whichever part of the responder calls it', (call, input, name) => {
  for (const role of [
    'responder-actor-us-east-1',
    'responder-report-us-east-1',
    'responder-sweep-us-east-1',
  ]) {
    expect(named(role, call, input)).toBe(name);
  }
  expect(named(undefined, call, input)).toBeUndefined();
  expect(named('cur-ingest-prod', call, input)).toBeUndefined();
  expect(
    changeBy({ ...by('responder-actor-us-east-1', call, input), struck: 'before' }, estate),
  ).toBeUndefined();
});

test.each([
  ['athena:BatchGetQueryExecution', {}],
  ['glue:BatchGetPartition', {}],
  ['athena:StartQueryExecution', { QueryString: '\n  select 1' }],
  ['logs:FilterLogEvents', {}],
  ['sts:AssumeRole', {}],
  ['kms:Decrypt', {}],
  ['monitoring:PutMetricData', {}],
  ['s3:PutObject', { Bucket: 'commercial-ops-responder-012345678901-us-east-1' }],
  ['sns:Publish', { TopicArn: topic('commercial-ops-sre') }],
  ['lambda:Invoke', { FunctionName: 'responder-escalation' }],
  ['lambda:Invoke', { FunctionName: 'allocation_runner', InvocationType: 'DryRun' }],
  ['lambda:SendDurableExecutionCallbackSuccess', {}],
])('%s %j changes nothing of Commercial-Ops', (call, input) => {
  expect(named('responder-report', call, input)).toBeUndefined();
});

/** What the verbs say against what the SDK's own model says: a REST operation that reads is a GET or a HEAD. */
test.each(['lambda', 's3', 'glue'])('verbs agree with the model of %s', async (service) => {
  const sdk = (await import(`@aws-sdk/client-${service}`)) as Record<string, unknown>;
  const OPERATION_KIND = 9;
  const operations = Object.values(sdk)
    .filter((schema): schema is unknown[] => Array.isArray(schema) && schema[0] === OPERATION_KIND)
    .flatMap((schema) => {
      const http = (schema[3] as { http?: readonly [string] } | undefined)?.http;
      return http ? [{ operation: String(schema[2]), reads: ['GET', 'HEAD'].includes(http[0]) }] : [];
    });
  expect(operations.length).toBeGreaterThan(0);
  const changing = operations.filter(
    ({ operation, reads }) => !reads && onlyReads({ service, operation, input: {} }),
  );
  // Both are questions with a body.
  expect(changing.map(({ operation }) => operation)).toEqual(
    { s3: ['SelectObjectContent'], glue: expect.arrayContaining(['SearchAssets']) as unknown }[service] ?? [],
  );
  const reading = operations.filter(
    ({ operation, reads }) => reads && !onlyReads({ service, operation, input: {} }),
  );
  expect(reading.map(({ operation }) => operation)).toEqual(service === 's3' ? ['CreateSession'] : []);
});
