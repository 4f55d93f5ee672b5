import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Pool, type PoolConfig } from 'pg';
import { awsClients } from '../aws.ts';
import { LedgerPool } from './ledger-pool.ts';
import { LEDGER_AUTHORITIES } from '../settings.ts';
import type { LedgerAuth, LedgerConnection } from '../settings.ts';

/** Of an assumed role; without them the function's own are used. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Login {
  readonly auth: LedgerAuth;
  readonly credentials?: RoleCredentials;
}

/** Long enough for a failover's DNS change, short enough for a function that must refuse in time. */
const CONNECT_TIMEOUT_MS = 10_000;
/** The server ends a statement after 60 s; if it is gone, the client does. */
const QUERY_TIMEOUT_MS = 65_000;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

export const isLoopback = (host: string): boolean => LOOPBACK.has(host);

/**
 * A pool on the ledger. A function handles one event at a time, with parallel probes.
 * @throws when TLS is off for a server that is not on loopback
 */
export function connectLedger(
  connection: LedgerConnection,
  region: string,
  login: Login = { auth: connection.auth },
): LedgerPool {
  const options = poolOptions(connection, region, login);
  return new LedgerPool(() => {
    const pool = new Pool(options);
    // An idle connection that breaks must not end the process; the next query takes another.
    pool.on('error', () => undefined);
    return pool;
  });
}

/** Nothing that RDS Proxy or PgBouncer would refuse at the start of a connection. */
export const poolOptions = (connection: LedgerConnection, region: string, login: Login): PoolConfig => ({
  host: connection.host,
  port: connection.port,
  database: connection.database,
  ssl: tls(connection),
  ...passwordOf(connection, region, login),
  max: 4,
  keepAlive: true,
  query_timeout: QUERY_TIMEOUT_MS,
  connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  application_name: 'commercial-ops-responder',
  allowExitOnIdle: true,
});

/** @throws when TLS is off for a server that is not on loopback, or the authorities are missing */
export function tls({ host, tls }: Pick<LedgerConnection, 'host' | 'tls'>): PoolConfig['ssl'] {
  if (tls === 'verify')
    return {
      rejectUnauthorized: true,
      secureContext: authorities(join(process.env['LAMBDA_TASK_ROOT'] ?? '', LEDGER_AUTHORITIES)),
    };
  if (isLoopback(host)) return false;
  throw new Error(
    `ledger.tls is "off" for host "${host}"; only a server on loopback may go without: set it to "verify"`,
  );
}

const contexts = new Map<string, SecureContext>();

/** Read once: there are some ninety of RDS's. */
function authorities(file: string): SecureContext {
  const context = contexts.get(file) ?? createSecureContext({ ca: readFileSync(file) });
  contexts.set(file, context);
  return context;
}

/** The password is read at each connection: secrets rotate and IAM tokens expire. */
function passwordOf(connection: LedgerConnection, region: string, { auth, credentials }: Login): PoolConfig {
  if (auth.kind === 'iam') {
    return {
      user: auth.user,
      password: async () => {
        const { Signer } = await import('@aws-sdk/rds-signer');
        const { host: hostname, port } = connection;
        const as = credentials && { credentials };
        return new Signer({ hostname, port, username: auth.user, region, ...as }).getAuthToken();
      },
    };
  }
  return { user: auth.user, password: async () => (await secretOf(auth.secret, credentials)).password };
}

async function secretOf(
  secret: string,
  credentials: RoleCredentials | undefined,
): Promise<{ password: string }> {
  const client = await awsClients(credentials ? { credentials } : {}).secrets();
  try {
    const { SecretString } = await client.getSecretValue({ SecretId: secret });
    const { password } = JSON.parse(SecretString ?? '{}') as { password?: unknown };
    if (typeof password !== 'string') {
      throw new Error(
        `the ledger's secret ${secret} has no "password"; wanted JSON with a string "password"`,
      );
    }
    return { password };
  } finally {
    client.destroy();
  }
}
