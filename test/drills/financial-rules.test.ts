import type { Pool } from 'pg';
import { checkFinancialRules } from '../../scripts/drill/financial-rules.ts';
import { beginNotes } from '../../scripts/drill/ledger-notes.ts';
import { ledgerState, type LedgerState } from '../../scripts/drill/ledger-state.ts';
import type { ToldMessage } from '../../scripts/drill/rules/rule.ts';
import { evidenceHash } from '../../lambdas/record/evidence.ts';
import { bootLedger } from '../support/ledger.ts';

/** A ledger with a closed month, 2025-09, whose reconciliation is in order, and one that is not reconciled yet, 2025-10. */
const ledger = bootLedger({ each: true });
let admin: Pool;
let before: LedgerState;
beforeEach(async () => {
  admin = ledger.admin;
  await admin.query(WORLD);
  await beginNotes(admin);
  before = await ledgerState(admin);
});

/** What each rule that is broken says. */
async function broken(told: readonly ToldMessage[] = []): Promise<Record<number, string[]>> {
  const results = await checkFinancialRules({ pool: admin, before, after: await ledgerState(admin), told });
  return Object.fromEntries(
    results
      .filter(({ violations }) => violations.length > 0)
      .map(({ rule, violations }) => [rule, violations.map(({ what }) => what)]),
  );
}

const AT = '2025-11-10T10:00:00Z';

/** A run that held the lock, as the engine records it: evidence and intent first, then its action, then its outcome. */
async function act({ job = 'recon_runner', plan = ['a'], lacks = '' } = {}): Promise<void> {
  const evidence = { source: 'ledger', query: 'select 1', parameters: {}, rows: [{ a: 1 }] };
  const sha256 = lacks === 'checksum' ? 'f'.repeat(64) : evidenceHash(evidence);
  const keep = () =>
    admin.query(
      `insert into responder.evidence (run_id, key, probe, source, query, parameters, rows, row_count, sha256, taken_at)
       values ('run', 'before/x/1', 'x', 'ledger', 'select 1', '{}', '[{"a":1}]', 1, $1, $2)`,
      [sha256, AT],
    );
  const audit = (action: string) =>
    admin.query(
      `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
       values ($2, 'system', 'run', $1, 'target', 'period=2025-10', '{"run":"run","what":"it","why":"because"}')`,
      [action, AT],
    );
  await admin.query(
    `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, ended_at, fence,
                                outcome, decision)
     values ('run', 'INC', 'recon-failed', 'period=2025-10', '{}', 'live', '{}', $1, $1, 1, 'resolved', $2)`,
    [AT, JSON.stringify({ kind: 'act', plan: plan.map((action) => ({ action, params: {} })) })],
  );
  if (lacks !== 'evidence') await keep();
  if (lacks !== 'intent') await audit('remediation.intended');
  await admin.query(
    `insert into job_run (run_id, job, period, fence, status, started_at) values ('run-1', $1, '2025-10', 1, 'completed', $2)`,
    [job, AT],
  );
  if (lacks === 'evidence') await keep();
  if (lacks !== 'outcome') await audit('remediation.resolved');
}

test('a ledger on which everything was done in order breaks no rule', async () => {
  await act();
  await admin.query(`update invoice_header set status = 'paid', paid_at = $1 where invoice_id = 'INV-2'`, [
    AT,
  ]);
  await admin.query(
    `${INVOICE} values ('INV-3', 'TEN-00003', '2025-09-01', '2025-10-01', 'issued', 0, 0, 0, $1)`,
    [AT],
  );
  const told = [{ topic: 'commercial-ops-sre', subject: null, message: 'TEN-00001 on PLAN-TEAM' }];
  expect(await broken(told)).toEqual({});
});

