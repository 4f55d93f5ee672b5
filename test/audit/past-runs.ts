import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { anchorAll, anchorHead } from '../../lambdas/record/audit/anchor.ts';
import type { AuditCopy } from '../../scripts/audit/verify.ts';
import { evidenceStore } from '../../lambdas/engine/evidence-store.ts';
import { keepEvidence } from '../../lambdas/record/evidence.ts';
import type { EvidenceBody, RunOpening } from '../../lambdas/domain/run-record.ts';
import type { Outcome } from '../../lambdas/domain/outcome.ts';
import { putSwitch } from '../../lambdas/record/orders.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { readAnchorBucket, readBodies } from '../../scripts/audit/read-buckets.ts';
import { readLedger } from '../../scripts/audit/read-ledger.ts';
import { ANCHORS, RECORD, type StoredRecord } from '../support/stored-record.ts';
import { ending, minute, opening } from '../support/runs.ts';

export const CALLER = {
  arn: 'arn:aws:sts::111122223333:assumed-role/sre/ines',
  person: 'arn:aws:iam::111122223333:role/sre',
};

/** A run from its opening to its end, its evidence kept and its incident anchored, as the runner does it. */
export async function pastRun(
  { ledger: { responder }, s3 }: StoredRecord,
  opened: RunOpening,
  outcome: Outcome,
): Promise<void> {
  const { run } = opened.request;
  const store = evidenceStore({ s3: async () => s3 }, RECORD, opened.request);
  const { incident } = await openRun(responder, opened);
  const bodies: EvidenceBody[] = [];
  for (const phase of ['before', 'recovered'])
    bodies.push(
      await store.keep(phase, [answer(`${phase}/ledger/1`, run), answer(`${phase}/athena/2`, run)]),
    );
  const { records } = await store.load(bodies);
  const end = minute(Math.round((Date.parse(opened.openedAt) - Date.parse(minute(0))) / 60_000) + 3);
  await endRun(responder, opened, ending(outcome, end, { bodies }), records);
  await anchorHead({ s3, bucket: ANCHORS, pool: responder }, incident);
}

/** What `npm run audit` reads. */
export async function readAll({
  ledger,
  s3,
  clock,
}: StoredRecord): Promise<{ copy: AuditCopy; notes: readonly string[] }> {
  const readAt = clock.now().toISOString();
  const anchors = await readAnchorBucket(s3, ANCHORS);
  const { rows, evidence, record } = await readLedger(ledger.url);
  const bodies = await readBodies(s3, RECORD, rows);
  return {
    copy: { readAt, record, rows, evidence, anchors: anchors.objects, bodies: bodies.objects },
    notes: [...anchors.notes, ...bodies.notes],
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
export async function fill(record: StoredRecord): Promise<void> {
  const { ledger, s3, clock } = record;
  const anchoring = { s3, bucket: ANCHORS, pool: ledger.responder };
  const on = (run: string, at: number, period: string) => opening(run, at, { target: { period } });
  await pastRun(record, on('one', 0, '2026-11'), 'escalated');
  await pastRun(record, on('two', 10, '2026-11'), 'resolved');
  await pastRun(record, on('three', 20, '2026-10'), 'ineffective');
  const order = {
    caller: CALLER,
    action: 'responder.pause',
    object: { type: 'playbook', id: 'all' },
    at: minute(25),
    why: 'the bank’s end of month',
  };
  await transaction(ledger.responder, (on) => putSwitch(on, order, { scope: 'all', paused: true }));
  await anchorAll(anchoring, DAY_ONE);
  await pastRun(record, on('four', 30, '2026-10'), 'self-healed');
  await pastRun(record, on('five', 40, '2026-09'), 'escalated');
  await clock.advanceTo(DAY_TWO);
  await anchorAll(anchoring, DAY_TWO);
  await pastRun(record, on('six', 50, '2026-09'), 'inconclusive');
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
