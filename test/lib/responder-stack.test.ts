import { X509Certificate } from 'node:crypto';
import { NAMES } from '../../lib/names.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOYMENT_FILE, LEDGER_AUTHORITIES, settingsOf } from '../../lambdas/platform/settings.ts';
import { sampleConfig, sampleProduct } from './sample-product.ts';
import { StackUnderTest, type Statement } from './stack-under-test.ts';

let stack: StackUnderTest;
beforeAll(async () => {
  stack = await StackUnderTest.of();
});

const statementsOf = (policy: unknown): Statement[] => (policy as { Statement: Statement[] }).Statement;
const alarmTopic = NAMES.topics.alarms;
const sreTopic = NAMES.topics.sre;

describe('alarms reach the dispatcher', () => {
  it('lets CloudWatch of this account use the key and publish, so that alarms do not vanish', () => {
    const [key] = stack.all('AWS::KMS::Key');
    expect(statementsOf(key?.Properties['KeyPolicy'])).toContainEqual(
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } },
      }),
    );
    for (const topic of stack.all('AWS::SNS::Topic')) {
      expect(topic.Properties['KmsMasterKeyId']).toBe(`${key?.logicalId}.Arn`);
    }
    const publishers = stack
      .all('AWS::SNS::TopicPolicy')
      .filter(({ Properties }) =>
        statementsOf(Properties['PolicyDocument']).some(({ Effect }) => Effect === 'Allow'),
      )
      .flatMap(({ Properties }) => Properties['Topics'] as string[]);
    // Alarms call nobody but SRE: the others hear of people and runs alone.
    expect(publishers.sort()).toEqual([alarmTopic, sreTopic].sort());
    const policy = stack
      .all('AWS::SNS::TopicPolicy')
      .find(({ Properties }) => (Properties['Topics'] as string[]).includes(alarmTopic));
    const allowed = statementsOf(policy?.Properties['PolicyDocument']).filter(
      ({ Effect }) => Effect === 'Allow',
    );
    expect(allowed).toEqual([
      expect.objectContaining({
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Condition: {
          StringEquals: { 'aws:SourceAccount': '111122223333' },
          ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*' },
        },
      }),
    ]);
  });

  it('refuses whoever does not use TLS, on every topic, queue and bucket', () => {
    const policies = ['AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy', 'AWS::S3::BucketPolicy'].flatMap(
      (type) => stack.all(type),
    );
    expect(policies).toHaveLength(5 + 4 + 3);
    for (const { Properties } of policies) {
      expect(statementsOf(Properties['PolicyDocument'])).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    }
  });

  it('makes each alarm that a playbook declares, which tells the topic of ALARM and of OK', () => {
    const declared = sampleProduct.playbooks.flatMap(({ alarms }) => alarms);
    for (const { name } of declared) {
      expect(stack.named('AWS::CloudWatch::Alarm', name)).toMatchObject({
        Namespace: 'CommercialOps',
        AlarmActions: [alarmTopic],
        OKActions: [alarmTopic],
      });
    }
    expect(stack.named('AWS::CloudWatch::Alarm', 'cur-freshness')).toMatchObject({
      MetricName: 'cur_freshness_days',
      Statistic: 'Minimum',
      Period: 900,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 2,
      DatapointsToAlarm: 2,
      EvaluationPeriods: 3,
      TreatMissingData: 'missing',
    });
    expect(stack.named('AWS::CloudWatch::Alarm', 'signals-missing')).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
    });
  });

  it('refuses to measure less often than an alarm looks', async () => {
    const config = { ...sampleConfig, schedules: { signalsMinutes: 20 } };
    await expect(StackUnderTest.of({ config })).rejects.toThrow(
      /signalsMinutes is 20.*"cur-freshness".*at most 15/s,
    );
  });

  it('keeps what SNS cannot deliver and what the dispatcher cannot do', () => {
    const [subscription] = stack.all('AWS::SNS::Subscription');
    expect(subscription?.Properties).toMatchObject({
      TopicArn: alarmTopic,
      Protocol: 'lambda',
      Endpoint: 'responder-dispatcher.Arn',
      RedrivePolicy: { deadLetterTargetArn: 'commercial-ops-alarms-dead-letters.Arn' },
    });
    expect(stack.named('AWS::Lambda::Function', 'responder-dispatcher')).toMatchObject({
      DeadLetterConfig: { TargetArn: 'responder-dispatcher-dead-letters.Arn' },
    });
  });

  it('raises an alarm for every queue of dead letters, to SRE and not through itself', () => {
    const queues = stack.all('AWS::SQS::Queue');
    expect(queues).toHaveLength(4);
    for (const { Properties } of queues) {
      expect(stack.named('AWS::CloudWatch::Alarm', Properties['QueueName'] as string)).toMatchObject({
        Namespace: 'AWS/SQS',
        MetricName: 'ApproximateNumberOfMessagesVisible',
        Dimensions: [{ Name: 'QueueName', Value: `${String(Properties['QueueName'])}.QueueName` }],
        Threshold: 0,
        AlarmActions: [sreTopic],
      });
    }
  });
});

