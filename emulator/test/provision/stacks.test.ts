import { arn } from '../../kernel/places.ts';
import type { Provisioned } from '../../provision/provisioner.ts';
import { startServices, type Services } from './services.ts';

let services: Services;
beforeEach(() => (services = startServices()));
afterEach(() => services.stop());

const HASH = 'ab'.repeat(32);
type Resources = Record<string, object>;
const deploy = (stackName: string, Resources: Resources): Promise<Provisioned> =>
  services.provisioner.provision({
    stackName,
    template: { Resources },
    assets: new Map([[HASH, '/nowhere']]),
  });

const Statement = { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' };
const Trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
const alarm = {
  AlarmName: 'late',
  Namespace: 'N',
  MetricName: 'm',
  Statistic: 'Maximum',
  Period: 60,
  EvaluationPeriods: 1,
  ComparisonOperator: 'GreaterThanThreshold',
  Threshold: 1,
};
const fn = (name: string, more: object = {}) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: name,
    Handler: 'f.handler',
    Role: arn('iam', 'role/r'),
    Runtime: 'nodejs24.x',
    Timeout: 3,
    MemorySize: 128,
    Code: { S3Bucket: 'b', S3Key: `${HASH}.zip` },
    ...more,
  },
});
/** Each type whose resources have names of their own. */
const NAMED: readonly (readonly [name: string, resource: object])[] = [
  [
    'r',
    { Type: 'AWS::IAM::Role', Properties: { RoleName: 'r', AssumeRolePolicyDocument: { Statement: Trust } } },
  ],
  [
    'p',
    {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ManagedPolicyName: 'p', PolicyDocument: { Statement } },
    },
  ],
  ['t', { Type: 'AWS::SNS::Topic', Properties: { TopicName: 't' } }],
  ['q', { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'q' } }],
  ['late', { Type: 'AWS::CloudWatch::Alarm', Properties: alarm }],
  ['/a/log', { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/a/log' } }],
  ['a-bucket', { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'a-bucket' } }],
  ['f', fn('f')],
  ['s', { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 's', GenerateSecretString: {} } }],
  [
    'every',
    {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: 'every',
        ScheduleExpression: 'rate(5 minutes)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: { Arn: arn('lambda', 'function:f'), RoleArn: arn('iam', 'role/r') },
      },
    },
  ],
];
const typeOf = (resource: object): string => (resource as { Type: string }).Type;
const BROKEN = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'no spaces please' } };

describe('a name', () => {
  test.each(NAMED)(
    '%s is refused while something has it, and free once that is deleted',
    async (name, resource) => {
      await deploy('first', { Thing: resource });
      await deploy('first', typeOf(resource) === 'AWS::Lambda::Function' ? {} : { Thing: resource });
      await expect(
        deploy('second', { Before: { Type: 'AWS::SNS::Topic' }, Thing: resource }),
      ).rejects.toThrow(
        `${typeOf(resource)} Thing of stack second can't be made: ` +
          `Resource of type '${typeOf(resource)}' with identifier '${name}' already exists.`,
      );
      // What the second had made is gone.
      expect(services.sns.topics.all().map(({ arn: one }) => one)).not.toContain(arn('sns', 'second-Before'));
      await services.provisioner.delete('first');
      await deploy('second', { Thing: resource });
    },
  );

  it('that nobody gave is another one in each stack, and so are keys', async () => {
    const Key = {
      Type: 'AWS::KMS::Key',
      Properties: { KeyPolicy: { Statement: { ...Trust, Resource: '*' } } },
    };
    const one = await deploy('first', { Topic: { Type: 'AWS::SNS::Topic' }, Key });
    const two = await deploy('second', { Topic: { Type: 'AWS::SNS::Topic' }, Key });
    for (const id of ['Topic', 'Key'])
      expect(one.resources.get(id)?.ref).not.toBe(two.resources.get(id)?.ref);
    expect(two.leftOver).toEqual([]);
  });
});

