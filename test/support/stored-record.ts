import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3 as S3Client } from '@aws-sdk/client-s3';
import { s3Definition } from '../../emulator/aws/s3-definition.ts';
import { S3 } from '../../emulator/aws/s3.ts';
import { Clock } from '../../emulator/kernel/clock.ts';
import type { LastingKey } from '../../emulator/kernel/credentials.ts';
import { booted, type Booting } from '../../emulator/test/support/booted.ts';
import { makeWorld, serve } from '../../emulator/test/wire/serve.ts';
import { minute } from './runs.ts';
import { Pool } from 'pg';
import type { Login } from '../../lambdas/record/logins.ts';
import { asLogin, freshLedger, type TestLedger } from './ledger.ts';

export const RECORD = 'record';
export const ANCHORS = 'anchors';

export interface StoredRecord {
  readonly ledger: TestLedger;
  /** The emulated service, and a client of it. */
  readonly buckets: S3;
  readonly s3: S3Client;
  readonly endpoint: string;
  readonly rootKey: LastingKey;
  readonly clock: Clock;
  /** Logged in as one of the functions. */
  readonly as: (login: Login) => Pool;
}

/** All that the record is kept in: the ledger, and S3 with one bucket that has versions, and one under Object Lock. */
export const bootStoredRecord = (booting: Booting = {}): StoredRecord =>
  booted(async (defer) => {
    const ledger = await freshLedger(defer);
    const dataDir = await mkdtemp(path.join(tmpdir(), 'record-'));
    defer(() => rm(dataDir, { recursive: true }));
    const clock = new Clock(new Date(minute(0)));
    const world = { ...makeWorld(), clock };
    const buckets = new S3({ ...world, dataDir });
    await buckets.createBucket(RECORD, { versioned: true });
    await buckets.createBucket(ANCHORS, { versioned: true, objectLock: { days: 24 * 31 } });
    const served = await serve(world, [s3Definition(buckets)]);
    defer(() => served.close());
    const s3 = new S3Client(served.config());
    defer(() => s3.destroy());
    const pools = new Map<Login, Pool>();
    defer(() => Promise.all([...pools.values()].map((pool) => pool.end())));
    const as = (login: Login): Pool => {
      const pool = pools.get(login) ?? new Pool({ connectionString: asLogin(ledger.url, login), max: 2 });
      if (!pools.has(login)) pool.on('error', () => undefined);
      pools.set(login, pool);
      return pool;
    };
    return { ledger, buckets, s3, endpoint: served.url, rootKey: world.credentials.root, clock, as };
  }, booting);
