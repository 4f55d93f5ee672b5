import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { anchorAll, anchorHead } from '../../lambdas/record/audit/anchor.ts';
import { signerOf } from '../../lambdas/record/audit/anchor-key.ts';
import type { AuditCopy } from '../../scripts/audit/verify.ts';
import { evidenceStore } from '../../lambdas/engine/evidence-store.ts';
import { keepEvidence } from '../../lambdas/record/evidence.ts';
import type { EvidenceBody, RunOpening } from '../../lambdas/domain/run-record.ts';
import type { Outcome } from '../../lambdas/domain/outcome.ts';
import { putApproval } from '../../lambdas/record/approvals.ts';
import { approve } from '../../lambdas/record/approving.ts';
import { putJira, putTold, raiseByPersistence } from '../../lambdas/record/calls.ts';
import { claimCommand, recordAnswer } from '../../lambdas/record/commands.ts';
import { acknowledgeByOrder, resolveByOrder } from '../../lambdas/record/incident-orders.ts';
import { auditRefusal, auditRefusedOrder, putSwitch } from '../../lambdas/record/orders.ts';
import { putDraft, putSignature, sealRecord } from '../../lambdas/record/postmortems.ts';
import { endRun, failCrashedRun, openRun } from '../../lambdas/record/write.ts';
import { readAnchorBucket, readBodies } from '../../scripts/audit/read-buckets.ts';
import { readLedger } from '../../scripts/audit/read-ledger.ts';
import { ANCHORS, RECORD, type StoredRecord } from '../support/stored-record.ts';
import { claim, ending, intent, minute, opening } from '../support/runs.ts';

export const CALLER = {
  arn: 'arn:aws:sts::111122223333:assumed-role/sre/ines',
  person: 'arn:aws:iam::111122223333:role/sre',
};

/** Of the function that anchors. */
export const SIGNER = signerOf(ANCHORS, 'a-secret-of-the-anchors-in-tests-of-64-characters');
export const anchoring = ({ as, s3 }: Pick<StoredRecord, 'as' | 's3'>, signer = SIGNER) => ({
  s3,
  bucket: ANCHORS,
  pool: as('responder_anchor'),
  signer,
});

