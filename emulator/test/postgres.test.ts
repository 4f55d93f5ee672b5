import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { startPostgres, type Postgres } from '../postgres/postgres.ts';
import { eventually } from './support/eventually.ts';
import { freshDatabase, templateDatabase } from './support/postgres.ts';

const source = join(import.meta.dirname, '../postgres/postgres.ts');

async function ask<T>(url: string, sql: string): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<{ answer: T }>(sql)).rows[0]?.answer as T;
  } finally {
    await client.end();
  }
}

/** Starts PostgreSQL in a process of its own, which prints its URL and is then killed. */
async function startInKilledProcess(dir: string, tethered: boolean): Promise<string> {
  const program = `
    import { startPostgres } from ${JSON.stringify(source)};
    const postgres = await startPostgres({ dir: ${JSON.stringify(dir)}, tethered: ${tethered}, serverUrl: '' });
    process.stdout.write(postgres.url + '\\n');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await new Promise<string>((known, failed) => {
    child.stdout.once('data', (line: Buffer) => known(line.toString().trim()));
    child.once('exit', (code) => failed(new Error(`exited with ${code}`)));
  });
  child.kill('SIGKILL');
  await new Promise((gone) => child.once('exit', gone));
  return url;
}

const processOf = async (dir: string) =>
  Number((await readFile(join(dir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0]);

/** A zombie counts as ended: in a container often nobody waits for orphans. */
function alive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

describe('the emulator’s PostgreSQL', () => {
  let dir: string;
  let postgres: Postgres | undefined;

  beforeEach(async () => {
    const parent = await mkdtemp(join(tmpdir(), 'responder-pg-'));
    await chmod(parent, 0o755);
    dir = join(parent, 'emulator');
  });
  afterEach(async () => {
    await postgres?.stop({ remove: true });
    postgres = undefined;
    await rm(join(dir, '..'), { recursive: true, force: true });
  });
  const startAgain = async (port?: number) =>
    (postgres = await startPostgres({ dir, serverUrl: '', ...(port !== undefined && { port }) }));

  it('outlives a killed process, is adopted with its data, lets in who has the password, and ends by a normal stop', async () => {
    const url = await startInKilledProcess(dir, false);
    await ask(url, 'create table kept as select 7 as answer');

    const adopted = await startAgain();
    expect(adopted.adopted).toBe(true);
    expect(adopted.url).toBe(url);
    expect(await ask(adopted.url, 'select answer from kept')).toBe(7);
    await expect(startPostgres({ dir, serverUrl: '', port: adopted.port + 1 })).rejects.toThrow(
      /already running.*on port/s,
    );

    const wrong = new URL(url);
    wrong.password = 'guess';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    expect(await ask(url, `select current_setting('listen_addresses') as answer`)).toBe('127.0.0.1');

    await adopted.stop();
    await adopted.stop();
    await expect(ask(url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);

    const again = await startAgain();
    expect(again.adopted).toBe(false);
    expect(again.port).toBe(adopted.port);
    expect(await ask(again.url, 'select answer from kept')).toBe(7);
  });

  it('starts over a stale postmaster.pid, even if its number belongs to another process now', async () => {
    const first = await startAgain();
    const pid = await processOf(dir);
    await ask(first.url, 'create table kept as select 7 as answer');
    process.kill(pid, 'SIGKILL');
    await eventually('PostgreSQL to end', () => !alive(pid));
    const file = join(dir, 'postgres/data/postmaster.pid');
    await writeFile(file, (await readFile(file, 'utf8')).replace(String(pid), String(process.pid)));

    const second = await startAgain();
    expect(second.adopted).toBe(false);
    expect(await ask(second.url, 'select answer from kept')).toBe(7);
  });

  it('ends with its process when tethered, and leaves nothing behind', async () => {
    const url = await startInKilledProcess(dir, true);
    await eventually('its directory to be removed', () => !existsSync(dir));
    await expect(ask(url, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
  });

  it('starts where only its owner may look, as in a clone of root’s under mktemp -d', async () => {
    await chmod(join(dir, '..'), 0o700);
    const url = await startInKilledProcess(dir, false);
    expect((await startAgain()).url).toBe(url);
    // Its data is elsewhere then; without `dir` the password is unknown.
    await rm(dir, { recursive: true });
    const anew = await startAgain();
    expect(anew.adopted).toBe(false);
    expect(await ask(anew.url, 'select 1 as answer')).toBe(1);
  });
});

describe('a database named by POSTGRES_URL', () => {
  it('is used as it is: databases are made there, and stop leaves it running', async () => {
    const server = process.env.TEST_POSTGRES_URL ?? '';
    const postgres = await startPostgres({ dir: '/nonexistent/never-made', serverUrl: server });
    const name = `made by URL ${process.pid}`;
    const url = await postgres.database(name);
    try {
      expect(await postgres.database(name)).toBe(url);
      expect(await ask(url, 'select current_database() as answer')).toBe(name);
    } finally {
      await ask(server, `drop database "${name}"`);
    }
    await postgres.stop();
    expect(await ask(server, 'select 1 as answer')).toBe(1);
  });

  it('names host and fault, never the password, when it does not answer', async () => {
    const refused = startPostgres({
      dir: '/nonexistent',
      serverUrl: 'postgres://me:s3cret@127.0.0.1:1/postgres',
    });
    await expect(refused).rejects.toThrow(/127\.0\.0\.1:1\/postgres.*ECONNREFUSED/);
    await expect(refused).rejects.not.toThrow(/s3cret/);
  });
});

describe('a test’s database', () => {
  it('is a copy of a template that is built once', async () => {
    let built = 0;
    const build = async (pool: Pool) => {
      built++;
      await pool.query('create table seeded as select 1 as answer');
    };
    const names = await Promise.all([1, 2].map(() => templateDatabase('support test', build)));
    const database = await freshDatabase('copy', names[0]);
    expect(built).toBe(1);
    expect((await database.pool.query('select answer from seeded')).rows).toEqual([{ answer: 1 }]);
    await database.drop();
  });

  it('can’t be dropped quietly while somebody holds a connection', async () => {
    const database = await freshDatabase();
    const leaked = new Pool({ connectionString: database.url });
    leaked.on('error', () => undefined);
    await leaked.query('select 1 as leaked');
    await expect(database.drop()).rejects.toThrow(/1 connection\(s\).*select 1 as leaked/s);
    await leaked.end();
  });
});