describe('functions', () => {
  it('are told everything, in the form that they read', () => {
    const told = stack.named('AWS::Lambda::Function', 'responder-runner')['Environment'] as {
      Variables: Record<string, string>;
    };
    const deployment: unknown = JSON.parse(
      readFileSync(join(stack.synthesised.assetDir, DEPLOYMENT_FILE), 'utf8'),
    );
    const settings = settingsOf(deployment, told.Variables['RESPONDER_SETTINGS'] ?? '');
    expect(settings).toMatchObject({
      account: '111122223333',
      runner: 'arn:aws:lambda:eu-west-1:111122223333:function:responder-runner:live',
      rehearser: 'arn:aws:lambda:eu-west-1:111122223333:function:responder-rehearser:live',
      actorRole: 'arn:aws:iam::111122223333:role/responder-actor-eu-west-1',
      topics: { sre: 'arn:aws:sns:eu-west-1:111122223333:commercial-ops-sre' },
      bucket: 'commercial-ops-responder-111122223333-eu-west-1',
    });
    // Of RDS in each Region, and of what RDS Proxy shows; beside the code, and read with the first connection.
    const authorities = readFileSync(join(stack.synthesised.assetDir, LEDGER_AUTHORITIES), 'utf8')
      .split(/(?<=-----END CERTIFICATE-----\n)/)
      .map((pem) => new X509Certificate(pem).subject);
    expect(authorities).toContainEqual(expect.stringContaining('CN=Amazon RDS eu-west-1 Root CA RSA2048 G1'));
    expect(authorities).toContainEqual(expect.stringContaining('CN=Amazon Root CA 1'));
    expect(authorities.join()).not.toMatch(/2019|Beta|Preview/);
    expect(told.Variables['NODE_EXTRA_CA_CERTS']).toBeUndefined();
  });

  it('have environments that Lambda takes', () => {
    for (const { Properties } of stack.all('AWS::Lambda::Function')) {
      const { Variables } = Properties['Environment'] as { Variables: Record<string, string> };
      expect(Buffer.byteLength(Object.entries(Variables).flat().join(''))).toBeLessThan(4_096);
    }
  });

  it('have no executions reserved, but for what the configuration says', async () => {
    const reserved = (of: StackUnderTest): Record<string, unknown> => {
      const found: Record<string, unknown> = {};
      for (const { Properties } of of.all('AWS::Lambda::Function'))
        if (Properties['ReservedConcurrentExecutions'] !== undefined)
          found[String(Properties['FunctionName'])] = Properties['ReservedConcurrentExecutions'];
      return found;
    };
    expect(reserved(stack)).toEqual({});
    const concurrency = { acknowledge: 5, dispatcher: 10, runner: 20, rehearser: 5, manual: 2 };
    const limited = await StackUnderTest.of({ config: { ...sampleConfig, concurrency } });
    expect(reserved(limited)).toEqual({
      'responder-acknowledge': 5,
      'responder-dispatcher': 10,
      'responder-runner': 20,
      'responder-rehearser': 5,
      'responder-manual': 2,
    });
  });

  it('write to a log group of their own that forgets', () => {
    for (const name of Object.values(NAMES.functions)) {
      expect(stack.named('AWS::Lambda::Function', name)['LoggingConfig']).toEqual({
        LogGroup: `/aws/lambda/${name}`,
      });
      expect(stack.named('AWS::Logs::LogGroup', `/aws/lambda/${name}`)['RetentionInDays']).toBe(90);
    }
  });

  it('let the durable runner be reached through `live` alone, and keep the versions that runs stand on', () => {
    expect(stack.named('AWS::Lambda::Function', 'responder-runner')).toMatchObject({
      DurableConfig: { ExecutionTimeout: 7 * 86_400, RetentionPeriodInDays: 14 },
      DeadLetterConfig: { TargetArn: 'responder-runner-dead-letters.Arn' },
    });
    const [version] = stack.all('AWS::Lambda::Version');
    const [alias] = stack.all('AWS::Lambda::Alias');
    expect(version?.DeletionPolicy).toBe('Retain');
    expect(alias?.Properties).toMatchObject({
      Name: 'live',
      FunctionName: 'responder-runner',
      FunctionVersion: `${version?.logicalId}.Version`,
    });
  });

  it('are called on time: signals every 5 minutes, the sweep every 10, the report each morning', () => {
    const schedules = stack
      .all('AWS::Scheduler::Schedule')
      .map(({ Properties }) => [
        (Properties['Target'] as { Arn: string }).Arn,
        Properties['ScheduleExpression'],
      ]);
    expect(schedules).toEqual([
      ['responder-signals.Arn', 'rate(5 minutes)'],
      ['responder-sweep.Arn', 'rate(10 minutes)'],
      ['responder-report.Arn', 'cron(0 7,8,9,10 * * ? *)'],
    ]);
  });

  it('make the daily report on the operator’s clocks, in the hours that the day still has', async () => {
    const config = {
      ...sampleConfig,
      schedules: { reportAt: '21:30' },
      limits: { freeze: { zone: 'Europe/Berlin' } },
    };
    const other = await StackUnderTest.of({ config });
    const [schedule] = other
      .all('AWS::Scheduler::Schedule')
      .filter(({ Properties }) => (Properties['Target'] as { Arn: string }).Arn === 'responder-report.Arn');
    expect(schedule?.Properties).toMatchObject({
      ScheduleExpression: 'cron(30 21,22,23 * * ? *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
    });
  });
});

