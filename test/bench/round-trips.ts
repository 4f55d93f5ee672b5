import type { Pool } from 'pg';
import type { Sandbox } from '../../sandbox/sandbox.ts';

/** What a run asked of others, each a way there and back. */
export interface RoundTrips {
  /** As the server has logged them, `begin` and `commit` included. */
  readonly statements: readonly string[];
  /** By service and operation, such as `athena:StartQueryExecution`, each as often as it was called. */
  readonly calls: Readonly<Record<string, number>>;
}

const LOGIN = 'responder_runner';
/** The runner's own role, and the one that it assumes to act. */
const ROLES = /^responder-(runner|actor)/;
const LOG = `current_setting('data_directory') || '/../server.log'`;
const LOGGED = /^\S+ \S+ \S+ \[\d+\] LOG: {2}(?:statement|execute [^:]+): (.*)$/;

/** Everything that the runner asks of the ledger and of AWS while `work` goes on. It is to be the only one at work. */
export async function roundTrips(sandbox: Sandbox, work: () => Promise<unknown>): Promise<RoundTrips> {
  const { pool } = sandbox;
  const calls: Record<string, number> = {};
  await logStatements(pool, 'all');
  const from = await sizeOfLog(pool);
  const unwatch = sandbox.watch((seen) => {
    if (seen.kind !== 'call' || !ROLES.test(seen.call.principal.roleName ?? '')) return;
    const name = `${seen.call.service}:${seen.call.operation}`;
    calls[name] = (calls[name] ?? 0) + 1;
  });
  try {
    await work();
  } finally {
    unwatch();
    await logStatements(pool, 'none');
  }
  const { rows } = await pool.query<{ log: string }>(`select pg_read_file(${LOG}, $1, 100000000) as log`, [
    from,
  ]);
  const lines = (rows[0]?.log ?? '').replaceAll('\n\t', ' ').split('\n');
  return { statements: lines.flatMap((line) => LOGGED.exec(line)?.[1]?.trim() ?? []), calls };
}

/** Of the runner's sessions on this database that begin from now on. */
async function logStatements(pool: Pool, which: 'all' | 'none'): Promise<void> {
  const { rows } = await pool.query<{ sql: string }>(
    `select format('alter role ${LOGIN} in database %I set log_statement = %L', current_database(), $1::text) as sql`,
    [which],
  );
  await pool.query(rows[0]?.sql ?? '');
}

async function sizeOfLog(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ size: string }>(`select size::text from pg_stat_file(${LOG})`);
  return rows[0]?.size ?? '0';
}

export const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, one) => all + one, 0);
