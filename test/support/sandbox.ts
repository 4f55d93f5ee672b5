import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sandbox, type SandboxOptions } from '../../scripts/sandbox/sandbox.ts';
import { PASSWORDS } from './ledger.ts';
import { freshDatabase, templateDatabase } from './postgres.ts';

/** A Monday in the middle of a month, in the afternoon. */
export const NOW = new Date('2026-11-23T14:00:00Z');

export interface TestSandbox {
  readonly sandbox: Sandbox;
  /** For a second sandbox on the same world, after this one was stopped. */
  readonly world: Pick<SandboxOptions, 'dir' | 'databases' | 'passwords'>;
  /** Stops it, and takes its database and files away. */
  close(): Promise<void>;
}

/**
 * A booted sandbox with a healthy Commercial-Ops, isolated from all others. The world is built once a jest run and
 * day, and copied: a second or so instead of five.
 */
export async function freshSandbox(
  options: Partial<Omit<SandboxOptions, 'dir' | 'databases' | 'seed'>> = {},
): Promise<TestSandbox> {
  const { now = NOW } = options;
  const day = now.toISOString().slice(0, 13).replaceAll(/\D/g, '');
  const files = join(tmpdir(), `responder-worlds-${process.env['TEST_POSTGRES_RUN'] ?? 'run'}`, day);
  const template = await templateDatabase(`world_${day}`, async (pool) => {
    const url = databaseUrl(pool.options.connectionString);
    const dir = `${files}.making`;
    rmSync(dir, { recursive: true, force: true });
    const made = await Sandbox.start({ dir, databases: { ledger: url, state: url }, passwords: PASSWORDS, now });
    await made.stop();
    rmSync(files, { recursive: true, force: true });
    renameSync(dir, files);
  });
  const database = await freshDatabase('sandbox', template);
  const dir = mkdtempSync(join(tmpdir(), 'responder-sandbox-'));
  if (!existsSync(files)) throw new Error(`the world's files are gone from ${files}, its database is not: run jest again`);
  mkdirSync(dir, { recursive: true });
  cpSync(files, dir, { recursive: true });
  const world = { dir, databases: { ledger: database.url, state: database.url }, passwords: PASSWORDS };
  const sandbox = await Sandbox.start({ ...options, now, ...world });
  return {
    sandbox,
    world,
    async close() {
      await sandbox.stop();
      await database.drop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function databaseUrl(url: string | undefined): string {
  if (!url) throw new TypeError('the pool was made without a URL');
  return url;
}
