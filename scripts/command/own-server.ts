import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { briefDir } from '../../emulator/postgres/brief-dir.ts';
import { Databases } from '../../emulator/postgres/databases.ts';
import { startPostgres } from '../../emulator/postgres/postgres.ts';
import type { LedgerPasswords } from '../../sandbox/commercial-ops/ledger.ts';
import { atEnd } from './endings.ts';

/** Where the worker processes of a command find and keep their worlds. */
export interface WorldsPlace {
  readonly server: string;
  readonly prefix: string;
  readonly dir: string;
  readonly passwords: LedgerPasswords;
}

/**
 * A database server and a folder that are there until the command ends.
 * @param name of the command's business, one word: `drill`
 */
export async function ownServer(name: string): Promise<{ dir: string; place: WorldsPlace }> {
  const dir = briefDir(`responder-${name}-`);
  atEnd(`the folder of the ${name}`, async () => rmSync(dir, { recursive: true, force: true }));
  const starting = startPostgres({ dir, tethered: true });
  atEnd('PostgreSQL', () =>
    starting.then(
      (postgres) => postgres.stop(),
      () => undefined,
    ),
  );
  const { url } = await starting;
  const prefix = `${name}_${dir.slice(-6).toLowerCase()}`;
  atEnd(`the databases of the ${name}`, () => new Databases(url).dropAll(prefix));
  // Roles belong to the server: all worlds on it share them.
  const password = (role: string) => `${role}-${name}`;
  const passwords = {
    commercialOps: password('commercial-ops'),
    responder: password('responder'),
  };
  return { dir, place: { server: url, prefix, dir: join(dir, 'worlds'), passwords } };
}

/** Ends the process at once. What it leaves in files and databases, its maker removes. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
