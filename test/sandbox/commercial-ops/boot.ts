import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { Estate } from '../../../lambdas/platform/settings.ts';
import { Athena } from '../../../emulator/aws/athena.ts';
import { S3 } from '../../../emulator/aws/s3.ts';
import { CommercialOps, type SeedOptions } from '../../../sandbox/commercial-ops/commercial-ops.ts';
import { Clock } from '../../../emulator/kernel/clock.ts';
import type { Store } from '../../../emulator/kernel/store.ts';
import { passwordOf } from '../../../sandbox/commercial-ops/ledger.ts';
import { ledgerTemplate, PASSWORDS } from '../../support/ledger.ts';
import { booted, type Defer } from '../../../emulator/test/support/booted.ts';
import { freshDatabase, openPool } from '../../../emulator/test/support/postgres.ts';
import { memoryStore } from '../../../emulator/test/support/memory-store.ts';

export const NOW = new Date('2025-11-20T12:00:00Z');

export interface TestWorld {
  /** For what uses the world, and ends before it. */
  readonly defer: Defer;
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
}

/** Commercial-Ops with a real S3, a clock at `now` and, unless there are seeds, an empty ledger. */
export const bootCommercialOps = (options: { now?: Date; seed?: SeedOptions } = {}): TestWorld =>
  booted((defer) => openCommercialOps(defer, options));

async function openCommercialOps(
  defer: Defer,
  { now = NOW, seed }: { now?: Date; seed?: SeedOptions },
): Promise<TestWorld> {
  const database = await freshDatabase('commercial_ops', await ledgerTemplate());
  defer(() => database.drop());
  const as = (user: string, password: string) => {
    const url = new URL(database.url);
    url.username = user;
    url.password = password;
    const pool = openPool(url.href);
    defer(() => pool.end());
    return pool;
  };
  const pool = as('commercial_ops', PASSWORDS.commercialOps);
  const responder = as('responder_runner', passwordOf(PASSWORDS, 'responder_runner'));
  const directory = await mkdtemp(join(tmpdir(), 'commercial-ops-'));
  defer(() => rm(directory, { recursive: true, force: true }));
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
  defer(async () => {
    await clock.idle();
    clock.stop();
    ops.close();
  });
  if (seed) await ops.seed(seed);
  return {
    defer,
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
  };
}

/** Athena over the world's copy of the costs. */
export function athenaOver({ clock, store, s3, iam, estate, ops, defer }: TestWorld): Athena {
  const athena = new Athena({ clock, store, s3, iam });
  defer(async () => {
    await clock.idle();
    await athena.close();
  });
  athena.addTable(ops.warehouse);
  athena.putWorkgroup({ name: estate.athena.workgroup, results: `s3://${estate.athena.resultsBucket}/` });
  return athena;
}
