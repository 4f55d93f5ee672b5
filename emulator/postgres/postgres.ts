import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import { packagedBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { discard, initialise, runningServer, start, stop, tether, type Cluster } from './postgres-server.ts';
import { reachableBinaries, reachableHome, serverUser } from './postgres-user.ts';

export interface Postgres {
  /** Database `postgres` of the server, as its superuser or as the user of `POSTGRES_URL`. */
  readonly url: string;
  readonly port: number;
  /** Whether this call found the server running: left by a killed process, or named by `POSTGRES_URL`. */
  readonly adopted: boolean;
  /** URL of the database `name` on this server, which is made if it is missing. */
  database(name: string): Promise<string>;
  /**
   * Stops the server, adopted or not; with `remove` its data goes too (they don't always lie in `dir`).
   * A server named by `POSTGRES_URL` is never stopped. Safe to repeat.
   */
  stop(options?: { readonly remove?: boolean }): Promise<void>;
}

export interface PostgresOptions {
  /** Keeps data, port and password; the next start on it finds everything as it was. */
  readonly dir: string;
  /** By default the one used before on this `dir`, else a free one. */
  readonly port?: number;
  /** Removes the data when stopped, and does both when our process ends, even by SIGKILL. For tests. */
  readonly tethered?: boolean;
  /** Of another version, on `dir` from its first start; by default those from npm. */
  readonly binaries?: PostgresBinaries;
  /** A running server to use instead; nothing is started then. */
  readonly serverUrl?: string | undefined;
}

/**
 * PostgreSQL on loopback, 17 as Aurora runs it: the real server, from npm, on a data directory that is kept.
 * It survives when this process is killed, and the next start on the same `dir` adopts it.
 */
export async function startPostgres({
  dir: relativeDir,
  port,
  tethered = false,
  binaries = packagedBinaries(),
  serverUrl = process.env.POSTGRES_URL,
}: PostgresOptions): Promise<Postgres> {
  if (serverUrl) return givenServer(serverUrl);
  const dir = resolve(relativeDir);
  const cluster = clusterIn(dir, binaries);
  const known = existsSync(keptIn(dir));
  const kept = remember(dir);
  // Without its password the data is useless: somebody has removed `dir`, and the home lies elsewhere.
  if (!known) await discard(cluster);
  await initialise(cluster, kept.password);

  const running = runningServer(cluster);
  const used = running?.port ?? (await startOnPort(cluster, port, kept.port));
  if (running && port !== undefined && running.port !== port) {
    throw new Error(
      `PostgreSQL on ${dir} is already running (pid ${running.pid}) on port ${running.port}, not on ${port}. ` +
        `Give that port or none, or stop it first: kill ${running.pid}`,
    );
  }
  const url = `postgres://postgres:${kept.password}@127.0.0.1:${used}/postgres`;
  try {
    await answering(url);
  } catch (error) {
    // Nobody gets a handle to stop it by.
    if (!running) await stop(cluster);
    throw error;
  }
  remember(dir, used);

  const pid = runningServer(cluster)?.pid;
  const release = tethered && pid !== undefined ? tether(cluster, pid, dir) : () => undefined;
  return {
    ...serverAt(url, used),
    adopted: running !== undefined,
    async stop({ remove = tethered } = {}) {
      await stop(cluster);
      release();
      if (remove) for (const place of [cluster.home, dir]) await rm(place, { recursive: true, force: true });
    },
  };
}

/** Stops the server on `dir`, if one runs, and removes its data, wherever they lie. */
export async function removePostgres(dir: string): Promise<void> {
  const cluster = clusterIn(resolve(dir));
  await stop(cluster);
  for (const place of [cluster.home, resolve(dir)]) await rm(place, { recursive: true, force: true });
}

function clusterIn(dir: string, binaries = packagedBinaries()): Cluster {
  const user = serverUser();
  return {
    binaries: reachableBinaries(binaries, user),
    user,
    home: reachableHome(dir, user),
  };
}

async function givenServer(serverUrl: string): Promise<Postgres> {
  await answering(serverUrl);
  const port = Number(new URL(serverUrl).port || 5432);
  return { ...serverAt(serverUrl, port), adopted: true, stop: async () => undefined };
}

function serverAt(url: string, port: number): Pick<Postgres, 'url' | 'port' | 'database'> {
  return {
    url,
    port,
    async database(name) {
      await withClient(url, async (client) => {
        const known = await client.query('select from pg_database where datname = $1', [name]);
        if (known.rowCount === 0) await client.query(`create database ${escapeIdentifier(name)}`);
      });
      const target = new URL(url);
      target.pathname = `/${encodeURIComponent(name)}`;
      return target.href;
    },
  };
}

/** Waits for a recovery after a crash to end; any other refusal is the caller's error. */
async function answering(url: string): Promise<void> {
  const CANNOT_CONNECT_NOW = '57P03';
  for (let tries = 0; ; tries++) {
    try {
      return await withClient(url, async (client) => {
        await client.query('select 1');
      });
    } catch (cause) {
      if ((cause as { code?: string }).code === CANNOT_CONNECT_NOW && tries < 300) {
        await new Promise((again) => setTimeout(again, 100));
        continue;
      }
      const { host, pathname } = new URL(url);
      throw new Error(
        `PostgreSQL at ${host}${pathname} refuses the connection: ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  }
}

async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function startOnPort(cluster: Cluster, wanted?: number, before?: number): Promise<number> {
  if (wanted !== undefined) {
    await start(cluster, wanted);
    return wanted;
  }
  if (before !== undefined && (await isFree(before))) {
    await start(cluster, before);
    return before;
  }
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    try {
      await start(cluster, port);
      return port;
    } catch (error) {
      // Another process took the port after we had found it free.
      if (tries === 3 || !(error as Error).message.includes('Address already in use')) throw error;
    }
  }
}

/**
 * Below 32768 the kernel hands out no ports for outgoing connections: the port is free again after
 * a restart.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = randomInt(20_000, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error('No free port between 20000 and 32000 in 200 tries.');
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const probe = createServer()
      .once('error', () => answer(false))
      .listen(port, '127.0.0.1', () => probe.close(() => answer(true)));
  });
}

const keptIn = (dir: string) => join(dir, 'postgres.json');

/** Readable only by this user. */
function remember(dir: string, port?: number): { password: string; port?: number } {
  const file = keptIn(dir);
  const kept = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as { password: string; port?: number })
    : { password: randomBytes(18).toString('hex') };
  const now = port === undefined ? kept : { ...kept, port };
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, `${JSON.stringify(now)}\n`, { mode: 0o600 });
  return now;
}