describe('a deployment that fails', () => {
  const all = Object.fromEntries(NAMED.map(([, resource], i) => [`R${i}`, resource]));
  const policed = (DeletionPolicy: string): Resources =>
    Object.fromEntries(Object.entries(all).map(([id, one]) => [id, { ...one, DeletionPolicy }]));

  test.each(['Delete', 'RetainExceptOnCreate'])(
    'leaves nothing behind under the policy %s: the second try succeeds',
    async (policy) => {
      const made = policed(policy);
      await expect(
        deploy('stack', { ...made, Last: { ...BROKEN, DependsOn: Object.keys(made) } }),
      ).rejects.toThrow(/Last of stack stack can't be made/);
      expect(services.store.collection('provision.resource').all()).toEqual([]);
      expect((await deploy('stack', made)).resources.size).toBe(NAMED.length);
    },
  );

  it('leaves what is retained, which stands in the way of the second try', async () => {
    const group = {
      Type: 'AWS::Logs::LogGroup',
      DeletionPolicy: 'Retain',
      Properties: { LogGroupName: '/a/log' },
    };
    await expect(deploy('stack', { group, Last: { ...BROKEN, DependsOn: ['group'] } })).rejects.toThrow(
      /Last/,
    );
    await expect(deploy('stack', { group })).rejects.toThrow(/'\/a\/log' already exists/);
  });

  it('leaves what was there before, and takes back only what it has added', async () => {
    const kept = { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'kept' } };
    await deploy('stack', { kept });
    const added = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'added' } };
    await expect(deploy('stack', { kept, added, Last: { ...BROKEN, DependsOn: ['added'] } })).rejects.toThrow(
      /Last/,
    );
    expect(services.sns.topics.all()).toHaveLength(1);
    expect(services.sqs.queues.all()).toEqual([]);
  });
});

describe('a deleted stack', () => {
  test.each(['Retain', 'RetainExceptOnCreate'])('keeps what its policy %s keeps', async (DeletionPolicy) => {
    await deploy('stack', {
      kept: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'a-bucket' }, DeletionPolicy },
      gone: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'gone' } },
    });
    await services.provisioner.delete('stack');
    expect(services.s3.hasBucket('a-bucket')).toBe(true);
    expect(services.sns.topics.all()).toEqual([]);
    await expect(
      deploy('stack', { it: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'a-bucket' } } }),
    ).rejects.toThrow(/already exists/);
  });

  it('cannot have a bucket with anything in it, not even old versions', async () => {
    const Properties = { BucketName: 'a-bucket', VersioningConfiguration: { Status: 'Enabled' } };
    await deploy('stack', { it: { Type: 'AWS::S3::Bucket', Properties } });
    await services.s3.put('a-bucket', 'k', Buffer.from('x'));
    await services.s3.delete('a-bucket', 'k');
    await expect(services.provisioner.delete('stack')).rejects.toThrow(
      /AWS::S3::Bucket it of stack stack can't be deleted: .*must delete all versions/,
    );
    for (const { key, versionId } of services.s3.listVersions('a-bucket'))
      await services.s3.deleteVersion('a-bucket', key, versionId);
    await services.provisioner.delete('stack');
    expect(services.s3.hasBucket('a-bucket')).toBe(false);
  });
});

describe('reserved executions', () => {
  test.each([
    [1_000, 900, true],
    [1_000, 901, false],
    [105, 5, true],
    [104, 5, false],
    [10, 1, false],
  ])('of an account with %i: %i are taken: %s', async (account, ReservedConcurrentExecutions, taken) => {
    services.lambda.concurrency.account = account;
    const deployed = deploy('stack', { Fn: fn('f', { ReservedConcurrentExecutions }) });
    if (taken) await deployed;
    else await expect(deployed).rejects.toThrow(`below its minimum value of [${Math.min(100, account)}]`);
  });
});
