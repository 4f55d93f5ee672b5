import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PostgresBinaries } from './postgres-binaries.ts';

/** Who runs the server: PostgreSQL refuses root, so root runs it as another user. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

const NAME = 'postgres';

/** The user for the server: ourselves, or as root the OS user `postgres`, which is made if it is missing. */
export function serverUser(): ServerUser {
  if (process.getuid?.() !== 0) return {};
  return idsOf(NAME) ?? createUser();
}

function idsOf(name: string): ServerUser | undefined {
  const uid = spawnSync('id', ['-u', name], { encoding: 'utf8' });
  const gid = spawnSync('id', ['-g', name], { encoding: 'utf8' });
  // Ctrl-C reaches it too; an interrupted check is not a "no".
  const signal = uid.signal ?? gid.signal;
  if (signal) throw new Error(`looking for the OS user "${name}" was interrupted by ${signal}`);
  if (uid.status !== 0 || gid.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function createUser(): ServerUser {
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', NAME]);
  } catch (cause) {
    throw new Error(
      `PostgreSQL does not run as root, and the OS user "${NAME}" could not be made. Make it yourself ` +
        `(useradd --system ${NAME}), run as an ordinary user, or name a server by POSTGRES_URL.`,
      { cause },
    );
  }
  const made = idsOf(NAME);
  if (!made) throw new Error(`The OS user "${NAME}" was made but "id" does not find it.`);
  return made;
}

/**
 * Binaries that the server's user can execute. A clone of root often lies where others cannot read
 * (`/root`, a `mktemp -d`): then a copy under the temporary directory is used, made once per
 * version.
 */
export function reachableBinaries(binaries: PostgresBinaries, user: ServerUser): PostgresBinaries {
  if (user.uid === undefined || canExecute(join(binaries.root, 'bin', 'postgres'), user)) return binaries;
  const root = join(tmpdir(), `embedded-postgres-${digest(binaries.root)}`);
  if (!existsSync(root)) {
    const half = `${root}.${process.pid}`;
    cpSync(binaries.root, half, { recursive: true, verbatimSymlinks: true });
    chmodSync(half, 0o755);
    try {
      renameSync(half, root);
    } catch (error) {
      // Another process was faster; its copy is the same.
      rmSync(half, { recursive: true });
      if (!existsSync(root)) throw error;
    }
  }
  refuseForeign(root, 0);
  return { root };
}

/** A directory for data and log that the server's user owns: `dir/postgres`, or one under the temporary directory. */
export function reachableHome(dir: string, user: ServerUser): string {
  mkdirSync(dir, { recursive: true });
  const wanted = join(dir, 'postgres');
  if (user.uid === undefined || user.gid === undefined) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return wanted;
  }
  const home = canEnter(dir, user) ? wanted : join(tmpdir(), `responder-postgres-${digest(dir)}`);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  if (home !== wanted && lstatSync(home).uid === 0) chownSync(home, user.uid, user.gid);
  if (home !== wanted) refuseForeign(home, user.uid);
  else chownSync(home, user.uid, user.gid);
  return home;
}

const digest = (path: string) => createHash('sha256').update(path).digest('hex').slice(0, 12);

const canExecute = (file: string, user: ServerUser) =>
  spawnSync(file, ['--version'], { ...user, env: {}, stdio: 'ignore' }).status === 0;

const canEnter = (dir: string, user: ServerUser) =>
  spawnSync('test', ['-x', dir], { ...user, stdio: 'ignore' }).status === 0;

/** Names under the temporary directory can be guessed: another user may have put something there first. */
function refuseForeign(path: string, uid: number): void {
  const found = lstatSync(path);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) return;
  throw new Error(
    `${path} should be a directory of user ${uid} that nobody else may write, but is not ` +
      `(owner ${found.uid}, mode ${(found.mode & 0o777).toString(8)}). Check it, remove it, and start again.`,
  );
}