describe('1: a closed period is immutable', () => {
  test.each([
    ['a cost', `update fact_cost_allocated set allocated_cost_usd = allocated_cost_usd + 0.000001`],
    [
      'a line more',
      `insert into fact_cost_allocated (tenant_id, period_start, period_end, service, category, rule_id, allocated_cost_usd, created_at)
                     values ('TEN-00001', '2025-09-01', '2025-10-01', 'S3', 'S3', 'r', 0, now())`,
    ],
    ['its reconciliation', `update recon_summary set variance_usd = 1 where recon_id = 'RECON-2025-09'`],
    ['its state', `update period_state set state = 'open' where period_start = '2025-09-01'`],
    ['an invoice', `update invoice_header set total_usd = 99 where invoice_id = 'INV-1'`],
    ["an invoice's line", `update invoice_detail set amount_usd = 99`],
    ['an invoice that is taken back', `update invoice_header set status = 'void' where invoice_id = 'INV-1'`],
  ])('%s', async (_what, change) => {
    await admin.query(change);
    expect(Object.keys(await broken())).toEqual(['1']);
  });

  test('an invoice that is issued later, but is not the sum of its lines', async () => {
    await admin.query(
      `${INVOICE} values ('INV-3', 'TEN-00003', '2025-09-01', '2025-10-01', 'issued', 5, 0, 5, $1)`,
      [AT],
    );
    expect(await broken()).toEqual({ 1: ['an issued invoice is not the sum of its lines'] });
  });
});

test('2: an invoice is issued while its period is only provisionally reconciled, though it is in order afterwards', async () => {
  await admin.query(
    `${INVOICE} values ('INV-9', 'TEN-00001', '2025-10-01', '2025-11-01', 'issued', 0, 0, 0, $1)`,
    [AT],
  );
  await admin.query(`update recon_summary set status = 'ok' where recon_id = 'RECON-2025-10'`);
  expect(Object.keys(await broken())).toEqual(['2']);
});

describe('3: no payment is applied on a guess', () => {
  test('settled with a cent too little confirmed', async () => {
    await admin.query(`update payment_txn set status = 'pending' where payment_id = 'PAY-2'`);
    await admin.query(
      `insert into payment_txn values ('PAY-3', 'INV-2', 'card', 19.99, null, 'confirmed', $1)`,
      [AT],
    );
    await admin.query(`update invoice_header set status = 'paid', paid_at = $1 where invoice_id = 'INV-2'`, [
      AT,
    ]);
    expect(Object.keys(await broken())).toEqual(['3']);
  });

  test('a payment that is given to another invoice', async () => {
    await admin.query(`update payment_txn set invoice_id = 'INV-1' where payment_id = 'PAY-2'`);
    expect(Object.keys(await broken())).toEqual(['3']);
  });
});

describe('4: handled twice, done once', () => {
  test('a tenant is invoiced twice for a month', async () => {
    await admin.query(
      `${INVOICE} values ('INV-1b', 'TEN-00001', '2025-09-02', '2025-10-01', 'issued', 0, 0, 0, $1)`,
      [AT],
    );
    expect((await broken())[4]).toEqual(['a tenant was invoiced twice for a month']);
  });

  test('one top-up more than the plan allows', async () => {
    await admin.query(
      `${INVOICE} values ('INV-T', 'TEN-00001', '2025-10-01', '2025-11-01', 'open', 0, 0, 0, null)`,
    );
    const topUp = `insert into invoice_detail (invoice_id, line_type, metric_code, quantity, unit, unit_price_usd, amount_usd)
                   values ('INV-T', 'topup', 'storage_gb_peak', 1, 'step', 1, 1)`;
    await admin.query(topUp);
    expect(await broken()).toEqual({});
    await admin.query(topUp);
    expect(await broken()).toEqual({ 4: ['more top-ups than the plan allows in a month'] });
  });

  test('a run plans the same action twice', async () => {
    await act({ plan: ['a', 'a'] });
    expect(await broken()).toEqual({ 4: ['a run has planned the same action twice'] });
  });

  test('a run id has its effect twice', async () => {
    await act();
    const effect = `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
                    values ($1, 'system', 'recon_runner', 'reconciliation.computed', 'reconciliation', 'x', '{"run_id":"run-1"}')`;
    await admin.query(effect, [AT]);
    expect(await broken()).toEqual({});
    await admin.query(effect, [AT]);
    expect(await broken()).toEqual({ 4: ['a run id has had its effect twice'] });
  });

  test('two runs act on the same change of an alarm', async () => {
    await act();
    await admin.query(`update responder.run set alarm = 'recon-failed', alarm_changed_at = $1`, [AT]);
    await admin.query(
      `insert into responder.run select (jsonb_populate_record(run, '{"run_id":"again","fence":2}')).* from responder.run`,
    );
    expect((await broken())[4]).toEqual(['two runs have acted on the same change of an alarm']);
  });
});

