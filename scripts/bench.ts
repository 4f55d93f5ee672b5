import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Pool } from 'pg';
import { Databases } from '../emulator/postgres/databases.ts';
import { installLedger, passwordOf } from '../sandbox/commercial-ops/ledger.ts';
import { grantLogins } from '../lambdas/record/grant-logins.ts';
import { OWNER } from '../lambdas/record/logins.ts';
import { migrate } from '../lambdas/record/migrate.ts';
import type { Migration } from '../lambdas/record/migrations.ts';
import { measure, wasteful, type Measured } from './bench/growth.ts';
import { seedRecord } from './bench/seed.ts';
import { ownServer } from './command/own-server.ts';
import { runCommand } from './command/run-command.ts';
import { Mistakes, readWords } from './command/words.ts';

const HELP = `npm run bench [-- options]      what each operation on the record costs, as the record grows

  --runs <n,n>     sizes of the record in runs (default: 1000,100000; a million takes 10 GB and an hour)
  --tries <n>      how often each operation is done (default: 15)
  --json <file>    where everything that was measured is kept (default: .sandbox/bench.json)
  --help           prints this

Each size has a ledger of its own on one PostgreSQL: 500 runs a day, with incidents, evidence, audit and messages. The
last column is the ratio of the medians, largest size to smallest: times of one machine say nothing about another's. It ends
with 1 when a statement reads a growing table whole at the last size, or many rows that it throws away.`;

interface Size {
  readonly runs: number;
  readonly measured: readonly Measured[];
}

await runCommand({
  help: HELP,
  failed: 'the bench failed',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run bench',
      options: {
        runs: { type: 'string', default: '1000,100000' },
        tries: { type: 'string', default: '15' },
        json: { type: 'string', default: '.sandbox/bench.json' },
      },
    });
    const mistakes = new Mistakes();
    const sizes = values.runs.split(',').map((one) => mistakes.whole('runs', one, 200, 10_000_000));
    const tries = mistakes.whole('tries', values.tries, 1, 1_000);
    mistakes.refuse();

    const { place } = await ownServer('bench');
    const databases = new Databases(place.server);
    const done: Size[] = [];
    for (const runs of sizes) {
      const name = `${place.prefix}_${runs}`;
      await databases.create(name, { comment: 'a record to measure' });
      const admin = new Pool({ connectionString: databases.urlOf(name), max: 2 });
      const owner = new Pool({
        connectionString: loginUrl(databases.urlOf(name), passwordOf(place.passwords, OWNER)),
        max: 4,
      });
      try {
        await installLedger(admin, place.passwords);
        await migrate(owner, migrationFiles());
        await grantLogins(owner);
        await admin.query(
          `grant select on all tables in schema public to ${OWNER}; grant insert on audit_event to ${OWNER}`,
        );
        process.stderr.write(`filling a record of ${runs} runs ...\n`);
        await seedRecord(admin, runs);
        process.stderr.write(`measuring ...\n`);
        done.push({ runs, measured: await measure(owner, tries) });
      } finally {
        await Promise.all([admin.end(), owner.end()]);
        await databases.drop(name);
      }
    }
    mkdirSync(dirname(values.json), { recursive: true });
    writeFileSync(values.json, `${JSON.stringify(done, null, 1)}\n`);
    process.stdout.write(`${tableOf(done).join('\n')}\n\neverything that was measured: ${values.json}\n`);
    const found = wasteful(done.at(-1)?.measured ?? []);
    for (const line of found) process.stdout.write(`${line}\n`);
    return found.length === 0 ? 0 : 1;
  },
});

/** As the bundle has them: Node itself imports no SQL. */
function migrationFiles(): Migration[] {
  const folder = join(import.meta.dirname, '../lambdas/record/migrations');
  return readdirSync(folder)
    .sort()
    .map((file, i) => ({
      version: i + 1,
      name: file.slice('001-'.length, -'.sql'.length),
      sql: readFileSync(join(folder, file), 'utf8'),
      ...(readFileSync(join(folder, file), 'utf8').includes('concurrently') && { concurrent: true as const }),
    }));
}

function loginUrl(of: string, password: string): string {
  const url = new URL(of);
  [url.username, url.password] = [OWNER, password];
  return url.href;
}

function tableOf(sizes: readonly Size[]): string[] {
  const [first, last] = [sizes[0], sizes.at(-1)];
  const names = first?.measured.map(({ name }) => name) ?? [];
  const of = (size: Size | undefined, name: string): number =>
    size?.measured.find((one) => one.name === name)?.median ?? NaN;
  return [
    `${'ms, median'.padEnd(26)}${sizes.map(({ runs }) => `${runs} runs`.padStart(16)).join('')}${'ratio'.padStart(10)}`,
    ...names.map(
      (name) =>
        name.padEnd(26) +
        sizes.map((size) => of(size, name).toFixed(2).padStart(16)).join('') +
        `× ${(of(last, name) / of(first, name)).toFixed(1)}`.padStart(10),
    ),
  ];
}
