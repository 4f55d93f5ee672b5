import type { AuditRow } from '../../lambdas/record/audit/chain-link.ts';
import { sha256 } from '../../lambdas/record/audit/anchor-form.ts';
import { WRITERS } from '../../lambdas/record/logins.ts';
import { verifyAudit, type AuditCopy } from '../../scripts/audit/verify.ts';
import { readRecord } from '../../scripts/audit/read-record.ts';
import { bootStoredRecord } from '../support/stored-record.ts';
import { fill, fillEveryKind, readAll } from './past-runs.ts';

/** What stands in the tables is held against the chains: a change that leaves every hash alone. */

const record = bootStoredRecord();
let copy: AuditCopy;
beforeAll(async () => {
  await fill(record);
  await fillEveryKind(record);
  ({ copy } = await readAll(record));
});

test('the record that nobody has changed agrees with the audit', () => {
  expect(verifyAudit(copy, new Date(0)).faults).toEqual([]);
  expect(copy.record?.runs.length).toBe(8);
  expect(copy.record?.events.length).toBe(5);
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

const faultsOf = (changed: AuditCopy): string[] =>
  verifyAudit(changed, new Date(0)).faults.map(({ where, what }) => `${where}: ${what}`);

/** Every value with another of its type in the place of one: each leaf once, each member left out once. */
function* changesOf(value: unknown): Generator<unknown> {
  if (typeof value === 'string') yield `${value}x`;
  else if (typeof value === 'number') yield value + 1;
  else if (typeof value === 'boolean') yield !value;
  else if (value === null) yield 'x';
  else if (Array.isArray(value)) {
    yield [...(value as unknown[]), 'x'];
    for (const [i, inner] of value.entries())
      for (const change of changesOf(inner)) yield value.with(i, change);
  } else
    for (const [name, inner] of Object.entries(value as object)) {
      for (const change of changesOf(inner)) yield { ...(value as object), [name]: change };
      const { [name]: _gone, ...rest } = value as Record<string, unknown>;
      yield rest;
    }
}

/** As somebody writes it who can change the ledger at will: places and hashes fit. */
function chainedAnew(rows: readonly AuditRow[]): AuditRow[] {
  const ends = new Map<string, AuditRow>();
  return rows.map((row) => {
    const before = ends.get(row.chain);
    const { chain, key, at, kind, body, login } = row;
    const seq = (before?.seq ?? 0) + 1;
    const previous = before?.hash ?? sha256(chain);
    const text = [previous, chain, seq, key, at, kind, body, ...(login === null ? [] : [login])].join('\n');
    const chained = { ...row, seq, previous, hash: sha256(text) };
    ends.set(chain, chained);
    return chained;
  });
}

test('each field of each kind of entry, changed, deleted or put beside with hashes that fit, is seen', () => {
  expect(chainedAnew(copy.rows)).toEqual(copy.rows);
  const kinds = Map.groupBy(copy.rows, ({ kind }) => kind);
  const missing = Object.keys(WRITERS).filter(
    (wanted) => ![...kinds.keys()].some((kind) => kind === wanted || wanted === `${kind.split('.')[0]}.*`),
  );
  expect(missing).toEqual([]);
  const unseen: string[] = [];
  let tried = 0;
  const held = (what: string, rows: readonly AuditRow[]): void => {
    tried++;
    if (faultsOf({ ...copy, rows: chainedAnew(rows) }).length === 0) unseen.push(what);
  };
  for (const [kind, [one]] of kinds) {
    if (!one) continue;
    const put = (row: AuditRow) => copy.rows.map((other) => (other === one ? row : other));
    for (const column of ['key', 'at', 'kind', 'login'] as const)
      held(`${kind}: ${column}`, put({ ...one, [column]: `${one[column]}x` }));
    for (const body of changesOf(JSON.parse(one.body)))
      held(`${kind}: ${JSON.stringify(body)}`, put({ ...one, body: JSON.stringify(body) }));
    held(
      `${kind}: deleted`,
      copy.rows.filter((row) => row !== one),
    );
    held(
      `${kind}: beside`,
      copy.rows.flatMap((row) => (row === one ? [row, { ...row, key: 'x' }] : [row])),
    );
  }
  expect(unseen).toEqual([]);
  expect(tried).toBeGreaterThan(250);
});

test('each field of each row of the record, changed, deleted or put beside, is seen', () => {
  const tables = copy.record ?? ({} as never);
  const unseen: string[] = [];
  let tried = 0;
  for (const [table, rows] of Object.entries(tables) as [string, readonly object[]][]) {
    if (rows.length === 0) unseen.push(`${table} has no row`);
    const held = (what: string, changed: readonly object[]): void => {
      tried++;
      const record = { ...tables, [table]: changed };
      if (faultsOf({ ...copy, record }).length === 0) unseen.push(`${table}: ${what}`);
    };
    for (const [i, row] of rows.entries()) {
      // Deleted evidence is missing in the rows that its hashes are read from, too.
      if (table !== 'evidence') held(`${i} deleted`, rows.toSpliced(i, 1));
      // Of a run that crashed the audit holds no more than that.
      const { planSha256: _, decision: _1, finding: _2, ...little } = row as Record<string, unknown>;
      const kept =
        table === 'runs' && row === rows.find((one) => 'decision' in one && one.decision === null)
          ? little
          : row;
      for (const change of changesOf(kept)) held(JSON.stringify(change), rows.with(i, change as object));
    }
    const [, other] = [...changesOf(rows[0])];
    held('put beside', [...rows, other as object]);
  }
  expect(unseen).toEqual([]);
  expect(tried).toBeGreaterThan(200);
});

test.each([
  ['run.ended', 'responder_respond'],
  ['responder.approve', 'responder_runner'],
  ['people.told', 'responder_acknowledge'],
  ['command.given', 'responder_migrate'],
  ['incident.opened', null],
])('an entry "%s" that %s has written is a fault, anchored or not', (kind, login) => {
  const one = copy.rows.find((row) => row.kind === kind);
  const rows = chainedAnew(copy.rows.map((row) => (row === one ? { ...row, login } : row)));
  const faults = faultsOf({ ...copy, rows, anchors: [] });
  expect(faults.filter((fault) => fault.includes('login'))).toEqual([
    `chain ${one?.chain}, entry ${one?.seq}: another login has written "${kind}"`,
  ]);
});
