import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { once } from './once.ts';

/** What all of AWS's clients take alike. */
export type AwsConfig = Pick<S3ClientConfig, 'maxAttempts' | 'requestHandler' | 'credentials'>;

/** How long a call may take, in milliseconds; a time-out is an error, and the connection has seconds. */
export const within = (requestTimeout: number, connectionTimeout = 3_000) =>
  ({ requestTimeout, connectionTimeout, throwOnRequestTimeout: true }) as const;

export type AwsClients = ReturnType<typeof awsClients>;

/** AWS's clients, each in a chunk of its own: loaded and made when first asked for. */
export const awsClients = (config: AwsConfig) => ({
  athena: once(async () => new (await import('@aws-sdk/client-athena')).Athena(config)),
  autoScaling: once(async () => new (await import('@aws-sdk/client-auto-scaling')).AutoScaling(config)),
  cloudwatch: once(async () => new (await import('@aws-sdk/client-cloudwatch')).CloudWatch(config)),
  glue: once(async () => new (await import('@aws-sdk/client-glue')).Glue(config)),
  iam: once(async () => new (await import('@aws-sdk/client-iam')).IAM(config)),
  lambda: once(async () => new (await import('@aws-sdk/client-lambda')).Lambda(config)),
  logs: once(async () => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogs(config)),
  s3: once(async () => new (await import('@aws-sdk/client-s3')).S3(config)),
  secrets: once(async () => new (await import('@aws-sdk/client-secrets-manager')).SecretsManager(config)),
  sns: once(async () => new (await import('@aws-sdk/client-sns')).SNS(config)),
  sqs: once(async () => new (await import('@aws-sdk/client-sqs')).SQS(config)),
  sts: once(async () => new (await import('@aws-sdk/client-sts')).STS(config)),
});