describe('a second instance', () => {
  const named = ({ template }: StackUnderTest): string[] =>
    Object.values(template.Resources).flatMap(({ Type, Properties }) =>
      Object.entries(Properties)
        .filter(
          ([key]) =>
            /^(\w*Name|TopicName|AlarmName)$/.test(key) && !/^(FunctionVersion|MetricName|Metrics)/.test(key),
        )
        .flatMap(([key, value]) =>
          OF_ANOTHER[Type]?.includes(key) ? [] : [`${Type} ${JSON.stringify(value)}`],
        ),
    );
  /** Names of something else than the resource itself, and those that are unique within another name. */
  const OF_ANOTHER: Record<string, readonly string[]> = {
    'AWS::CloudWatch::Alarm': ['MetricName'],
    'AWS::Lambda::Alias': ['FunctionName', 'Name'],
    'AWS::Lambda::EventInvokeConfig': ['FunctionName'],
    'AWS::Lambda::Permission': ['FunctionName'],
    'AWS::Lambda::Version': ['FunctionName'],
    'AWS::IAM::Policy': ['PolicyName'],
  };

  it('shares no name, no namespace and no key with the first', async () => {
    const second = await StackUnderTest.of({ config: { ...sampleConfig, prefix: 'second' } });
    const first = new Set(named(stack));
    expect(first.size).toBeGreaterThan(80);
    expect(named(second).filter((name) => first.has(name))).toEqual([]);
    const spaces = ({ template }: StackUnderTest): Set<unknown> =>
      new Set(
        Object.values(template.Resources)
          .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
          .map(({ Properties }) => Properties['Namespace']),
      );
    expect([...spaces(second)].filter((one) => spaces(stack).has(one))).toEqual(['AWS/SQS', 'AWS/Lambda']);
    // What it is told, and may do, names nothing of the first.
    expect(JSON.stringify(second.template.Resources)).not.toMatch(
      /responder-\w|"responder\/|function:responder/,
    );
  });

  it('has a name that fits everywhere, and is never the beginning of another instance’s', async () => {
    for (const prefix of ['a', 'Second', 'a-b', 'thirteenchars', '2nd'])
      await expect(StackUnderTest.of({ config: { ...sampleConfig, prefix } })).rejects.toThrow(
        /2 to 12 characters a-z and 0-9/,
      );
    const { template } = await StackUnderTest.of({ config: { ...sampleConfig, prefix: 'twelveletter' } });
    expect(Object.keys(template.Resources).length).toBeGreaterThan(100);
  });
});

it('puts the Region into every name that is not of a Region', () => {
  for (const type of ['AWS::IAM::Role', 'AWS::IAM::ManagedPolicy', 'AWS::S3::Bucket'])
    for (const { Properties } of stack.all(type))
      expect(Properties['RoleName'] ?? Properties['ManagedPolicyName'] ?? Properties['BucketName']).toMatch(
        /-eu-west-1$/,
      );
});

