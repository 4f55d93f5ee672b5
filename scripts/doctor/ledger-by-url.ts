import { Pool, type PoolConfig } from 'pg';
import type { Givens } from '../../lambdas/doctor/check.ts';
import { isLoopback } from '../../lambdas/platform/ledger/connection.ts';
import { readLedger } from '../../lambdas/platform/ledger/read.ts';
import type { Settings } from '../../lambdas/platform/settings.ts';
import { migrationFiles } from '../migration-files.ts';

/**
 * The driver takes "require" for the full check and knows no authorities of RDS; psql's other words for it are not the
 * driver's, either. So the check is the functions' own, whatever the URL says.
 */
export function optionsOf(url: string, authorities: string): PoolConfig {
  const bare = new URL(url);
  if (isLoopback(bare.hostname)) return { connectionString: url };
  for (const name of [...bare.searchParams.keys()])
    if (name.startsWith('ssl')) bare.searchParams.delete(name);
  return { connectionString: bare.href, ssl: { ca: authorities, rejectUnauthorized: true } };
}

/** The ledger from this machine, read only. @param url as psql takes it, `sslmode` and all */
export function ledgerByUrl(
  url: string,
  settings: Settings,
  authorities: string,
): { ledger: Givens['ledger']; end: () => Promise<void> } {
  const { host, port, pathname } = new URL(url);
  const pool = new Pool({ ...optionsOf(url, authorities), max: 2, connectionTimeoutMillis: 8_000 });
  pool.on('error', () => undefined);
  const reader = readLedger(() => pool);
  return {
    ledger: {
      settings,
      place: port === '' ? `${host}:5432${pathname}` : `${host}${pathname}`,
      migrations: migrationFiles(),
      query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
        (await reader.query<Row>(sql, values)).rows,
    },
    end: () => pool.end(),
  };
}
