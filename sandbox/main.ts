/** A sandbox as a process of its own, for tests that kill it and for people who talk to it: see `--help`. */
import { rmSync, writeFileSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { controlRoutes } from './control.ts';
import { HELP, readMainOptions, type MainOptions } from './main-options.ts';
import { startPostgres, type Postgres } from '../emulator/postgres/postgres.ts';
import { Sandbox } from './sandbox.ts';

/** Resolves at the first reason to end. Listened for from the start, so that none is missed during the boot. */
function reasonToEnd({ tethered }: MainOptions): Promise<unknown> {
  return new Promise((end) => {
    process.on('SIGTERM', end).on('SIGINT', end);
    if (tethered) process.stdin.on('end', end).on('error', end).resume();
  });
}

async function main(options: MainOptions): Promise<void> {
  const { dir, now, port } = options;
  const end = reasonToEnd(options);
  const progress = (what: string): unknown => process.stderr.write(`${what}\n`);
  let postgres: Postgres | undefined;
  let sandbox: Sandbox | undefined;
  try {
    if (!options.databases) postgres = await startPostgres({ dir: join(dir, 'postgres') });
    const { passwords, ...databases } = options.databases ?? (await ownDatabases(postgres));
    sandbox = await Sandbox.start({
      dir,
      databases,
      progress,
      routes: controlRoutes,
      pagers: true,
      ...(passwords && { passwords }),
      ...(now && { now }),
      ...(port !== undefined && { port }),
    });
    const { endpoint, clock, rootKey } = sandbox;
    const keys = join(dir, 'keys.json');
    rmSync(keys, { force: true });
    writeFileSync(keys, JSON.stringify({ root: rootKey, ledger: databases.ledger }), { mode: 0o600 });
    // Without a secret: where this is read may be kept.
    const ready = { endpoint, pid: process.pid, now: clock.now(), keys };
    process.stdout.write(`${JSON.stringify(ready)}\n`);
    // Where NODE_COMPILE_CACHE keeps it: now, since a killed process writes nothing at its end.
    flushCompileCache();
    await end;
  } finally {
    await sandbox?.stop();
    await postgres?.stop();
  }
}

async function ownDatabases(postgres: Postgres | undefined): Promise<NonNullable<MainOptions['databases']>> {
  if (!postgres) throw new TypeError('there is neither PostgreSQL of our own nor a server to use');
  return { ledger: await postgres.database('ledger'), state: await postgres.database('state') };
}

try {
  const options = readMainOptions(process.argv.slice(2), process.env);
  if (options === 'help') process.stdout.write(`${HELP}\n`);
  else await main(options);
  process.exit(0);
} catch (error) {
  process.stderr.write(`the sandbox failed: ${(error as Error).message}\n`);
  process.exit(1);
}
