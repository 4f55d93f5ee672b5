import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { Client } from 'pg';
import {
  freePort,
  isFree,
  removePostgres,
  startPostgres,
  type Postgres,
} from '../../emulator/postgres/postgres.ts';

const FOLDER = resolve(import.meta.dirname, '../../.sandbox');
/** Each start makes a world of its own here. */
const WORLDS = join(FOLDER, 'worlds');
/** Leads to the world of the last start that came up: kept after it has ended, and opened again by `--open`. */
const LAST = join(FOLDER, 'last');
const OWNER = join(FOLDER, 'owner.pid');

export interface World {
  readonly dir: string;
  readonly databases: { readonly ledger: string; readonly state: string };
  /** Of the AWS endpoint: the last one, so that what was printed for this world stays true. */
  readonly port: number;
  /** From now on it is the last world; the one before goes. Until then a failure leaves that one as it was. */
  keep(): Promise<void>;
  /** Stops the server. The data stay, if the world was kept. */
  close(): Promise<void>;
}

/**
 * Makes an empty world, or opens the last one. What it has started when it fails, it stops.
 * @throws when another start is up, or there is no world to open
 */
export async function openWorld({ again }: { again: boolean }): Promise<World> {
  const owner = existsSync(OWNER) ? Number(readFileSync(OWNER, 'utf8')) : undefined;
  if (owner !== undefined && isAlive(owner)) {
    throw new Error(
      `another start (process ${owner}) is up in this folder; end it first (Ctrl-C there, or kill ${owner})`,
    );
  }
  const last = existsSync(LAST) ? realpathSync(LAST) : undefined;
  if (again && last === undefined) throw new Error('there is no world to open: run npm start first');
  mkdirSync(WORLDS, { recursive: true });
  writeFileSync(OWNER, String(process.pid));
  const dir = again && last !== undefined ? last : join(WORLDS, randomBytes(4).toString('hex'));
  let kept = again;
  let postgres: Postgres | undefined;
  const close = async (): Promise<void> => {
    try {
      if (postgres && !kept) await dropDatabases(postgres, dir);
      await postgres?.stop();
      if (!kept) await removeWorld(dir);
    } finally {
      rmSync(OWNER, { force: true });
    }
  };
  try {
    // Their servers still run, if those starts were killed.
    const known = [dir, last ?? dir].map((world) => basename(world));
    for (const name of readdirSync(WORLDS)) {
      if (!known.includes(name)) await removeWorld(join(WORLDS, name));
    }
    mkdirSync(dir, { recursive: true });
    const server = (postgres = await startPostgres({ dir: join(dir, 'postgres') }));
    return {
      dir,
      databases: await databasesOf(server, dir),
      port: await portOf(dir),
      close,
      async keep() {
        if (kept) return;
        kept = true;
        await leadTo(dir);
        // What older starts had made there is gone by now, and the path leads to this world.
        if (last === undefined || basename(last) === basename(LAST)) return;
        await dropDatabases(server, last);
        await removeWorld(last);
      },
    };
  } catch (error) {
    // Why it failed is worth more than what could not be ended because of it.
    await close().catch(() => undefined);
    throw error;
  }
}

/** In one step: there is a last world at any moment. */
async function leadTo(dir: string): Promise<void> {
  const link = `${LAST}.next`;
  rmSync(link, { force: true });
  symlinkSync(relative(FOLDER, dir), link);
  // Older starts have made the world itself there.
  if (lstatSync(LAST, { throwIfNoEntry: false })?.isDirectory()) await removeWorld(LAST);
  renameSync(link, LAST);
}

async function removeWorld(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  await removePostgres(join(dir, 'postgres'));
  rmSync(dir, { recursive: true, force: true });
}

async function portOf(dir: string): Promise<number> {
  const file = join(dir, 'port');
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  const port = last !== undefined && (await isFree(last)) ? last : await freePort();
  writeFileSync(file, String(port));
  return port;
}

/** On a server that is somebody's own (`POSTGRES_URL`) the names must not meet theirs, nor another world's. */
const namesIn = (dir: string): { ledger: string; state: string } => {
  const name = basename(dir);
  // Older starts had one world only.
  const suffix = name === basename(LAST) ? '' : `_${name}`;
  return { ledger: `responder_sandbox_ledger${suffix}`, state: `responder_sandbox_state${suffix}` };
};

async function databasesOf(postgres: Postgres, dir: string): Promise<World['databases']> {
  const { ledger, state } = namesIn(dir);
  return { ledger: await postgres.database(ledger), state: await postgres.database(state) };
}

/** A server that is not ours keeps them else. Not by force: somebody may be looking at them. */
async function dropDatabases({ url }: Postgres, dir: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const name of Object.values(namesIn(dir))) await client.query(`drop database if exists ${name}`);
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
