import type { AthenaClient } from '@aws-sdk/client-athena';
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { GlueClient } from '@aws-sdk/client-glue';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Pool } from 'pg';
import { connectLedger } from '../ledger/connection.ts';
import { once } from '../once.ts';
import { readLedger, type LedgerReader } from '../ledger/read.ts';
import type { IamStatement } from '../permissions.ts';
import type { Settings } from '../settings.ts';

/** What looks may use: reading clients of the runner's own role, made when first asked for. */
export interface ReadTools {
  readonly ledger: LedgerReader;
  athena(): Promise<AthenaClient>;
  cloudwatch(): Promise<CloudWatchClient>;
  glue(): Promise<GlueClient>;
  iam(): Promise<IAMClient>;
  logs(): Promise<CloudWatchLogsClient>;
  s3(): Promise<S3Client>;
  lambda(): Promise<LambdaClient>;
  /** For a call whose answer takes minutes, and which must not be made twice at once. */
  patientLambda(): Promise<LambdaClient>;
}

/** What actions may use: clients of the acting role, which never resend. */
export interface ActTools {
  glue(): Promise<GlueClient>;
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
    cloudwatch: once(async () => new (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient(LOOKING)),
    glue: once(async () => new (await import('@aws-sdk/client-glue')).GlueClient(LOOKING)),
    iam: once(async () => new (await import('@aws-sdk/client-iam')).IAMClient(LOOKING)),
    logs: once(
      async () => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient(LOOKING),
    ),
    s3: once(async () => new (await import('@aws-sdk/client-s3')).S3Client(LOOKING)),
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
  return {
    glue: once(async () => new (await import('@aws-sdk/client-glue')).GlueClient({ ...ACTING, credentials })),
  };
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
