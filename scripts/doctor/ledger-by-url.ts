import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Pool } from 'pg';
import type { Givens } from '../../lambdas/doctor/check.ts';
import { readLedger } from '../../lambdas/platform/ledger/read.ts';
import type { Settings } from '../../lambdas/platform/settings.ts';

const MIGRATIONS = resolve(import.meta.dirname, '../../lambdas/record/migrations');

/** The ledger from this machine, read only. @param url as psql takes it, `sslmode` and all */
export function ledgerByUrl(
  url: string,
  settings: Settings,
): { ledger: Givens['ledger']; end: () => Promise<void> } {
  const { host, port, pathname } = new URL(url);
  const pool = new Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 8_000 });
  pool.on('error', () => undefined);
  const reader = readLedger(() => pool);
  return {
    ledger: {
      settings,
      place: port === '' ? `${host}:5432${pathname}` : `${host}${pathname}`,
      migrations: migrationsHere(),
      query: async <Row extends object>(sql: string, values?: readonly unknown[]) =>
        (await reader.query<Row>(sql, values)).rows,
    },
    end: () => pool.end(),
  };
}

/** By the names of their files, such as `001-record.sql`. */
const migrationsHere = (): Givens['ledger']['migrations'] =>
  readdirSync(MIGRATIONS)
    .flatMap((file) => {
      const [, version, name] = /^(\d+)-(.+)\.sql$/.exec(join(file)) ?? [];
      return version === undefined || name === undefined ? [] : [{ version: Number(version), name }];
    })
    .sort((a, b) => a.version - b.version);