/** A run from its opening to its end, its evidence kept and its incident anchored, as the runner does it. */
export async function pastRun({ as, s3 }: StoredRecord, opened: RunOpening, outcome: Outcome): Promise<void> {
  const { run } = opened.request;
  const runner = as('responder_runner');
  const store = evidenceStore({ s3: async () => s3 }, RECORD, opened.request);
  const { incident } = await openRun(runner, opened);
  const bodies: EvidenceBody[] = [];
  for (const phase of ['before', 'recovered'])
    bodies.push(
      await store.keep(phase, [answer(`${phase}/ledger/1`, run), answer(`${phase}/athena/2`, run)]),
    );
  const { records } = await store.load(bodies);
  const end = minute(Math.round((Date.parse(opened.openedAt) - Date.parse(minute(0))) / 60_000) + 3);
  await endRun(runner, opened, ending(outcome, end, { bodies }), records);
  await anchorHead(anchoring({ as, s3 }), incident);
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
    copy: { readAt, log: ANCHORS, record, rows, evidence, anchors: anchors.objects, bodies: bodies.objects },
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
export const DAY_THREE = new Date(minute(48 * 60));

/** Three incidents, six runs, an order, two days; and at the end an incident that nothing anchors yet. */
export async function fill(record: StoredRecord): Promise<void> {
  const { clock, as } = record;
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
  await transaction(as('responder_respond'), (on) => putSwitch(on, order, { scope: 'all', paused: true }));
  await anchorAll(anchoring(record), DAY_ONE);
  await pastRun(record, on('four', 30, '2026-10'), 'self-healed');
  await pastRun(record, on('five', 40, '2026-09'), 'escalated');
  await clock.advanceTo(DAY_TWO);
  await anchorAll(anchoring(record), DAY_TWO);
  await pastRun(record, on('six', 50, '2026-09'), 'inconclusive');
  await openRun(as('responder_runner'), on('seven', 60, '2026-08'));
}

const RESPOND = 'responder_respond';
const ESCALATION = 'responder_escalation';

/** An entry of every kind, by the functions that write it; at the end all is anchored. */
export async function fillEveryKind(record: StoredRecord): Promise<void> {
  const { clock, as } = record;
  const [runner, respond, escalation] = [as('responder_runner'), as(RESPOND), as(ESCALATION)];
  const at = minute(100);
  const now = new Date(at);
  const target = { period: '2026-07' };
  const about = opening('plan', 90, { target });
  const { incident } = await openRun(runner, about);
  await openRun(runner, opening('joins', 91, { target }));
  const lock = { writes: ['audit/plan'], reads: [] };
  await claim(runner, 'plan', intent(about, minute(92), { target, locks: lock }));
  const request = { run: 'plan', planSha256: 'a'.repeat(64), evidenceSha256: 'b'.repeat(64), shown: {} };
  const asks = { id: 'A-plan', people: 1, requester: null, requestedAt: at, expiresAt: minute(900) } as const;
  await putApproval(runner, { ...request, ...asks });
  const order = (action: string, type: string, id: string) => ({
    caller: CALLER,
    action: `responder.${action}`,
    object: { type, id },
    at,
    why: 'seen',
  });
  const guard = {
    slot: 'before-acting',
    guard: 'lock',
    answer: 'allow',
    figures: 'none',
    checkedAt: at,
  } as const;
  const nonce = '00000000-0000-4000-8000-000000000001';
  await claimCommand(respond, { nonce }, CALLER, now);
  await approve(respond, 'A-plan', 'a'.repeat(64), order('approve', 'approval', 'A-plan'));
  await recordAnswer(respond, nonce, { ok: true, text: 'done' }, now);
  await auditRefusal(respond, { command: 'trust', arn: 'arn:x', says: 'arn:y', at: now });
  for (const [executor, login] of [
    ['run', 'responder_runner'],
    ['rehearsal', 'responder_rehearser'],
    ['episode', 'responder_escalation'],
  ] as const)
    await auditRefusedOrder(as(login), { executor, id: 'forged', fault: 'it has no proof', at: now });
  const told = {
    message: { kind: 'call', severity: 'SEV-3', level: 1 },
    recipient: 'sre',
    dueAt: at,
  } as const;
  const unsent = { toldAt: null, confirmed: 2, tries: 1, triedAt: at, byRun: null, why: 'no answer' };
  await putTold(escalation, incident, 1, [{ ...told, ...unsent }]);
  await putTold(escalation, incident, 1, [
    { ...told, ...unsent, tries: 2, triedAt: minute(105), notBefore: minute(109) },
    { ...told, ...unsent, tries: 3, triedAt: minute(110), toldAt: minute(110), confirmed: 3 },
  ]);
  await putJira(escalation, incident, 1, { key: 'OPS-1', url: 'https://jira/OPS-1', at });
  await raiseByPersistence(escalation, incident, 'SEV-2', at);
  await acknowledgeByOrder(as('responder_acknowledge'), order('ack', 'incident', incident), 'the link');
  await endRun(
    runner,
    about,
    ending('failed', minute(120), { breaker: { after: 1, initialTrust: 'auto' }, guards: [guard] }),
    [],
  );
  await resolveByOrder(respond, order('resolve', 'incident', incident));
  await sealRecord(escalation, { incident, episode: 1, sha256: 'c'.repeat(64), at });
  const draft = { key: 'ops/draft.md', sha256: 'd'.repeat(64) };
  await putDraft(escalation, incident, 1, { prefix: 'ops/', ...draft, at });
  await putSignature(respond, incident, 1, {
    order: order('sign-postmortem', 'incident', incident),
    ...draft,
  });
  const again = opening('returns', 200, { target });
  await openRun(runner, again);
  await failCrashedRun(as('responder_sweep'), 'returns', minute(240), () => ({
    after: 3,
    initialTrust: 'auto',
  }));
  await clock.advanceTo(DAY_THREE);
  await anchorAll(anchoring(record), DAY_THREE);
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
