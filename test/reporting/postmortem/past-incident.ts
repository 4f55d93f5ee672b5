import { curFreshness } from '../../../lambdas/catalog/playbooks/cur-freshness.ts';
import { deciding, type Branch, type DecisionOnRecord } from '../../../lambdas/domain/decision.ts';
import { evidenceStore } from '../../../lambdas/engine/evidence-store.ts';
import { transaction } from '../../../lambdas/platform/ledger/transaction.ts';
import { putApproval } from '../../../lambdas/record/approvals.ts';
import { keepEvidence } from '../../../lambdas/record/evidence.ts';
import { acknowledge, closeIncident } from '../../../lambdas/record/incidents.ts';
import type { EvidenceRecord, StepRecord } from '../../../lambdas/domain/run-record.ts';
import { endRun, openRun } from '../../../lambdas/record/write.ts';
import { RECORD, type StoredRecord } from '../../support/stored-record.ts';
import { claim, ending, intent, minute, opening } from '../../support/runs.ts';

/** What drafts are made of, and what comes of them. */
export const draftsOf = (record: StoredRecord) => ({
  drafting: (incident: string, episode = 1, now = minute(100)) => ({
    pool: record.ledger.responder,
    s3: record.s3,
    bucket: RECORD,
    incident,
    episode,
    now: new Date(now),
  }),
  keysIn: (prefix = 'ops/') => record.buckets.list(RECORD, prefix).map(({ key }) => key),
  textOf: async (key: string) => (await record.buckets.get(RECORD, key)).toString('utf8'),
});

/** Rows that a spreadsheet, a page and Markdown must all survive; `description` may name a tenant. */
export const ROWS = [
  { tenant_id: 'TEN-00123', plan_code: 'pro', variance_usd: '-12.5', description: 'Acme Corp, owes "much"' },
  { tenant_id: '=cmd()', plan_code: null, variance_usd: '7', description: 'two\nlines' },
  { tenant_id: 'TEN,4', plan_code: 'a"b', variance_usd: '', description: null },
];
export const QUERY = "select * from recon_exceptions\nwhere created_at < $1 and category <> 'a;b'";

const evidence = (phase: string, at: string): EvidenceRecord[] => [
  keepEvidence(
    `${phase}/cost-copies/1`,
    'cost-copies',
    { source: 'ledger', query: QUERY, parameters: { $1: at, $2: 'Acme Corp' }, rows: ROWS },
    new Date(at),
  ),
  keepEvidence(
    `${phase}/cost-copies/2`,
    'cost-copies',
    { source: 'athena', query: 'SELECT 1', parameters: {}, rows: [{ _col0: '1' }] },
    new Date(at),
  ),
  keepEvidence(
    `${phase}/cur-delivery/1`,
    'cur-delivery',
    { source: 's3', query: 's3:ListObjectsV2', parameters: { bucket: 'cur' }, rows: [] },
    new Date(at),
  ),
];

const step = (name: string, from: number, to: number, tell: string, detail: unknown = null): StepRecord => ({
  name,
  startedAt: minute(from),
  endedAt: minute(to),
  tell,
  detail,
});

const of = deciding({ 'failed-before': { when: 'a', then: 'b' } });
const decided = of.act('failed-before', 'the last load failed, and <nothing> is [E1: in] its way', [
  { action: 'start-ingestion', params: { period: '2026-11' } },
]);
/** With its row, as a run keeps it. */
const DECISION: DecisionOnRecord = { ...decided, row: curFreshness.branches['failed-before'] as Branch };

