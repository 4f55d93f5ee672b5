import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { startPostgres, type Postgres } from '../../emulator/postgres/postgres.ts';

/** The world of the last start: kept after it has ended, and opened again by `--open`. */
const WORLD = resolve(import.meta.dirname, '../../.sandbox/last');
const OWNER = join(WORLD, 'owner.pid');

export interface World {
  readonly dir: string;
  readonly databases: { readonly ledger: string; readonly state: string };
  /** Stops the server; the data stay. */
  close(): Promise<void>;
}

/**
 * Makes an empty world, or opens the last one.
 * @throws when another start has it open, or there is none to open
 */
export async function openWorld({ again }: { again: boolean }): Promise<World> {
  const owner = existsSync(OWNER) ? Number(readFileSync(OWNER, 'utf8')) : undefined;
  if (owner !== undefined && isAlive(owner)) {
    throw new Error(
      `another start (process ${owner}) is up in this folder; end it first (Ctrl-C there, or kill ${owner})`,
    );
  }
  if (again && !existsSync(WORLD)) throw new Error('there is no world to open: run npm start first');
  mkdirSync(WORLD, { recursive: true });
  let postgres = await startPostgres({ dir: join(WORLD, 'postgres') });
  if (!again) {
    await postgres.stop({ remove: true });
    rmSync(WORLD, { recursive: true, force: true });
    mkdirSync(WORLD, { recursive: true });
    postgres = await startPostgres({ dir: join(WORLD, 'postgres') });
    await dropDatabases(postgres);
  }
  writeFileSync(OWNER, String(process.pid));
  return {
    dir: WORLD,
    databases: await databasesOf(postgres),
    async close() {
      await postgres.stop();
      rmSync(OWNER, { force: true });
    },
  };
}

/** On a server that is somebody's own (`LEDGER_URL`) the names must not meet theirs. */
const LEDGER = 'responder_sandbox_ledger';
const STATE = 'responder_sandbox_state';

async function databasesOf(postgres: Postgres): Promise<World['databases']> {
  return { ledger: await postgres.database(LEDGER), state: await postgres.database(STATE) };
}

/** A server that is not ours still has the last world's. Not by force: another folder's start may be up on them. */
async function dropDatabases({ url }: Postgres): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const name of [LEDGER, STATE]) await client.query(`drop database if exists ${name}`);
  } finally {
    await client.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
}
