import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { AUTHORITY, CERTIFICATE, KEY } from './authority.ts';
import { freePort } from './postgres.ts';
import { serverUser } from './postgres-user.ts';

export const PGBOUNCER = '/usr/sbin/pgbouncer';
export const hasPgBouncer = (): boolean => existsSync(PGBOUNCER);

export interface Pooler {
  /** On loopback. */
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * The real PgBouncer before a server of ours, in transaction mode: a session is a client's for one transaction only. Both
 * of its sides speak TLS.
 * @param options.dir holds its files
 * @param options.server the server's port
 * @param options.users passwords by login; nobody else gets in
 */
export async function startPgBouncer(options: {
  readonly dir: string;
  readonly server: number;
  readonly users: Readonly<Record<string, string>>;
}): Promise<Pooler> {
  if (!hasPgBouncer()) throw new Error(`${PGBOUNCER} is missing. Debian: apt-get install pgbouncer`);
  const { dir, server, users } = options;
  const port = await freePort();
  const user = serverUser();
  mkdirSync(dir, { recursive: true });
  const own = (file: string): string => {
    const path = join(dir, file);
    chmodSync(path, 0o600);
    if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid);
    return path;
  };
  for (const [from, to] of [
    [AUTHORITY, 'ca.pem'],
    [CERTIFICATE, 'server.pem'],
    [KEY, 'server.key'],
  ] as const)
    copyFileSync(from, join(dir, to));
  writeFileSync(
    join(dir, 'users.txt'),
    Object.entries(users)
      .map(([name, password]) => `"${name}" "${password}"\n`)
      .join(''),
  );
  writeFileSync(join(dir, 'log'), '');
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    logfile: own('log'),
    auth_type: 'scram-sha-256',
    auth_file: own('users.txt'),
    pool_mode: 'transaction',
    default_pool_size: 4,
    max_client_conn: 200,
    // A database that nobody uses can be dropped.
    server_idle_timeout: 0.1,
    client_tls_sslmode: 'require',
    client_tls_cert_file: own('server.pem'),
    client_tls_key_file: own('server.key'),
    server_tls_sslmode: 'verify-full',
    server_tls_ca_file: own('ca.pem'),
  };
  writeFileSync(
    join(dir, 'pgbouncer.ini'),
    `[databases]\n* = host=127.0.0.1 port=${server}\n[pgbouncer]\n` +
      Object.entries(settings)
        .map(([name, value]) => `${name} = ${value}\n`)
        .join(''),
  );
  const child = spawn(PGBOUNCER, ['-q', own('pgbouncer.ini')], { ...user, stdio: 'ignore' });
  const exited = once(child, 'exit');
  for (let tries = 0; !(await answers(port)); tries++) {
    if (tries === 100 || child.exitCode !== null)
      throw new Error(`PgBouncer did not start. Its log says:\n${readFileSync(join(dir, 'log'), 'utf8')}`);
    await new Promise((again) => setTimeout(again, 50));
  }
  return {
    port,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill('SIGQUIT');
      await exited;
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      answer(true);
    });
    socket.on('error', () => answer(false));
  });
}