it('leaves nothing behind when its first deployment fails, so that the second finds its names free', () => {
  const left = Object.values(stack.template.Resources).filter(
    ({ DeletionPolicy }) => DeletionPolicy === 'Retain',
  );
  // Versions go with their function, and a migration has made nothing but the schema.
  expect(new Set(left.map(({ Type }) => Type))).toEqual(
    new Set(['AWS::CloudFormation::CustomResource', 'AWS::Lambda::Version']),
  );
});

describe('the record', () => {
  it('is private, versioned, encrypted, kept with the stack gone, and for 24 months at least', () => {
    const [bucket] = stack.all('AWS::S3::Bucket');
    expect(bucket).toMatchObject({
      DeletionPolicy: 'RetainExceptOnCreate',
      Properties: {
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      },
    });
    const { Rules } = bucket?.Properties['LifecycleConfiguration'] as {
      Rules: { Prefix?: string; ExpirationInDays?: number }[];
    };
    const evidence = Rules.find(({ Prefix }) => Prefix === 'evidence/');
    expect(evidence?.ExpirationInDays).toBeGreaterThanOrEqual(731);
  });
});

describe('the anchors', () => {
  it('stand under Object Lock for as long as evidence is kept, and outlive the stack', () => {
    const bucket = stack.named('AWS::S3::Bucket', 'commercial-ops-responder-anchors-111122223333-eu-west-1');
    expect(bucket).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 24 * 31 } },
      },
      VersioningConfiguration: { Status: 'Enabled' },
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
    const policies = stack.all('AWS::S3::Bucket').map(({ DeletionPolicy }) => DeletionPolicy);
    expect(policies).toEqual(Array(3).fill('RetainExceptOnCreate'));
  });

  it('are beside evidence under Object Lock, too, which none of our roles may bypass', () => {
    const bucket = stack.named('AWS::S3::Bucket', 'commercial-ops-responder-111122223333-eu-west-1');
    expect(bucket).toMatchObject({
      ObjectLockEnabled: true,
      ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 24 * 31 } } },
    });
    expect(JSON.stringify(stack.template.Resources)).not.toMatch(
      /BypassGovernance|PutObjectRetention|DeleteObjectVersion/,
    );
  });

  it('and evidence lock nothing of a stack that is thrown away, and go with it', async () => {
    const thrownAway = await StackUnderTest.of({ config: { ...sampleConfig, keepData: false } });
    const resources = Object.values(thrownAway.template.Resources);
    expect(JSON.stringify(resources)).not.toContain('DefaultRetention');
    const kept = resources.filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'));
    expect(new Set(kept.map(({ Type }) => Type))).toEqual(
      new Set(['AWS::CloudFormation::CustomResource', 'AWS::Lambda::Version']),
    );
  });
});

describe('queries in Athena', () => {
  const results = 'commercial-ops-responder-athena-111122223333-eu-west-1';

  it('have a workgroup of their own, which no query overrides, with a limit, and forget their results', () => {
    const [workgroup] = stack.all('AWS::Athena::WorkGroup');
    expect(workgroup?.Properties).toMatchObject({
      Name: 'responder',
      RecursiveDeleteOption: true,
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true,
        BytesScannedCutoffPerQuery: 100_000_000_000,
        ResultConfiguration: { OutputLocation: `s3://${results}/results/` },
      },
    });
    const { LifecycleConfiguration } = stack.named('AWS::S3::Bucket', results);
    expect(LifecycleConfiguration).toMatchObject({ Rules: [{ ExpirationInDays: 7, Status: 'Enabled' }] });
  });

  it('run in the workgroup of Commercial-Ops where the deployment has none', async () => {
    const without = await StackUnderTest.of({ config: { ...sampleConfig, ownWorkgroup: false } });
    expect(without.all('AWS::Athena::WorkGroup')).toEqual([]);
    expect(without.all('AWS::S3::Bucket')).toHaveLength(2);
  });
});

describe("the example's configuration", () => {
  it('is refused by CloudFormation, with what to do', async () => {
    const ledger = { ...sampleConfig.ledger, host: 'ledger.example.invalid' };
    const { template } = await StackUnderTest.of({ config: { ledger } });
    expect(JSON.stringify(template.Rules['NotTheExample'])).toContain('cdk deploy -c responder=');
    expect(stack.template.Rules['NotTheExample']).toBeUndefined();
  });
});
