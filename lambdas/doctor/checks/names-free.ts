import type { AwsClients } from '../../platform/aws.ts';
import type { Settings } from '../../platform/settings.ts';
import { ok, unknown, wrong, type CheckOf, type Finding } from '../check.ts';
import { thereIs } from '../is-there.ts';
import { cannotTell, isThere } from '../run-checks.ts';

interface Kind {
  /** The property with the name. */
  readonly key: string;
  readonly what: string;
  look(aws: AwsClients, name: string, settings: Settings): Promise<boolean>;
  readonly remedy: (name: string) => string;
}

/** Types of resources that the stack names; the others get names that AWS makes up. */
const KINDS: Readonly<Record<string, Kind>> = {
  'AWS::Lambda::Function': {
    key: 'FunctionName',
    what: 'the function',
    look: thereIs.function,
    remedy: (name) => `aws lambda delete-function --function-name ${name}`,
  },
  'AWS::IAM::Role': {
    key: 'RoleName',
    what: 'the role',
    look: thereIs.role,
    remedy: (name) => `aws iam delete-role --role-name ${name} (its policies first)`,
  },
  'AWS::S3::Bucket': {
    key: 'BucketName',
    what: 'the bucket',
    look: thereIs.bucket,
    remedy: (name) => `aws s3 rb s3://${name} (empty it first)`,
  },
  'AWS::SecretsManager::Secret': {
    key: 'Name',
    what: 'the secret',
    look: async (aws, name) => {
      const secrets = await aws.secrets();
      return isThere(() => secrets.describeSecret({ SecretId: name }));
    },
    remedy: (name) => `aws secretsmanager delete-secret --secret-id ${name} --force-delete-without-recovery`,
  },
  'AWS::Logs::LogGroup': {
    key: 'LogGroupName',
    what: 'the log group',
    look: thereIs.logGroup,
    remedy: (name) => `aws logs delete-log-group --log-group-name ${name}`,
  },
  'AWS::SQS::Queue': {
    key: 'QueueName',
    what: 'the queue',
    look: thereIs.queue,
    remedy: (name) =>
      `aws sqs delete-queue --queue-url "$(aws sqs get-queue-url --queue-name ${name} --output text)"`,
  },
  'AWS::SNS::Topic': {
    key: 'TopicName',
    what: 'the topic',
    look: thereIs.topic,
    remedy: (name) => `aws sns delete-topic --topic-arn <the ARN of ${name}>`,
  },
  'AWS::CloudWatch::Alarm': {
    key: 'AlarmName',
    what: 'the alarm',
    look: async (aws, name) => {
      const cloudwatch = await aws.cloudwatch();
      const { MetricAlarms = [] } = await cloudwatch.describeAlarms({ AlarmNames: [name] });
      return MetricAlarms.length > 0;
    },
    remedy: (name) => `aws cloudwatch delete-alarms --alarm-names ${name}`,
  },
};

/** CloudFormation fails where a name is taken, also by what a failed deployment has left behind. */
export const namesFree: CheckOf<'account'> = {
  id: 'names-free',
  asks: 'Are the names of its resources free?',
  needs: 'account',
  async run({ planned: { resources, stack }, aws, settings, deployed }) {
    if (deployed) return [ok(`the stack ${stack} is there, so its names are its own`)];
    const named = resources.flatMap(({ type, properties }) => {
      const kind = KINDS[type];
      const name = kind && properties[kind.key];
      return kind && typeof name === 'string' ? [{ kind, name }] : [];
    });
    const findings = await Promise.all(named.map(({ kind, name }) => taken(kind, name, { aws, settings })));
    const bad = findings.flatMap((finding) => finding ?? []);
    return bad.length > 0 ? bad : [ok(`${named.length} names are free`)];
  },
};

async function taken(
  kind: Kind,
  name: string,
  { aws, settings }: { aws: AwsClients; settings: Settings },
): Promise<Finding | undefined> {
  try {
    if (!(await kind.look(aws, name, settings))) return undefined;
  } catch (error) {
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
    // A bucket's name belongs to all accounts, and S3 does not say whose it is.
    if (kind.key === 'BucketName' && $metadata?.httpStatusCode === 403)
      return unknown(
        `the bucket ${name} is another account's, or you may not look at it`,
        'run it with s3:ListBucket; if it stays, the bucket is not yours: deploy into another Region',
      );
    return cannotTell(error);
  }
  return wrong({
    fault: `The deployment would fail at ${kind.what} ${name}, which is there already`,
    found: `${kind.what} ${name}`,
    wanted: 'no such name in this account and Region',
    remedy: `if nobody needs it: ${kind.remedy(name)}`,
  });
}
