import { ROOT } from '../../kernel/credentials.ts';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import type { PutMetricAlarmCommandInput, PutMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { GetJobRunCommand, GlueClient, StartJobRunCommand } from '@aws-sdk/client-glue';
import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetTopicAttributesCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { PublishCommandInput } from '@aws-sdk/client-sns';
import { AwsError, operation } from '../../kernel/service.ts';
import type { Operation, ServiceDefinition } from '../../kernel/service.ts';
import { makeWorld, serve, START } from './serve.ts';
import type { Served } from './serve.ts';

/** Services that return their input, one for each protocol. */
const ALARM_TIME = new Date('2025-09-10T07:59:30.250Z');
const seen: {
  metrics?: PutMetricDataCommandInput;
  alarm?: PutMetricAlarmCommandInput;
  published?: PublishCommandInput;
} = {};
const anywhere = { action: 'test:Any', resource: () => '*' };

const sns: ServiceDefinition = {
  signingName: 'sns',
  sdk: () => import('@aws-sdk/client-sns'),
  clientClass: 'SNSClient',
  operations: {
    Publish: operation<PublishCommandInput, unknown>({
      ...anywhere,
      handle(input) {
        if (!input.TopicArn?.endsWith(':known'))
          throw new AwsError('NotFoundException', 'Topic <&> does not exist');
        seen.published = input;
        return { MessageId: 'm-1' };
      },
    }),
    GetTopicAttributes: operation<object, unknown>({
      ...anywhere,
      handle: () => ({ Attributes: { Policy: '{"a":"<&>"}', DisplayName: 'x' } }),
    }),
  },
};

const cloudwatch: ServiceDefinition = {
  signingName: 'monitoring',
  sdk: () => import('@aws-sdk/client-cloudwatch'),
  clientClass: 'CloudWatchClient',
  operations: {
    PutMetricAlarm: operation<PutMetricAlarmCommandInput, void>({
      ...anywhere,
      handle(input) {
        if (input.AlarmName === 'gone') throw new AwsError('ResourceNotFound', 'no such alarm');
        seen.alarm = input;
      },
    }),
    PutMetricData: operation<PutMetricDataCommandInput, void>({
      ...anywhere,
      handle(input) {
        seen.metrics = input;
      },
    }),
    DescribeAlarms: operation<object, unknown>({
      ...anywhere,
      handle: () => ({
        MetricAlarms: [
          {
            AlarmName: 'cur-freshness',
            Threshold: 36.5,
            ActionsEnabled: true,
            StateUpdatedTimestamp: ALARM_TIME,
            Dimensions: [{ Name: 'a', Value: 'b' }],
          },
        ],
      }),
    }),
  },
};

const glue: ServiceDefinition = {
  signingName: 'glue',
  sdk: () => import('@aws-sdk/client-glue'),
  clientClass: 'GlueClient',
  operations: {
    StartJobRun: operation<{ JobName: string; Arguments?: Record<string, string> }, unknown>({
      ...anywhere,
      handle({ JobName, Arguments }) {
        if (JobName === 'busy') throw new AwsError('ConcurrentRunsExceededException', 'one at a time');
        if (JobName === 'broken') throw new TypeError('a mistake of ours');
        return { JobRunId: `jr_${JobName}_${JSON.stringify(Arguments)}` };
      },
    }),
    GetJobRun: operation<object, unknown>({
      ...anywhere,
      handle: () => ({
        JobRun: { Id: 'jr_1', StartedOn: ALARM_TIME, ExecutionTime: 12, JobRunState: 'RUNNING' },
      }),
    }),
  },
};

const invocation: Operation = operation<Record<string, unknown>, unknown>({
  ...anywhere,
  handle: (input) => ({
    StatusCode: 202,
    ExecutedVersion: '7',
    Payload: Buffer.from(
      JSON.stringify({ ...input, Payload: Buffer.from(input['Payload'] as Uint8Array).toString() }),
    ),
  }),
});
const lambda: ServiceDefinition = {
  signingName: 'lambda',
  sdk: () => import('@aws-sdk/client-lambda'),
  clientClass: 'LambdaClient',
  operations: {
    Invoke: invocation,
    GetFunctionConfiguration: operation<{ FunctionName: string }, unknown>({
      ...anywhere,
      handle({ FunctionName }) {
        if (FunctionName === 'gone')
          throw new AwsError('ResourceNotFoundException', `Function not found: ${FunctionName}`);
        return { FunctionName, Environment: { Variables: { A: '1' } }, Timeout: 30 };
      },
    }),
  },
};

const world = makeWorld();
// By hand, without a signature.
world.credentials.admit({ accessKeyId: 'AKIAPERSON', secretAccessKey: '' }, { arn: ROOT.arn });
let served: Served;
beforeAll(async () => {
  served = await serve(world, [sns, cloudwatch, glue, lambda]);
});
afterAll(() => served.close());

describe('awsQuery', () => {
  test('reads structures, maps of structures and blobs, and writes maps with what XML must escape', async () => {
    const client = new SNSClient(served.config());
    const TopicArn = 'arn:aws:sns:us-east-1:012345678901:known';
    const MessageAttributes = {
      severity: { DataType: 'String', StringValue: 'SEV-2 <&> ü' },
      digest: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 7]) },
    };
    const { MessageId } = await client.send(
      new PublishCommand({ TopicArn, Message: 'a=b&c=+ü', MessageAttributes }),
    );
    expect(MessageId).toBe('m-1');
    expect(seen.published).toMatchObject({ TopicArn, Message: 'a=b&c=+ü' });
    expect(seen.published?.MessageAttributes?.['severity']).toEqual(MessageAttributes.severity);
    expect([...(seen.published?.MessageAttributes?.['digest']?.BinaryValue ?? [])]).toEqual([0, 255, 7]);

    const { Attributes } = await client.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toEqual({ Policy: '{"a":"<&>"}', DisplayName: 'x' });
  });

  test("an error arrives as the SDK's own exception", async () => {
    const publish = new SNSClient(served.config()).send(
      new PublishCommand({ TopicArn: 'arn:x:nope', Message: 'm' }),
    );
    await expect(publish).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Topic <&> does not exist',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('CloudWatch takes it too, with lists of structures in lists of structures', async () => {
    const parameters = new URLSearchParams({
      Action: 'PutMetricAlarm',
      Version: '2010-08-01',
      AlarmName: 'ratio',
      EvaluationPeriods: '3',
      ActionsEnabled: 'true',
      Threshold: '0.5',
      ComparisonOperator: 'GreaterThanThreshold',
      OKActions: '',
      'Metrics.member.2.Id': 'e1',
      'Metrics.member.2.Expression': 'm1/2',
      'Metrics.member.1.Id': 'm1',
      'Metrics.member.1.MetricStat.Metric.Namespace': 'CommercialOps',
      'Metrics.member.1.MetricStat.Metric.Dimensions.member.1.Name': 'service',
      'Metrics.member.1.MetricStat.Metric.Dimensions.member.1.Value': 'AmazonEC2',
      'Metrics.member.1.MetricStat.Metric.Dimensions.member.2.Name': 'tenant',
      'Metrics.member.1.MetricStat.Metric.Dimensions.member.2.Value': 'TEN-00123',
      'Metrics.member.1.MetricStat.Period': '300',
    });
    const answer = await post(parameters.toString(), 'monitoring', {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toMatch(
      /^<PutMetricAlarmResponse xmlns="http:\/\/monitoring.amazonaws.com[^>]*><ResponseMetadata>/,
    );
    const Dimensions = [
      { Name: 'service', Value: 'AmazonEC2' },
      { Name: 'tenant', Value: 'TEN-00123' },
    ];
    expect(seen.alarm).toEqual({
      AlarmName: 'ratio',
      EvaluationPeriods: 3,
      ActionsEnabled: true,
      Threshold: 0.5,
      ComparisonOperator: 'GreaterThanThreshold',
      OKActions: [],
      Metrics: [
        { Id: 'm1', MetricStat: { Metric: { Namespace: 'CommercialOps', Dimensions }, Period: 300 } },
        { Id: 'e1', Expression: 'm1/2' },
      ],
    });
  });

  test('writes lists and times as XML', async () => {
    const answer = await post('Action=DescribeAlarms', 'monitoring', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    const text = await answer.text();
    expect(text).toContain(
      '<DescribeAlarmsResult><MetricAlarms><member><AlarmName>cur-freshness</AlarmName>',
    );
    expect(text).toContain('<StateUpdatedTimestamp>2025-09-10T07:59:30.250Z</StateUpdatedTimestamp>');
    expect(text).toContain('<Dimensions><member><Name>a</Name><Value>b</Value></member></Dimensions>');
  });
});

describe('awsJson', () => {
  test('1.1 with maps and times', async () => {
    const client = new GlueClient(served.config());
    const start = await client.send(
      new StartJobRunCommand({ JobName: 'cur', Arguments: { '--period': '2025-09' } }),
    );
    expect(start.JobRunId).toBe('jr_cur_{"--period":"2025-09"}');
    const { JobRun } = await client.send(new GetJobRunCommand({ JobName: 'cur', RunId: 'jr_1' }));
    expect(JobRun).toEqual({ Id: 'jr_1', StartedOn: ALARM_TIME, ExecutionTime: 12, JobRunState: 'RUNNING' });
  });

  test("errors: the SDK's own exception, and our mistakes as a failure of the service", async () => {
    const client = new GlueClient(served.config());
    await expect(client.send(new StartJobRunCommand({ JobName: 'busy' }))).rejects.toMatchObject({
      name: 'ConcurrentRunsExceededException',
      message: 'one at a time',
      $metadata: { httpStatusCode: 400 },
    });
    await expect(client.send(new StartJobRunCommand({ JobName: 'broken' }))).rejects.toMatchObject({
      name: 'InternalFailure',
      $metadata: { httpStatusCode: 500 },
    });
  });

  test('1.0 with query compatibility: the exception and the old code of the query protocol', async () => {
    const client = new CloudWatchClient(served.config());
    const settings = { EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' as const };
    await client.send(new PutMetricAlarmCommand({ AlarmName: 'a', Threshold: 1.25, ...settings }));
    expect(seen.alarm).toMatchObject({ AlarmName: 'a', Threshold: 1.25 });
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({}));
    expect(MetricAlarms?.[0]).toMatchObject({
      AlarmName: 'cur-freshness',
      StateUpdatedTimestamp: ALARM_TIME,
    });
    await expect(
      client.send(new PutMetricAlarmCommand({ AlarmName: 'gone', ...settings })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFound',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('many datapoints at once, which the SDK sends gzipped', async () => {
    const MetricData = Array.from({ length: 500 }, (_, i) => ({
      MetricName: `metric-number-${i}`,
      Value: i / 4,
    }));
    const client = new CloudWatchClient(served.config());
    let encoding: string | undefined;
    client.middlewareStack.add(
      (next) => (args) => {
        encoding = (args.request as { headers: Record<string, string> }).headers['content-encoding'];
        return next(args);
      },
      { step: 'finalizeRequest' },
    );
    await client.send(new PutMetricDataCommand({ Namespace: 'CommercialOps', MetricData }));
    expect(encoding).toBe('gzip');
    expect(seen.metrics?.MetricData).toEqual(MetricData);
  });

  test('a body that is no JSON is refused as such', async () => {
    const answer = await post('{"JobName"', 'glue', {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSGlue.StartJobRun',
    });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ __type: 'SerializationException' }),
    ]);
  });
});

