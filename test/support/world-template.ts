import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { Sandbox, type SandboxOptions } from '../../scripts/sandbox/sandbox.ts';
import { PASSWORDS } from './ledger.ts';
import { freshDatabase, templateDatabase } from './postgres.ts';

/** A Monday in the middle of a month, in the afternoon. */
export const NOW = new Date('2026-11-23T14:00:00Z');

export interface TestWorld {
  /** What `Sandbox.start` needs; for a second sandbox, too, after the first was stopped or killed. */
  readonly world: Pick<SandboxOptions, 'dir' | 'databases' | 'passwords'>;
  /** On its one database, for looking. */
  readonly pool: Pool;
  /** Takes its database and files away. Fails when somebody is still connected. */
  drop(): Promise<void>;
}

/**
 * A world of its own, with a healthy Commercial-Ops and the stack in it, and nobody running it. Built once a jest
 * run and hour of `now`, and copied: a fraction of a second instead of five.
 */
export async function freshWorld({ now = NOW }: { now?: Date } = {}): Promise<TestWorld> {
  const hour = now.toISOString().slice(0, 13).replaceAll(/\D/g, '');
  const files = join(worldsDir(), hour);
  const template = await templateDatabase(`world_${hour}`, async (pool) => {
    const url = databaseUrl(pool.options.connectionString);
    const dir = `${files}.making`;
    rmSync(dir, { recursive: true, force: true });
    const made = await Sandbox.start({
      dir,
      databases: { ledger: url, state: url },
      passwords: PASSWORDS,
      now,
      // Enough for every service and tenant in every month; `npm start` has ten times as many.
      seed: { lines: 5_000 },
    });
    await made.stop();
    rmSync(files, { recursive: true, force: true });
    renameSync(dir, files);
  });
  if (!existsSync(files)) {
    throw new Error(`the world's files are gone from ${files}, its database is not: run jest again`);
  }
  const database = await freshDatabase('sandbox', template);
  const dir = mkdtempSync(join(tmpdir(), 'responder-sandbox-'));
  cpSync(files, dir, { recursive: true });
  return {
    world: { dir, databases: { ledger: database.url, state: database.url }, passwords: PASSWORDS },
    pool: database.pool,
    async drop() {
      try {
        await database.drop();
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  };
}

/** Within what the run's PostgreSQL takes away when it ends. */
function worldsDir(): string {
  const dir = process.env['TEST_POSTGRES_DIR'];
  if (!dir) throw new Error('TEST_POSTGRES_DIR is not set: see globalSetup in jest.config.js');
  return join(dir, 'worlds');
}

function databaseUrl(url: string | undefined): string {
  if (!url) throw new TypeError('the pool was made without a URL');
  return url;
}
