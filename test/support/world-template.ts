import { join } from 'node:path';
import type { Pool } from 'pg';
import { copyWorld, type WorldCopy, type WorldKind } from '../../sandbox/world-template.ts';
import { PASSWORDS } from './ledger.ts';
import { databasesOfRun, openPool, prefixOfRun, testFile } from '../../emulator/test/support/postgres.ts';

export { NOW } from '../../sandbox/world-template.ts';

export interface TestWorld extends Pick<WorldCopy, 'world' | 'drop'> {
  /** On its one database, for looking. */
  readonly pool: Pool;
}

/**
 * A world of its own, with a healthy Commercial-Ops and the stack in it, and nobody running it.
 * @param copy the name of its database, for worlds that come one after another; by default another each time
 */
export async function freshWorld({ copy, ...kind }: WorldKind & { copy?: string } = {}): Promise<TestWorld> {
  const place = {
    databases: databasesOfRun(),
    prefix: prefixOfRun(),
    dir: worldsDir(),
    passwords: PASSWORDS,
    owner: testFile(),
    ...(copy !== undefined && { copy }),
  };
  const { world, drop } = await copyWorld(place, kind);
  const pool = openPool(world.databases.ledger);
  return {
    world,
    pool,
    async drop() {
      if (!pool.ended) await pool.end();
      await drop();
    },
  };
}

/** Within what the run's PostgreSQL takes away when it ends. */
function worldsDir(): string {
  const dir = process.env['TEST_POSTGRES_DIR'];
  if (!dir) throw new Error('TEST_POSTGRES_DIR is not set: see globalSetup in jest.config.js');
  return join(dir, 'worlds');
}
