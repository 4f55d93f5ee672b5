import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import {
  freePort,
  isFree,
  removePostgres,
  startPostgres,
  type Postgres,
} from '../../emulator/postgres/postgres.ts';

/** The world of the last start: kept after it has ended, and opened again by `--open`. */
const WORLD = resolve(import.meta.dirname, '../../.sandbox/last');
const OWNER = join(WORLD, 'owner.pid');
const PORT = join(WORLD, 'port');

export interface World {
  readonly dir: string;
  readonly databases: { readonly ledger: string; readonly state: string };
  /** Of the AWS endpoint: the last one, so that what was printed for this world stays true. */
  readonly port: number;
  /** Stops the server; the data stay. */
  close(): Promise<void>;
}

/**
 * Makes an empty world, or opens the last one. What it has started when it fails, it stops.
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
  if (!again) {
    // Its server still runs, if the last start was killed.
    await removePostgres(join(WORLD, 'postgres'));
    rmSync(WORLD, { recursive: true, force: true });
  }
  mkdirSync(WORLD, { recursive: true });
  const postgres = await startPostgres({ dir: join(WORLD, 'postgres') });
  try {
    if (!again) await dropDatabases(postgres);
    const databases = await databasesOf(postgres);
    const port = await portOf(again);
    writeFileSync(OWNER, String(process.pid));
    return {
      dir: WORLD,
      databases,
      port,
      async close() {
        await postgres.stop();
        rmSync(OWNER, { force: true });
      },
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

async function portOf(again: boolean): Promise<number> {
  const last = again && existsSync(PORT) ? Number(readFileSync(PORT, 'utf8')) : undefined;
  const port = last !== undefined && (await isFree(last)) ? last : await freePort();
  writeFileSync(PORT, String(port));
  return port;
}

/** On a server that is somebody's own (`POSTGRES_URL`) the names must not meet theirs. */
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
