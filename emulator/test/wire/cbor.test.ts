import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import { AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols';
import { AwsError, operation } from '../../kernel/service.ts';
import { makeWorld, serve } from './serve.ts';
import type { Served } from './serve.ts';

/** SDKs of other languages speak CBOR to CloudWatch; here the JavaScript client is made to. */
let served: Served;
let seen: PutMetricAlarmCommandInput | undefined;
const UPDATED = new Date('2025-09-10T07:59:30.250Z');

beforeAll(async () => {
  const anywhere = { action: 'cloudwatch:Any', resource: () => '*' };
  served = await serve(makeWorld(), [
    {
      signingName: 'monitoring',
      sdk: () => import('@aws-sdk/client-cloudwatch'),
      clientClass: 'CloudWatchClient',
      operations: {
        PutMetricAlarm: operation<PutMetricAlarmCommandInput, void>({
          ...anywhere,
          handle(input) {
            if (input.AlarmName === 'gone') throw new AwsError('ResourceNotFound', 'no such alarm');
            seen = input;
          },
        }),
        DescribeAlarms: operation<object, unknown>({
          ...anywhere,
          handle: () => ({
            MetricAlarms: [{ AlarmName: 'a', Threshold: 0.1, StateUpdatedTimestamp: UPDATED }],
          }),
        }),
      },
    },
  ]);
});
afterAll(() => served.close());

const client = () => {
  const json = new CloudWatchClient(served.config());
  const { defaultNamespace, errorTypeRegistries } = json.config
    .protocolSettings as unknown as ConstructorParameters<typeof AwsSmithyRpcV2CborProtocol>[0];
  const settings = {
    defaultNamespace,
    ...(errorTypeRegistries && { errorTypeRegistries }),
    awsQueryCompatible: true,
  };
  return new CloudWatchClient({ ...served.config(), protocol: new AwsSmithyRpcV2CborProtocol(settings) });
};

test('reads and writes CBOR: lists, numbers, times', async () => {
  const alarm: PutMetricAlarmCommandInput = {
    AlarmName: 'ratio',
    EvaluationPeriods: 2,
    Threshold: 0.25,
    ComparisonOperator: 'LessThanThreshold',
    Dimensions: [{ Name: 'service', Value: 'ü' }],
  };
  expect(client().config.protocol.getShapeId()).toBe('smithy.protocols#rpcv2Cbor');
  await client().send(new PutMetricAlarmCommand(alarm));
  expect(seen).toEqual(alarm);
  const { MetricAlarms } = await client().send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms).toEqual([{ AlarmName: 'a', Threshold: 0.1, StateUpdatedTimestamp: UPDATED }]);
});

test('errors keep their exception', async () => {
  const put = new PutMetricAlarmCommand({
    AlarmName: 'gone',
    EvaluationPeriods: 1,
    ComparisonOperator: 'LessThanThreshold',
  });
  await expect(client().send(put)).rejects.toMatchObject({
    name: 'ResourceNotFound',
    $metadata: { httpStatusCode: 404 },
  });
});
