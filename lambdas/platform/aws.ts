import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { once } from './once.ts';

export type AwsConfig = Pick<S3ClientConfig, 'maxAttempts' | 'requestHandler' | 'credentials'>;

/** Limits of a call, in milliseconds; a time-out is an error. */
export const within = (requestTimeout: number, connectionTimeout = 3_000) =>
  ({ requestTimeout, connectionTimeout, throwOnRequestTimeout: true }) as const;

export type AwsClients = ReturnType<typeof awsClients>;

/** Each client is a chunk of its own: loaded and made on first use. */
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