describe('restJson1', () => {
  test('binds path, query, headers, payload and status code', async () => {
    const FunctionName = 'arn:aws:lambda:us-east-1:012345678901:function:responder-runner:live';
    const answer = await new LambdaClient(served.config()).send(
      new InvokeCommand({
        FunctionName,
        Qualifier: 'live',
        InvocationType: 'Event',
        DurableExecutionName: 'n-1',
        Payload: Buffer.from('{"a":1}'),
      }),
    );
    expect(answer).toMatchObject({ StatusCode: 202, ExecutedVersion: '7' });
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({
      FunctionName,
      Qualifier: 'live',
      InvocationType: 'Event',
      DurableExecutionName: 'n-1',
      Payload: '{"a":1}',
    });
  });

  test('writes a body and errors', async () => {
    const client = new LambdaClient(served.config());
    const found = await client.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'responder-signals' }),
    );
    expect(found).toMatchObject({
      FunctionName: 'responder-signals',
      Environment: { Variables: { A: '1' } },
      Timeout: 30,
    });
    await expect(
      client.send(new GetFunctionConfigurationCommand({ FunctionName: 'gone' })),
    ).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: gone',
      $metadata: { httpStatusCode: 404 },
    });
  });
});

describe('what is not emulated', () => {
  test('an operation is refused by name, in the words of its protocol', async () => {
    const { ListTopicsCommand } = await import('@aws-sdk/client-sns');
    const { StopTriggerCommand } = await import('@aws-sdk/client-glue');
    const { ListFunctionsCommand } = await import('@aws-sdk/client-lambda');
    const refusal = { name: 'UnknownOperationException', $metadata: { httpStatusCode: 501 } };
    const query = new SNSClient(served.config()).send(new ListTopicsCommand({}));
    await expect(query).rejects.toMatchObject(refusal);
    await expect(query).rejects.toThrow(
      /^sns.ListTopics is not emulated\. Emulated operations of sns: GetTopicAttributes, Publish\./,
    );
    const json = new GlueClient(served.config()).send(new StopTriggerCommand({ Name: 't' }));
    await expect(json).rejects.toMatchObject(refusal);
    const rest = new LambdaClient(served.config()).send(new ListFunctionsCommand({}));
    await expect(rest).rejects.toThrow(/^lambda.ListFunctions is not emulated/);
  });

  test('a service is, and so is a request without a signature', async () => {
    const service = await post('{}', 'states', { 'x-amz-target': 'AWSStepFunctions.StartExecution' });
    expect([service.status, await service.text()]).toEqual([
      501,
      expect.stringContaining('the service states is not emulated'),
    ]);
    const unsigned = await fetch(served.url, { method: 'POST', body: '{}' });
    expect([unsigned.status, await unsigned.text()]).toEqual([403, expect.stringContaining('not signed')]);
  });

  test('a definition that names an operation its SDK does not have fails loudly', async () => {
    const typo: ServiceDefinition = { ...glue, operations: { StartJobRuns: invocation } };
    const other = await serve(makeWorld(), [typo]);
    const call = new GlueClient(other.config()).send(new StartJobRunCommand({ JobName: 'x' }));
    await expect(call).rejects.toThrow(/glue.StartJobRuns is not an operation/);
    await other.close();
  });
});

test('answers carry the time of the emulator and a request id', async () => {
  const answer = await post('Action=DescribeAlarms', 'monitoring', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  expect(answer.headers.get('date')).toBe(START.toUTCString());
  expect(answer.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/);
});

function post(
  body: string | Uint8Array,
  service: string,
  headers: Record<string, string>,
  path = '/',
): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIAPERSON/20250910/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  return fetch(`${served.url}${path}`, {
    method: 'POST',
    body: Buffer.from(body),
    headers: { ...headers, authorization },
  });
}
