import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { Estate } from '../../../lambdas/platform/settings.ts';
import { Athena } from '../../../emulator/aws/athena.ts';
import { S3 } from '../../../emulator/aws/s3.ts';
import { CommercialOps } from '../../../sandbox/commercial-ops/commercial-ops.ts';
import { installLedger } from '../../../sandbox/commercial-ops/ledger.ts';
import { Clock } from '../../../emulator/kernel/clock.ts';
import type { Store } from '../../../emulator/kernel/store.ts';
import { PASSWORDS } from '../../support/ledger.ts';
import { freshDatabase, openPool, templateDatabase } from '../../../emulator/test/support/postgres.ts';
import { memoryStore } from '../../../emulator/test/support/memory-store.ts';

export const NOW = new Date('2025-11-20T12:00:00Z');

export interface TestWorld {
  readonly ops: CommercialOps;
  readonly clock: Clock;
  readonly store: Pick<Store, 'collection'>;
  readonly s3: S3;
  /** On the ledger, as Commercial-Ops. */
  readonly pool: Pool;
  /** On the ledger, as the product. */
  readonly responder: Pool;
  readonly estate: Estate;
  /** For files on their way. */
  readonly directory: string;
  /** Lines of the ingestion's log group. */
  readonly logged: string[];
  /** Actions that IAM denies from now on. */
  readonly denied: Set<string>;
  readonly iam: { check(principal: unknown, action: string): { allowed: boolean; reason: string } };
  /** What timers and background work threw. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** Commercial-Ops with an empty ledger, a real S3 and a clock at `now`. */
export async function testWorld(label: string, now = NOW): Promise<TestWorld> {
  const template = await templateDatabase('ledger', (pool) => installLedger(pool, PASSWORDS));
  const database = await freshDatabase(label, template);
  const as = (user: string, password: string) => {
    const url = new URL(database.url);
    url.username = user;
    url.password = password;
    return openPool(url.href);
  };
  const pool = as('commercial_ops', PASSWORDS.commercialOps);
  const responder = as('responder', PASSWORDS.responder);
  const directory = await mkdtemp(join(tmpdir(), 'commercial-ops-'));
  const errors: unknown[] = [];
  const clock = new Clock(now, (error) => errors.push(error));
  const store = memoryStore();
  const estate = Estate.parse({});
  const s3 = new S3({ store, clock, dataDir: join(directory, 's3') });
  const logged: string[] = [];
  const denied = new Set<string>();
  const iam = {
    check: (_principal: unknown, action: string) => ({ allowed: !denied.has(action), reason: 'test' }),
  };
  const logs = { append: (_group: string, _stream: string, message: string) => void logged.push(message) };
  const ops = new CommercialOps({ clock, store, pool, s3, logs, iam, estate, directory });
  return {
    ops,
    clock,
    store,
    s3,
    directory,
    pool,
    responder,
    estate,
    logged,
    denied,
    iam,
    errors,
    async close() {
      await clock.idle();
      clock.stop();
      ops.close();
      await Promise.all([pool.end(), responder.end()]);
      await database.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Athena over the world's copy of the costs. */
export function athenaOver({ clock, store, s3, iam, estate, ops }: TestWorld): Athena {
  const athena = new Athena({ clock, store, s3, iam });
  athena.addTable(ops.warehouse);
  athena.addWorkgroup(estate.athena.workgroup, `s3://${estate.athena.resultsBucket}/`);
  return athena;
}

/** One value of the ledger, as text. */
export async function ask(pool: Pool, sql: string, values: unknown[] = []): Promise<string | null> {
  const { rows } = await pool.query<Record<string, string | number | boolean | null>>(sql, values);
  const value = Object.values(rows[0] ?? {})[0] ?? null;
  return value === null ? null : String(value);
}
