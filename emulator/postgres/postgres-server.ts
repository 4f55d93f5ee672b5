import { execFile, spawn } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fchownSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { CERTIFICATE, KEY } from './authority.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import type { ServerUser } from './postgres-user.ts';

const run = promisify(execFile);

/** One data directory and the programs that act on it. */
export interface Cluster {
  readonly binaries: PostgresBinaries;
  readonly user: ServerUser;
  /** Owned by `user`; holds `data/` and `server.log`. */
  readonly home: string;
}

const SINCE_16 = 'scram_iterations';

/**
 * Settings for a laptop. The data can be rebuilt by one command, and tests kill processes, not the
 * machine: the kernel keeps what a killed process has written, so nothing waits for the disk
 * (fsync, full pages). A commit is still written before it is answered: `synchronous_commit = off`
 * would keep it in
 * the server's own memory, and lose it with the server. WAL is minimal and small because nothing is replicated.
 * A password is random, and hashed once: PostgreSQL's 4096 rounds would be repeated for every connection.
 * Parallel queries are off: they need more of /dev/shm than containers have, and two cores are already shared.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  [SINCE_16]: '1',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const dataOf = (cluster: Cluster): string => join(cluster.home, 'data');
const logOf = (cluster: Cluster): string => join(cluster.home, 'server.log');

/**
 * Makes the data directory, if there is none yet (0.7 s). The locale is PostgreSQL's own C.UTF-8, so that
 * text sorts the same on every machine.
 */
export async function initialise(cluster: Cluster, password: string): Promise<void> {
  const data = dataOf(cluster);
  if (existsSync(join(data, 'PG_VERSION'))) return;
  rmSync(data, { recursive: true, force: true });
  const passwordFile = join(cluster.home, 'initial-password');
  const major = Number(/\d+/.exec(await program(cluster, 'postgres', ['--version']))?.[0]);
  writeOwned(cluster, passwordFile, password);
  try {
    await program(cluster, 'initdb', [
      `--pgdata=${data}`,
      '--username=postgres',
      `--pwfile=${passwordFile}`,
      '--auth=password',
      '--encoding=UTF8',
      ...(major < 17
        ? ['--locale=C.UTF-8']
        : ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']),
      '--no-sync',
      '--no-instructions',
    ]);
    const settings = Object.entries(SETTINGS).filter(([name]) => major >= 16 || name !== SINCE_16);
    appendFileSync(
      join(data, 'postgresql.conf'),
      settings.map(([name, value]) => `${name} = '${value}'\n`).join(''),
    );
  } catch (error) {
    // Half a data directory would look complete next time.
    rmSync(data, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Starts the server in its own session: it outlives this process until it is stopped. */
export async function start(cluster: Cluster, port: number): Promise<void> {
  if (!existsSync(logOf(cluster))) writeOwned(cluster, logOf(cluster), '');
  // It wants them to be its own.
  for (const file of [CERTIFICATE, KEY])
    writeOwned(cluster, join(cluster.home, basename(file)), readFileSync(file));
  const logged = readFileSync(logOf(cluster)).length;
  try {
    await program(cluster, 'pg_ctl', [
      'start',
      '--wait',
      '--timeout=60',
      '--silent',
      `--pgdata=${dataOf(cluster)}`,
      `--log=${logOf(cluster)}`,
      `--options=-p ${port} -c ssl=on -c ssl_cert_file=${join(cluster.home, basename(CERTIFICATE))} ` +
        `-c ssl_key_file=${join(cluster.home, basename(KEY))}`,
    ]);
  } catch (cause) {
    const said = readFileSync(logOf(cluster)).subarray(logged).toString('utf8').trim();
    throw new Error(`PostgreSQL did not start on port ${port}. Its log says:\n${said}`, { cause });
  }
}

/** Disconnects clients; a server that has not ended after 20 s is stopped immediately. */
export async function stop(cluster: Cluster): Promise<void> {
  if (!runningServer(cluster)) return;
  const order = (mode: string) =>
    program(cluster, 'pg_ctl', [
      'stop',
      '--wait',
      '--timeout=20',
      `--mode=${mode}`,
      `--pgdata=${dataOf(cluster)}`,
    ]);
  await order('fast').catch(async (error: unknown) => {
    if (!runningServer(cluster)) return;
    await order('immediate').catch(() => {
      throw error;
    });
  });
}

/** Stops the server and removes its data. */
export async function discard(cluster: Cluster): Promise<void> {
  await stop(cluster);
  rmSync(dataOf(cluster), { recursive: true, force: true });
}

/**
 * The server that holds the data directory, from its `postmaster.pid` (line 1 pid, line 4 port). A
 * file whose process has ended, or whose number now belongs to another program, is removed: the
 * server would take that for a running server and refuse to start.
 */
export function runningServer(cluster: Cluster): { pid: number; port: number } | undefined {
  const file = join(dataOf(cluster), 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  if (Number.isInteger(pid) && pid > 0 && isPostgres(pid)) return { pid, port: Number(lines[3]) };
  rmSync(file, { force: true });
  return undefined;
}

/**
 * Ends the server and removes `garbage` when this process ends, however it ends: a shell waits for
 * its standard input to be closed, which the kernel does even after SIGKILL. @returns releases the
 * server without stopping it
 */
export function tether(cluster: Cluster, pid: number, garbage: string): () => void {
  const script =
    'cat >/dev/null; kill -QUIT "$1" 2>/dev/null; ' +
    'for _ in 1 2 3 4 5 6 7 8 9 10; do [ -e "$2/data/postmaster.pid" ] || break; sleep 0.3; done; rm -rf "$2" "$3"';
  const shell = spawn('sh', ['-c', script, 'tether', String(pid), cluster.home, garbage], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return () => shell.kill('SIGKILL');
}

function isPostgres(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  try {
    // Empty for a process that has ended and that its parent has not waited for.
    return basename(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '') === 'postgres';
  } catch {
    // No /proc (macOS): believe the file.
    return !existsSync('/proc/self');
  }
}

async function program(
  cluster: Cluster,
  name: 'initdb' | 'pg_ctl' | 'postgres',
  args: string[],
): Promise<string> {
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  try {
    const bin = join(cluster.binaries.root, 'bin', name);
    return (await run(bin, args, { ...cluster.user, env, cwd: cluster.home })).stdout;
  } catch (cause) {
    const { stderr = '', stdout = '' } = cause as { stderr?: string; stdout?: string };
    throw new Error(`${name} ${args[0]} failed: ${stderr.trim() || stdout.trim()}`, { cause });
  }
}

function writeOwned({ user }: Cluster, file: string, text: string | Buffer): void {
  const handle = openSync(file, 'w', 0o600);
  try {
    if (user.uid !== undefined && user.gid !== undefined) fchownSync(handle, user.uid, user.gid);
    writeFileSync(handle, text);
  } finally {
    closeSync(handle);
  }
}