test.each([
  ['evidence', 'a run has acted before all of its evidence was kept'],
  ['checksum', 'evidence does not have the checksum of what it says'],
])('5: evidence first: %s', async (lacks, what) => {
  await act({ lacks });
  expect(await broken()).toEqual({ 5: [what] });
});

describe('6: every change is audited', () => {
  test.each([['intent'], ['outcome']])('a run without the audit of its %s', async (lacks) => {
    await act({ lacks });
    expect((await broken())[6]).toContain(
      'a run that acted is missing the audit of its intent or its outcome',
    );
  });

  test('a change in the ledger without its event', async () => {
    await act({ job: 'responder.settle-invoice' });
    expect(await broken()).toEqual({ 6: ['a change in the ledger is missing its audit event'] });
  });
});

test.each([
  ['a name', 'the invoice of Silver Birch Analytics is late'],
  ['an address', 'write to billing@silver-birch.example'],
])('7: a message with %s', async (_what, message) => {
  const told = [{ topic: 'tenant-notices', subject: 'TEN-00001', message }];
  expect(await broken(told)).toEqual({ 7: ['a message names a tenant or its billing contact'] });
});

const INVOICE =
  'insert into invoice_header (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd, issued_at)';

const WORLD = `
insert into tenant_master values
  ('TEN-00001', 'Silver Birch Analytics', 'active', '{"email":"billing@silver-birch.example"}', '2024-01-01'),
  ('TEN-00002', 'Quarry Lane', 'active', '{"email":"billing@quarry-lane.example"}', '2024-01-01'),
  ('TEN-00003', 'Tall Reed', 'active', '{}', '2024-01-01');
insert into plan_master values ('PLAN-TEAM', 'team', 1, 'USD', 10, 1, '2024-01-01');
insert into tenant_plan_binding values ('TEN-00001', 'PLAN-TEAM', '2024-01-01', null, 'active', 1);
insert into plan_topup values ('PLAN-TEAM', 'storage_gb_peak', true, 1, 1, 1);
insert into period_state values ('2025-09-01', 'closed', null, '2025-10-06'), ('2025-10-01', 'closing', null, '2025-11-01');
insert into fact_cost_allocated (tenant_id, period_start, period_end, service, category, rule_id, allocated_cost_usd, created_at)
  values ('TEN-00001', '2025-09-01', '2025-10-01', 'S3', 'S3', 'r', 10, '2025-10-02');
insert into recon_summary values
  ('RECON-2025-09', null, '2025-09-01', '2025-10-01', 10, 10, 10, 0, 0, 0, 'ok', '2025-10-05'),
  ('RECON-2025-10', null, '2025-10-01', '2025-11-01', 10, 10, null, 0, 0, 0, 'provisional', '2025-11-05');
insert into invoice_header values
  ('INV-1', 'TEN-00001', '2025-09-01', '2025-10-01', 'paid', 10, 0, 10, '2025-10-06', '2025-10-12'),
  ('INV-2', 'TEN-00002', '2025-09-01', '2025-10-01', 'issued', 20, 0, 20, '2025-10-06', null);
insert into invoice_detail values ('INV-1', 'allocation', 'S3', 1, 'service', 10, 10);
insert into payment_txn values
  ('PAY-1', 'INV-1', 'bank_transfer', 10, 'bank-1', 'confirmed', '2025-10-12'),
  ('PAY-2', 'INV-2', 'bank_transfer', 20, 'bank-2', 'confirmed', '2025-10-12');
`;
