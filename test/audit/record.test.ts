import { verifyAudit, type AuditCopy } from '../../scripts/audit/verify.ts';
import { readRecord } from '../../scripts/audit/read-record.ts';
import { bootStoredRecord } from '../support/stored-record.ts';
import { fill, readAll } from './past-runs.ts';

/** What stands in the tables is held against the chains: a change that leaves every hash alone. */

const record = bootStoredRecord();
let copy: AuditCopy;
beforeAll(async () => {
  await fill(record);
  ({ copy } = await readAll(record));
});

test('the record that nobody has changed agrees with the audit', () => {
  expect(verifyAudit(copy, new Date(0)).faults).toEqual([]);
  expect(copy.record?.runs.length).toBe(6);
  expect(copy.record?.events.length).toBe(1);
});

const APPROVAL = `
insert into responder.approval (approval_id, run_id, plan_sha256, evidence_sha256, shown, people, requested_at, expires_at, state)
values ('A-one', 'one', 'a', 'b', '{}', 1, now(), now(), 'approved');
insert into responder.approver values ('A-one', 'finops-one', 'arn:x', now())`;

test.each([
  [
    'the rows of evidence',
    `update responder.evidence set rows = '[1, 2]'`,
    /its answer is not what was hashed/,
  ],
  ['the query of evidence', `update responder.evidence set query = 'other'`, /its answer is not what was/],
  ['the parameters of evidence', `update responder.evidence set parameters = '{}'`, /its answer is not what/],
  [
    'the source of evidence',
    `update responder.evidence set source = 'x'`,
    /its answer is not what was hashed/,
  ],
  [
    'added evidence',
    `insert into responder.evidence select run_id, 'before/more/1', probe, source, query, parameters, rows, row_count, sha256,
     taken_at from responder.evidence limit 1`,
    /before\/more\/1 .*: no entry of the audit holds it/,
  ],
  [
    'an outcome',
    `update responder.run set outcome = 'resolved' where run_id = 'one'`,
    /table run: a row that/,
  ],
  ['why', `update responder.run set why = 'x' where run_id = 'one'`, /table run: a row that the audit holds/],
  [
    'a decision',
    `update responder.run set decision = jsonb_set(decision, '{why}', '"x"') where run_id = 'one'`,
    /table run: a row that the audit holds is not there/,
  ],
  [
    'a guard that is added',
    `insert into responder.guard values ('one', 'before-acting', 'g', 'allow', 'x', now())`,
    /table guard: no entry of the audit holds/,
  ],
  ['an approver who is added', APPROVAL, /table approver: no entry of the audit holds/],
  [
    'the orders of people deleted',
    `delete from audit_event`,
    /table audit_event: a row that the audit holds/,
  ],
  ['who gave an order', `update audit_event set actor_id = 'x'`, /table audit_event: a row that the audit/],
  ['what was ordered', `update audit_event set object_id = 'x'`, /table audit_event: a row that the audit/],
] as const)('%s, changed, is seen', async (_, sql, said) => {
  const client = await record.ledger.admin.connect();
  try {
    await client.query('begin');
    await client.query('set local session_replication_role = replica');
    await client.query(sql);
    const changed = { ...copy, record: await readRecord(client) };
    const faults = verifyAudit(changed, new Date(0)).faults.map(({ where, what }) => `${where}: ${what}`);
    expect(faults).toContainEqual(expect.stringMatching(said));
  } finally {
    await client.query('rollback');
    client.release();
  }
});
