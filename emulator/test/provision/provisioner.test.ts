import { arn } from '../../kernel/places.ts';
import type { Provisioned } from '../../provision/provisioner.ts';
import { startServices, type Services } from './services.ts';

let services: Services;
beforeEach(() => (services = startServices()));
afterEach(() => services.stop());

const provision = (template: object, assets = new Map<string, string>()): Promise<Provisioned> =>
  services.provisioner.provision({ stackName: 'small', template, assets });
const only = (Type: string, Properties: object = {}) => ({ Resources: { Thing: { Type, Properties } } });
const topic = { Type: 'AWS::SNS::Topic' };

describe('the provisioner', () => {
  it('creates resources after those that they refer to or depend on, in any order of the template', async () => {
    const { outputs } = await provision({
      Resources: {
        Policy: {
          Type: 'AWS::SQS::QueuePolicy',
          Properties: {
            Queues: [{ Ref: 'Queue' }],
            PolicyDocument: {
              Statement: {
                Effect: 'Allow',
                Principal: { Service: 'sns.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: { 'Fn::GetAtt': ['Queue', 'Arn'] },
              },
            },
          },
        },
        Queue: {
          Type: 'AWS::SQS::Queue',
          Properties: { QueueName: 'letters', MessageRetentionPeriod: 120 },
          DependsOn: 'Topic',
        },
        Topic: topic,
      },
      Outputs: { Queue: { Value: { 'Fn::GetAtt': ['Queue', 'Arn'] } }, Topic: { Value: { Ref: 'Topic' } } },
    });
    expect(outputs).toEqual({ Queue: arn('sqs', 'letters'), Topic: arn('sns', 'small-Topic') });
    expect(services.sqs.queue(arn('sqs', 'letters'))).toMatchObject({ retentionSeconds: 120 });
    await services.sqs.sendFrom(
      'sns.amazonaws.com',
      arn('sns', 'small-Topic'),
      arn('sqs', 'letters'),
      'hello',
    );
  });

  it.each([
    [
      'a type that it does not know',
      only('AWS::DynamoDB::Table'),
      /AWS::DynamoDB::Table Thing of stack small can't be made: the emulator knows no such type/,
    ],
    [
      'a property that could change the behaviour',
      only('AWS::SNS::Subscription', {
        TopicArn: 't',
        Protocol: 'sqs',
        Endpoint: 'e',
        RawMessageDelivery: true,
      }),
      /Subscription Thing .* does not emulate its RawMessageDelivery/,
    ],
    [
      'a bucket policy that is more than a refusal of plain HTTP',
      only('AWS::S3::BucketPolicy', {
        Bucket: 'b',
        PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject' }] },
      }),
      /only bucket policies that refuse plain HTTP/,
    ],
    [
      'code that was not given',
      only('AWS::Lambda::Function', {
        FunctionName: 'f',
        Handler: 'f.handler',
        Role: 'r',
        Runtime: 'nodejs24.x',
        Timeout: 3,
        MemorySize: 128,
        Code: { S3Bucket: 'b', S3Key: `${'ab'.repeat(32)}.zip` },
      }),
      /its code is asset (ab)+, which was not given; given: none/,
    ],
    ['a reference to nothing', only('AWS::SNS::Topic', { TopicName: { Ref: 'Nobody' } }), /refers to Nobody/],
    [
      'an attribute that a resource has not',
      {
        Resources: {
          Topic: topic,
          Group: {
            Type: 'AWS::Logs::LogGroup',
            Properties: { LogGroupName: { 'Fn::GetAtt': ['Topic', 'Colour'] } },
          },
        },
      },
      /attribute Colour of Topic \(AWS::SNS::Topic\), whose attributes here are: TopicArn, TopicName/,
    ],
    [
      'a circle',
      { Resources: { A: { ...topic, DependsOn: 'B' }, B: { ...topic, DependsOn: ['A'] } } },
      /depend on each other: A → B → A/,
    ],
  ])('refuses %s, by name', async (_what, template, message) => {
    await expect(provision(template)).rejects.toThrow(message);
  });

  it('leaves out what a condition leaves out', async () => {
    const { resources } = await provision({
      Conditions: { Never: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'mars-north-1'] } },
      Resources: { Here: topic, NotHere: { ...topic, Condition: 'Never' } },
    });
    expect([...resources.keys()]).toEqual(['Here']);
  });

  it('takes a change of an alarm, and keeps its state', async () => {
    const template = (Threshold: number) =>
      only('AWS::CloudWatch::Alarm', {
        AlarmName: 'late',
        Namespace: 'CommercialOps',
        MetricName: 'lag',
        Statistic: 'Maximum',
        Period: 60,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanThreshold',
        Threshold,
      });
    await provision(template(1));
    await services.cloudwatch.setAlarmState({
      AlarmName: 'late',
      StateValue: 'ALARM',
      StateReason: 'a test',
    });
    await provision(template(2));
    expect(services.store.collection('cloudwatch.alarm').get('late')).toMatchObject({
      settings: { threshold: 2 },
      state: { value: 'ALARM' },
    });
  });

  it('names what an earlier template left behind', async () => {
    await provision({ Resources: { Old: topic, Kept: topic } });
    const { leftOver } = await provision({ Resources: { Kept: topic } });
    expect(leftOver).toEqual(['Old']);
  });
});