/** One run that was opened, looked, acted and ended, its evidence in the bucket and in the ledger. */
async function run(
  { ledger, s3 }: StoredRecord,
  name: string,
  { from, to, outcome, why }: { from: number; to: number; outcome: 'ineffective' | 'resolved'; why: string },
) {
  const pool = ledger.responder;
  const opened = { ...opening(name, from), severity: 'SEV-2' as const };
  const { incident } = await openRun(pool, opened);
  const kept = evidence('before', minute(from + 1));
  await evidenceStore({ s3: () => Promise.resolve(s3) }, RECORD, opened.request).keep('before', kept);
  const effect = { rows: 40_000, usd: '1234.50', tenants: ['TEN-00123', 'TEN-00456'] };
  await claim(pool, name, intent(opened, minute(from + 2), { decision: DECISION as never, effect }));
  const told = [
    { probe: 'cost-copies', question: 'What do both copies hold?', tell: 'usage of 2026-11-19, 4.6 d old' },
    { probe: 'cur-delivery', question: 'Is the delivery there?', tell: 'complete, 12 files' },
  ];
  await endRun(
    pool,
    opened,
    ending(outcome, minute(to), {
      why,
      decision: DECISION,
      impact: effect,
      steps: [
        step('guard:before-diagnosing', from, from, '17 of 17 guards allow'),
        step('diagnose', from, from + 1, `2 looks, 3 answers kept; act: ${DECISION.why}`, {
          told,
          evidence: kept.map(({ key, sha256 }) => ({ key, sha256 })),
        }),
        step(
          'act:1:start-ingestion',
          from + 2,
          from + 2.5,
          'start Glue job cur_ingest_prod for 2026-11: jr_1',
        ),
        step('wait:1:start-ingestion', from + 3, to - 1, 'SUCCEEDED', {
          state: 'succeeded',
          tell: 'SUCCEEDED',
        }),
        step('verify:measure', to - 1, to, 'not healthy: no answer: timed out'),
        step('notify:finops', to, to, 'whatever is said here', { delivery: 'unknown' }),
        step('notify:sre:late', to, to, 'it was tried 12 times', { gaveUp: true, delivery: 'failed' }),
        step('notify:sre', to, to, 'nobody was told is only a subject', { delivery: 'delivered' }),
      ],
      guards: [
        {
          slot: 'before-acting',
          guard: 'cooldown',
          answer: 'refuse',
          figures: 'acted 12 min ago',
          checkedAt: minute(from + 2),
        },
      ],
    }),
    kept,
  );
  return incident;
}

/** A SEV-2 incident as it goes: a plan that did not help, people who came late, one that did, and its end. */
export async function pastIncident(record: StoredRecord): Promise<string> {
  const pool = record.ledger.responder;
  const incident = await run(record, 'r-one', {
    from: 0,
    to: 40,
    outcome: 'ineffective',
    why: 'the plan was carried out, but it did not help: freshness 4.6 d (limit 2 d)',
  });
  await putApproval(pool, {
    id: 'A-r-one',
    run: 'r-one',
    planSha256: 'p',
    evidenceSha256: 'e',
    shown: {},
    people: 1,
    requester: null,
    requestedAt: minute(1),
    expiresAt: minute(60),
  });
  for (const { message, ...told } of [
    {
      message: { kind: 'call', severity: 'SEV-2', level: 1 },
      recipient: 'sre',
      due_at: minute(0),
      told_at: minute(0.5),
      confirmed: 2,
      tries: 1,
      why: null,
    },
    {
      message: { kind: 'call', severity: 'SEV-2', level: 2 },
      recipient: 'lead',
      due_at: minute(60),
      told_at: minute(64),
      confirmed: 1,
      tries: 3,
      why: 'the topic did not answer',
    },
    {
      message: { kind: 'joined', batch: 1 },
      recipient: 'sre',
      due_at: minute(75),
      told_at: null,
      confirmed: 0,
      tries: 1,
      why: null,
    },
  ])
    await record.ledger.admin.query(
      'insert into responder.told select (jsonb_populate_record(null::responder.told, $1)).*',
      [{ incident_id: incident, episode: 1, tried_at: told.due_at, ...message, ...told }],
    );
  await transaction(pool, (client) =>
    acknowledge(client, incident, { by: 'sre-one', at: minute(65), how: 'command' }),
  );
  await run(record, 'r-two', {
    from: 70,
    to: 95,
    outcome: 'resolved',
    why: 'freshness 1.2 d (limit 2 d); alarm cur-freshness is OK',
  });
  return incident;
}

/** It comes back within a day, and is closed by a person. */
export async function secondEpisode({ ledger }: StoredRecord, at = 200): Promise<void> {
  const opened = { ...opening('r-back', at), severity: 'SEV-2' as const };
  const { incident } = await openRun(ledger.responder, opened);
  await endRun(ledger.responder, opened, ending('escalated', minute(at + 5)), []);
  await transaction(ledger.responder, (client) =>
    closeIncident(client, incident, {
      by: { person: 'sre-two' },
      at: minute(at + 60),
      why: 'repaired by hand',
    }),
  );
}
