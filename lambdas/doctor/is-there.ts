import type { AwsClients } from '../platform/aws.ts';
import { arnOf } from '../platform/iam.ts';
import type { Settings } from '../platform/settings.ts';
import { isThere } from './run-checks.ts';

type ByName = (aws: AwsClients, name: string, settings: Settings) => Promise<boolean>;

/** Whether something of a kind is there, by its name. @throws when nobody can say */
export const thereIs = {
  bucket: async (aws, name) => {
    const s3 = await aws.s3();
    return isThere(() => s3.headBucket({ Bucket: name }));
  },
  function: async (aws, name) => {
    const lambda = await aws.lambda();
    return isThere(() => lambda.getFunctionConfiguration({ FunctionName: name }));
  },
  role: async (aws, name) => {
    const iam = await aws.iam();
    return isThere(() => iam.getRole({ RoleName: name }));
  },
  logGroup: async (aws, name) => {
    const logs = await aws.logs();
    const { logGroups = [] } = await logs.describeLogGroups({ logGroupNamePrefix: name });
    return logGroups.some(({ logGroupName }) => logGroupName === name);
  },
  queue: async (aws, name) => {
    const sqs = await aws.sqs();
    return isThere(() => sqs.getQueueUrl({ QueueName: name }));
  },
  topic: async (aws, name, settings) => {
    const sns = await aws.sns();
    return isThere(() => sns.getTopicAttributes({ TopicArn: arnOf(settings, 'sns', name) }));
  },
} as const satisfies Readonly<Record<string, ByName>>;
