import type { AthenaClient } from '@aws-sdk/client-athena';
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { GlueClient } from '@aws-sdk/client-glue';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Pool, PoolClient } from 'pg';
import { connectLedger, type RoleCredentials } from './ledger/connection.ts';
import { transaction } from './ledger/transaction.ts';
import { once } from './once.ts';
import { readLedger, type LedgerReader } from './ledger/read.ts';
import type { IamStatement } from './iam.ts';
import type { Settings } from './settings.ts';

/** What looks may use: reading clients of the runner's own role, made when first asked for. */
export interface ReadTools {
  readonly ledger: LedgerReader;
  athena(): Promise<AthenaClient>;
  autoScaling(): Promise<AutoScalingClient>;
  cloudwatch(): Promise<CloudWatchClient>;
  glue(): Promise<GlueClient>;
  iam(): Promise<IAMClient>;
  logs(): Promise<CloudWatchLogsClient>;
  s3(): Promise<S3Client>;
  sns(): Promise<SNSClient>;
  sqs(): Promise<SQSClient>;
  lambda(): Promise<LambdaClient>;
  /** For a call whose answer takes minutes, and which must not be made twice at once. */
  patientLambda(): Promise<LambdaClient>;
}

/** What actions may use: clients of the acting role, which never resend. */
export interface ActTools {
  autoScaling(): Promise<AutoScalingClient>;
  glue(): Promise<GlueClient>;
  lambda(): Promise<LambdaClient>;
  sns(): Promise<SNSClient>;
  sqs(): Promise<SQSClient>;
  /** One transaction on the ledger as the actor's own login. */
  changeLedger<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
}

/** Looks may be repeated: the SDK's standard retry, bounded. */
const LOOKING = {
  maxAttempts: 3,
  requestHandler: { requestTimeout: 30_000, connectionTimeout: 3_000, throwOnRequestTimeout: true },
} as const;
/** Measuring takes as long as Athena does. */
const WAITING = {
  maxAttempts: 1,
  requestHandler: { requestTimeout: 150_000, connectionTimeout: 3_000, throwOnRequestTimeout: true },
} as const;
/**
 * A changing call is sent once: a resend after a lost answer would act twice (Glue takes no idempotency token).
 * The time-out makes a lost answer an error, which is then reconciled.
 */
const ACTING = {
  maxAttempts: 1,
  requestHandler: { requestTimeout: 20_000, connectionTimeout: 3_000, throwOnRequestTimeout: true },
} as const;

export function readTools(pool: () => Pool): ReadTools {
  return {
    ledger: readLedger(pool),
    athena: once(async () => new (await import('@aws-sdk/client-athena')).AthenaClient(LOOKING)),
    autoScaling: once(
      async () => new (await import('@aws-sdk/client-auto-scaling')).AutoScalingClient(LOOKING),
    ),
    cloudwatch: once(async () => new (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient(LOOKING)),
    glue: once(async () => new (await import('@aws-sdk/client-glue')).GlueClient(LOOKING)),
    iam: once(async () => new (await import('@aws-sdk/client-iam')).IAMClient(LOOKING)),
    logs: once(
      async () => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient(LOOKING),
    ),
    s3: once(async () => new (await import('@aws-sdk/client-s3')).S3Client(LOOKING)),
    sns: once(async () => new (await import('@aws-sdk/client-sns')).SNSClient(LOOKING)),
    sqs: once(async () => new (await import('@aws-sdk/client-sqs')).SQSClient(LOOKING)),
    lambda: once(async () => new (await import('@aws-sdk/client-lambda')).LambdaClient(LOOKING)),
    patientLambda: once(async () => new (await import('@aws-sdk/client-lambda')).LambdaClient(WAITING)),
  };
}

/**
 * Assumes the acting role for one action of one run, narrowed by a session policy to that action's permissions.
 * The role session's name is the run's id: CloudTrail shows which run did what.
 */
export async function actTools(
  settings: Settings,
  run: string,
  permissions: readonly IamStatement[],
): Promise<ActTools> {
  const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts');
  const sts = new STSClient(LOOKING);
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: settings.actorRole,
      RoleSessionName: run.slice(0, 64),
      DurationSeconds: 900,
      Policy: sessionPolicy(permissions),
    }),
  );
  sts.destroy();
  if (!Credentials?.AccessKeyId || !Credentials.SecretAccessKey) {
    throw new Error(`STS gave no credentials for ${settings.actorRole}`);
  }
  const credentials = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    ...(Credentials.SessionToken && { sessionToken: Credentials.SessionToken }),
  };
  const acting = { ...ACTING, credentials };
  return {
    autoScaling: once(
      async () => new (await import('@aws-sdk/client-auto-scaling')).AutoScalingClient(acting),
    ),
    glue: once(async () => new (await import('@aws-sdk/client-glue')).GlueClient(acting)),
    lambda: once(async () => new (await import('@aws-sdk/client-lambda')).LambdaClient(acting)),
    sns: once(async () => new (await import('@aws-sdk/client-sns')).SNSClient(acting)),
    sqs: once(async () => new (await import('@aws-sdk/client-sqs')).SQSClient(acting)),
    changeLedger: (work) => changeLedger(settings, credentials, work),
  };
}

/** A login for one transaction: its password is read with the acting role, which ends with the action. */
async function changeLedger<T>(
  settings: Settings,
  credentials: RoleCredentials,
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const { ledger, region } = settings;
  const pool = connectLedger(ledger, region, { auth: ledger.actor, credentials });
  try {
    return await transaction(pool, work);
  } finally {
    await pool.end();
  }
}

function sessionPolicy(permissions: readonly IamStatement[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: permissions.map(({ actions, resources, conditions }) => ({
      Effect: 'Allow',
      Action: actions,
      Resource: resources,
      ...(conditions && { Condition: conditions }),
    })),
  });
}

/** The ledger's pool of this execution environment, made when first used and kept while it is warm. */
export function ledgerPool(settings: Settings): () => Pool {
  let pool: Pool | undefined;
  return () => (pool ??= connectLedger(settings.ledger, settings.region));
}
