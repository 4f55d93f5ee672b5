import type { AwsClients } from '../../platform/aws.ts';
import { ok, wrong, type CheckOf, type Finding } from '../check.ts';

/** The endpoints that functions talk to, each with a call that only reads. Whether it is allowed does not matter. */
const ENDPOINTS: Readonly<Record<string, (aws: AwsClients, name: string) => Promise<unknown>>> = {
  athena: async (aws, name) => (await aws.athena()).listQueryExecutions({ WorkGroup: name }),
  autoscaling: async (aws) => (await aws.autoScaling()).describeAutoScalingGroups({ MaxRecords: 1 }),
  glue: async (aws, name) => (await aws.glue()).getJobRuns({ JobName: name, MaxResults: 1 }),
  iam: async (aws, name) => (await aws.iam()).getRole({ RoleName: name }),
  lambda: async (aws) => (await aws.lambda()).getAccountSettings({}),
  logs: async (aws) => (await aws.logs()).describeLogGroups({ limit: 1 }),
  monitoring: async (aws) => (await aws.cloudwatch()).describeAlarms({ MaxRecords: 1 }),
  s3: async (aws, name) => (await aws.s3()).headBucket({ Bucket: name }),
  secretsmanager: async (aws, name) => (await aws.secrets()).describeSecret({ SecretId: name }),
  sns: async (aws, name) => (await aws.sns()).getTopicAttributes({ TopicArn: name }),
  sqs: async (aws, name) => (await aws.sqs()).getQueueUrl({ QueueName: name }),
  sts: async (aws) => (await aws.sts()).getCallerIdentity({}),
};

/** A name that nothing has. */
const NOBODY = 'responder-doctor-looks-for-a-way';

export const endpoints: CheckOf<'network'> = {
  id: 'endpoints',
  asks: 'Do the functions reach the AWS services that they need?',
  needs: 'network',
  async run({ settings: { region }, aws }) {
    const findings = await Promise.all(
      Object.entries(ENDPOINTS).map(async ([service, call]): Promise<Finding | undefined> => {
        try {
          await call(aws, NOBODY);
          return undefined;
        } catch (error) {
          // A denial is an answer: the way is open.
          const { $metadata, name } = error as Error & { $metadata?: { httpStatusCode?: number } };
          if ($metadata?.httpStatusCode !== undefined) return undefined;
          const endpoint = service === 'iam' ? 'com.amazonaws.iam' : `com.amazonaws.${region}.${service}`;
          return wrong({
            fault: `The functions do not reach ${service}`,
            found: `no answer (${name})`,
            wanted: `a way to ${service}: an endpoint ${endpoint}, or a NAT gateway`,
            remedy:
              service === 's3'
                ? `aws ec2 create-vpc-endpoint --service-name ${endpoint} (type Gateway) in the route table of the subnets`
                : service === 'iam'
                  ? 'route the subnets to a NAT gateway: outside us-east-1 IAM has no endpoint'
                  : `aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --service-name ${endpoint} with private DNS`,
          });
        }
      }),
    );
    const bad = findings.flatMap((finding) => finding ?? []);
    return bad.length > 0 ? bad : [ok(`${Object.keys(ENDPOINTS).length} services answer`)];
  },
};
