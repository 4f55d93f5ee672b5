import { inTheirNames } from './cost-names.ts';
import type { Queryable } from './ledger/queryable.ts';
import { awsClients, within, type AwsClients, type AwsConfig } from './aws.ts';
import { connectLedger, type Login } from './ledger/connection.ts';
import { transaction } from './ledger/transaction.ts';
import type { LedgerPool } from './ledger/ledger-pool.ts';
import { readLedger, type Connections, type LedgerReader } from './ledger/read.ts';
import { withKeys } from './encryption.ts';
import type { IamStatement, Permissions } from './iam.ts';
import { loginOf, type Settings } from './settings.ts';

/** What probes may use: reading clients of the runner's own role. */
export interface ReadTools extends Omit<AwsClients, 'secrets' | 'sts'> {
  readonly ledger: LedgerReader;
  /** For a call that takes minutes and must not be repeated. */
  readonly patientLambda: AwsClients['lambda'];
}

/** What actions may use: clients of the acting role, which never resend. */
export interface ActTools extends Pick<AwsClients, 'autoScaling' | 'glue' | 'lambda' | 'sns' | 'sqs'> {
  /** One transaction on the ledger with the actor's own login. */
  changeLedger<T>(work: (client: Queryable) => Promise<T>): Promise<T>;
}

/** Reads may be repeated: the SDK's standard retry, bounded. */
const LOOKING: AwsConfig = { maxAttempts: 3, requestHandler: within(30_000) };
/** Measuring takes as long as Athena does. */
const WAITING: AwsConfig = { maxAttempts: 1, requestHandler: within(150_000) };
/**
 * A changing call is sent once: a resend after a lost answer would act twice (Glue takes no
 * idempotency token). The time-out makes a lost answer an error, which is then reconciled.
 */
const ACTING: AwsConfig = { maxAttempts: 1, requestHandler: within(20_000) };

export const readTools = (pool: () => Connections, { estate }: Pick<Settings, 'estate'>): ReadTools => ({
  ...awsClients(LOOKING),
  ledger: readLedger(pool, (sql) => inTheirNames(sql, estate.costs, 'ledger')),
  patientLambda: awsClients(WAITING).lambda,
});

/** Of an action: all that acting for it needs to know. */
export interface Acting {
  readonly name: string;
  readonly permissions: Permissions;
}

/** The session tag with the action's name: IAM allows a session what that action declares, and nothing else. */
export const ACTION_TAG = 'action';

/**
 * Assumes the acting role for one action of one run. The role's own policies allow a session what the
 * action of its tag declares; the session policy narrows it once more. The session is named after the
 * run, so that CloudTrail shows which run did what.
 */
export async function actTools(
  settings: Settings,
  run: string,
  { name, permissions }: Acting,
): Promise<ActTools> {
  const sts = await awsClients(LOOKING).sts();
  const { Credentials } = await sts.assumeRole({
    RoleArn: settings.actorRole,
    RoleSessionName: run.slice(0, 64),
    DurationSeconds: 900,
    Policy: sessionPolicy(permissions(settings), settings),
    Tags: [{ Key: ACTION_TAG, Value: name }],
  });
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
    ...awsClients({ ...ACTING, credentials }),
    changeLedger: (work) =>
      changeLedger(settings, { auth: loginOf(settings.ledger.actors, name), credentials }, work),
  };
}

/** The password is read with the acting role, whose session ends with the action. */
async function changeLedger<T>(
  { ledger, region }: Settings,
  login: Login,
  work: (client: Queryable) => Promise<T>,
): Promise<T> {
  const pool = connectLedger(ledger, region, login);
  try {
    return await transaction(pool, work);
  } finally {
    await pool.end();
  }
}

/** STS takes no longer one. */
const POLICY_CHARACTERS = 2_048;

/** Which keys, the role's own policy says: their list would not fit. */
const anyKey = ({ partition, encryptionKeys }: Settings): string[] =>
  encryptionKeys.length === 0 ? [] : [`arn:${partition}:kms:*:*:key/*`];

export function sessionPolicy(permissions: readonly IamStatement[], settings: Settings): string {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: withKeys(permissions, { encryptionKeys: anyKey(settings) }).map(
      ({ actions, resources, conditions }) => ({
        Effect: 'Allow',
        Action: actions,
        Resource: resources,
        ...(conditions && { Condition: conditions }),
      }),
    ),
  });
  if (policy.length <= POLICY_CHARACTERS) return policy;
  throw new Error(
    `the session policy has ${policy.length} characters, and STS takes ${POLICY_CHARACTERS}: give estate.* shorter names, or declare less`,
  );
}

/** This execution environment's pool, made on first use and kept while it is warm. */
export function ledgerPool(settings: Settings): () => LedgerPool {
  let pool: LedgerPool | undefined;
  return () => (pool ??= connectLedger(settings.ledger, settings.region));
}
