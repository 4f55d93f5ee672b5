import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3 as S3Client } from '@aws-sdk/client-s3';
import { anchorAll, anchorHead } from '../../lambdas/record/audit/anchor.ts';
import type { AuditCopy } from '../../scripts/audit/verify.ts';
import { evidenceStore } from '../../lambdas/engine/evidence-store.ts';
import { keepEvidence } from '../../lambdas/record/evidence.ts';
import type { RunOpening } from '../../lambdas/domain/run-record.ts';
import type { Outcome } from '../../lambdas/domain/outcome.ts';
import { putSwitch } from '../../lambdas/record/orders.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { readAnchorBucket, readBodies } from '../../scripts/audit/read-buckets.ts';
import { readLedger } from '../../scripts/audit/read-ledger.ts';
import { s3Definition } from '../../emulator/aws/s3-definition.ts';
import { S3 } from '../../emulator/aws/s3.ts';
import { makeWorld, serve } from '../../emulator/test/wire/serve.ts';
import { freshLedger, type TestLedger } from '../support/ledger.ts';
import { ending, minute, opening } from '../support/runs.ts';

export const RECORD = 'record';
export const ANCHORS = 'anchors';
export const CALLER = {
  arn: 'arn:aws:sts::111122223333:assumed-role/sre/ines',
  person: 'arn:aws:iam::111122223333:role/sre',
};

export interface AuditWorld {
  readonly ledger: TestLedger;
  readonly s3: S3Client;
  readonly endpoint: string;
  /** A run from its opening to its end, its evidence kept and its incident anchored, as the runner does it. */
  run(opened: RunOpening, outcome: Outcome): Promise<void>;
  /** What `npm run audit` reads. */
  read(): Promise<{ copy: AuditCopy; notes: readonly string[] }>;
  close(): Promise<void>;
}

/** The ledger, and S3 as the sandbox has it: one bucket under Object Lock, one with versions. */
export async function auditWorld(): Promise<AuditWorld> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'audit-'));
  const ledger = await freshLedger();
  const world = makeWorld();
  const emulated = new S3({ ...world, dataDir });
  await emulated.createBucket(RECORD, { versioned: true });
  await emulated.createBucket(ANCHORS, { versioned: true, objectLock: { days: 24 * 31 } });
  const served = await serve(world, [s3Definition(emulated)]);
  const s3 = new S3Client(served.config());
  return {
    ledger,
    s3,
    endpoint: served.url,
    async run(opened, outcome) {
      const { run } = opened.request;
      const store = evidenceStore({ s3: async () => s3 }, RECORD, run);
      const { incident } = await openRun(ledger.responder, opened);
      for (const phase of ['before', 'recovered'])
        await store.keep(phase, [answer(`${phase}/ledger/1`, run), answer(`${phase}/athena/2`, run)]);
      const { records, bodies } = await store.load(['before', 'recovered']);
      const end = minute(Math.round((Date.parse(opened.openedAt) - Date.parse(minute(0))) / 60_000) + 3);
      await endRun(ledger.responder, opened, ending(outcome, end, { bodies }), records);
      await anchorHead({ s3, bucket: ANCHORS, pool: ledger.responder }, incident);
    },
    async read() {
      const anchors = await readAnchorBucket(s3, ANCHORS);
      const { rows, evidence } = await readLedger(ledger.url);
      const bodies = await readBodies(s3, RECORD, rows);
      return {
        copy: { rows, evidence, anchors: anchors.objects, bodies: bodies.objects },
        notes: [...anchors.notes, ...bodies.notes],
      };
    },
    async close() {
      s3.destroy();
      await served.close();
      await ledger.close();
      await rm(dataDir, { recursive: true });
    },
  };
}

const answer = (key: string, run: string) =>
  keepEvidence(
    key,
    'a-probe',
    {
      source: 'ledger',
      query: 'select service, sum(cost)\nfrom fact_cost group by 1',
      parameters: { period: '2026-11', run },
      rows: [
        { service: 'AmazonEC2', cost: '12.50', note: 'é € "quoted"' },
        { service: 'AmazonS3', cost: '0.07', note: null },
      ],
    },
    new Date(minute(1)),
  );

export const DAY_ONE = new Date(minute(0));
export const DAY_TWO = new Date(minute(24 * 60));

/** Three incidents, six runs, an order, two days; and at the end an incident that nothing anchors yet. */
export async function fill(world: AuditWorld): Promise<void> {
  const { ledger, s3 } = world;
  const anchoring = { s3, bucket: ANCHORS, pool: ledger.responder };
  const on = (run: string, at: number, period: string) => opening(run, at, { target: { period } });
  await world.run(on('one', 0, '2026-11'), 'escalated');
  await world.run(on('two', 10, '2026-11'), 'resolved');
  await world.run(on('three', 20, '2026-10'), 'ineffective');
  const order = {
    caller: CALLER,
    action: 'responder.pause',
    object: { type: 'playbook', id: 'all' },
    at: minute(25),
    why: 'the bank’s end of month',
  };
  await putSwitch(ledger.responder, order, { scope: 'all', paused: true });
  await anchorAll(anchoring, DAY_ONE);
  await world.run(on('four', 30, '2026-10'), 'self-healed');
  await world.run(on('five', 40, '2026-09'), 'escalated');
  await anchorAll(anchoring, DAY_TWO);
  await world.run(on('six', 50, '2026-09'), 'inconclusive');
  await openRun(ledger.responder, on('seven', 60, '2026-08'));
}

/** A generator of the same numbers for the same seed: 0 to below 1. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
