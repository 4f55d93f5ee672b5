import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { Pool } from 'pg';
import { firstBrokenLink } from '../../lambdas/record/audit/chain-link.ts';
import { appendAudit, PEOPLES_CHAIN } from '../../lambdas/record/audit-chain.ts';
import { putApproval } from '../../lambdas/record/approvals.ts';
import { refuse } from '../../lambdas/record/approving.ts';
import { auditRun, putSwitch } from '../../lambdas/record/orders.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { readLedger } from '../../scripts/audit/read-ledger.ts';
import { asLogin, bootLedger } from '../support/ledger.ts';
import { having } from '../../emulator/test/support/matching.ts';
import { ending, minute, opening } from '../support/runs.ts';
import { CALLER } from './past-runs.ts';

const ledger = bootLedger();

const entry = (key: string, chain = 'INC-x') => ({
  chain,
  key,
  at: minute(0),
  kind: 'run.ended',
  body: { key },
});
const chainOf = async (chain: string) =>
  (await readLedger(ledger.url)).rows.filter((row) => row.chain === chain);

test('nobody changes, deletes or truncates an entry, nor chooses its place', async () => {
  await appendAudit(ledger.responder, entry('a', 'INC-kept'));
  for (const sql of [
    `update responder.audit set body = '{}'`,
    `delete from responder.audit`,
    `truncate responder.audit`,
  ]) {
    await expect(ledger.responder.query(sql)).rejects.toThrow(/responder.audit only grows/);
    await expect(ledger.admin.query(sql)).rejects.toThrow(/responder.audit only grows/);
  }
  await ledger.responder.query(
    `insert into responder.audit values ('INC-kept', 99, 'b', '${minute(1)}', 'k', '{}', 'x', 'y')`,
  );
  const rows = await chainOf('INC-kept');
  expect(rows.map(({ seq, key }) => [seq, key])).toEqual([
    [1, 'a'],
    [2, 'b'],
  ]);
  expect(firstBrokenLink('INC-kept', rows)).toBeUndefined();
});

test('an entry says which login wrote it, and its hash covers that', async () => {
  await appendAudit(ledger.responder, entry('a', 'INC-login'));
  const [row] = await chainOf('INC-login');
  const login = new URL(ledger.url).username;
  expect(row?.login).toBe(login);
  const forged = (other: string | null) =>
    firstBrokenLink('INC-login', row ? [{ ...row, login: other }] : []);
  expect(forged(login)).toBeUndefined();
  expect(forged('another')?.what).toBe('its text is not what was hashed');
  expect(forged(null)?.what).toBe('its text is not what was hashed');
});

test('twenty that append at once from several connections make one unbroken chain', async () => {
  const other = new Pool({ connectionString: ledger.url, max: 8 });
  try {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        appendAudit(i % 2 === 0 ? other : ledger.responder, entry(`key-${i}`, 'INC-busy')),
      ),
    );
  } finally {
    await other.end();
  }
  const rows = await chainOf('INC-busy');
  expect(new Set(rows.map(({ key }) => key)).size).toBe(20);
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(firstBrokenLink('INC-busy', rows)).toBeUndefined();
});

test('what is written again adds nothing', async () => {
  const opened = opening('again');
  const bodies = [{ key: 'evidence/again/before.json', sha256: 'f'.repeat(64) }];
  for (let i = 0; i < 3; i++) {
    await openRun(ledger.responder, opened);
    await endRun(ledger.responder, opened, ending('resolved', minute(2), { bodies }), []);
    await auditRun(ledger.responder, {
      caller: CALLER,
      action: 'responder.run',
      run: 'asked',
      at: minute(i),
      why: 'to see',
    });
  }
  const rows = await chainOf('INC-again');
  expect(rows.map(({ kind }) => kind)).toEqual([
    'incident.opened',
    'remediation.resolved',
    'run.ended',
    'incident.resolved',
  ]);
  expect(JSON.parse(rows[2]?.body ?? '')).toMatchObject({ run: 'again', bodies });
  expect((await chainOf(PEOPLES_CHAIN)).filter(({ kind }) => kind === 'responder.run')).toHaveLength(1);
});

test('an order stands in both audits: on the people’s chain, or with the incident that it belongs to', async () => {
  const order = (action: string, id: string, type = 'playbook') => ({
    caller: CALLER,
    action,
    object: { type, id },
    at: minute(5),
    why: 'month end',
  });
  const switched = { scope: 'cur-freshness', paused: true };
  for (let i = 0; i < 2; i++)
    await transaction(ledger.responder, (on) =>
      putSwitch(on, order('responder.pause', 'cur-freshness'), switched),
    );
  await openRun(ledger.responder, opening('asks', 10, { target: { period: '2026-09' } }));
  await putApproval(ledger.responder, {
    id: 'A-asks',
    run: 'asks',
    planSha256: 'a'.repeat(64),
    evidenceSha256: 'b'.repeat(64),
    shown: {},
    people: 1,
    requester: null,
    requestedAt: minute(1),
    expiresAt: minute(60),
  });
  await refuse(ledger.responder, 'A-asks', order('responder.refuse', 'A-asks', 'approval'));
  const paused = (await chainOf(PEOPLES_CHAIN)).filter(({ kind }) => kind === 'responder.pause');
  const refused = (await chainOf('INC-asks')).filter(({ kind }) => kind === 'responder.refuse');
  expect([paused.length, refused.length]).toEqual([1, 1]);
  const body = JSON.parse(paused[0]?.body ?? '') as { event: string };
  expect(body).toMatchObject({ caller: CALLER.arn, person: CALLER.person, why: 'month end' });
  const { rows } = await ledger.admin.query('select * from audit_event where event_id = $1', [body.event]);
  expect(rows).toEqual([having({ action: 'responder.pause', actor_id: CALLER.person })]);
});

test('an order that cannot be audited is not carried out', async () => {
  const order = {
    caller: CALLER,
    action: 'two\nlines',
    object: { type: 'playbook', id: 'all' },
    at: minute(6),
    why: 'the audit takes no such kind',
  };
  await expect(
    transaction(ledger.responder, (on) => putSwitch(on, order, { scope: 'all', paused: true })),
  ).rejects.toThrow(/audit/);
  const { rows } = await ledger.admin.query(
    `select from responder.switch where scope = 'all' union all select from audit_event where action like 'two%'`,
  );
  expect(rows).toEqual([]);
});

test('who rehearses keeps its record, and may write of the audit only what it has refused', async () => {
  const rehearser = new Pool({ connectionString: asLogin(ledger.url, 'responder_rehearser'), max: 2 });
  try {
    const rehearsed = opening('rehearsed', 0, { mode: 'dry-run' });
    await openRun(rehearser, rehearsed);
    await endRun(rehearser, rehearsed, ending('rehearsed', minute(1)), []);
    await expect(appendAudit(rehearser, entry('r'))).rejects.toThrow(
      'login responder_rehearser may not write the audit entry "run.ended" into chain "INC-x"',
    );
    expect(await chainOf('INC-rehearsed')).toEqual([]);
  } finally {
    await rehearser.end();
  }
});
