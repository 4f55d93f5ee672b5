import { Pool } from 'pg';
import { auditRun, wasOrdered } from '../../lambdas/record/orders.ts';
import type { Ledger } from '../../lambdas/platform/ledger/queryable.ts';
import { OWNER, type Login } from '../../lambdas/record/logins.ts';
import { grantLogins } from '../../lambdas/record/grant-logins.ts';
import { openRun } from '../../lambdas/record/write.ts';
import { asLogin, bootLedger } from '../support/ledger.ts';
import { minute, opening } from '../support/runs.ts';

/** What somebody could do who holds a function's login, and is stopped by nothing but the ledger. */

const ledger = bootLedger();
/** A connection of its own for each statement: none is left when the ledger goes. */
const loggedIn = (login: Login): Ledger => {
  const once = async <T>(work: (pool: Pool) => Promise<T>): Promise<T> => {
    const pool = new Pool({ connectionString: asLogin(ledger.url, login), max: 1 });
    return work(pool).finally(() => pool.end());
  };
  return {
    query: (sql, values) => once((pool) => pool.query(sql, values && [...values])),
    async connect() {
      const pool = new Pool({ connectionString: asLogin(ledger.url, login), max: 1 });
      const client = await pool.connect();
      return {
        query: (sql, values) => client.query(sql, values && [...values]),
        release: () => void (client.release(true), pool.end()),
      };
    },
  };
};

beforeAll(async () => {
  await openRun(ledger.responder, opening('live-run'));
  await openRun(ledger.responder, opening('dry-run', 1, { mode: 'dry-run' }));
  await ledger.responder.query(
    `insert into responder.approval (approval_id, run_id, plan_sha256, evidence_sha256, shown, people, requested_at, expires_at, state)
     values ('A-live-run', 'live-run', 'p', 'e', '{}', 1, now(), now(), 'open');
     insert into responder.switch values ('all', true, now(), 'sre-one', 'why');
     insert into responder.standing (playbook, trust) values ('cur-freshness', 'shadow')`,
  );
});

const DENIED = { code: '42501' };

test.each([
  [`insert into responder.approver values ('A-live-run', 'sre-lead', 'arn', now())`],
  [`update responder.approval set state = 'approved'`],
  [`update responder.switch set paused = false`],
  [`update responder.standing set trust = 'auto'`],
  [`update responder.incident set closed_at = now()`],
  [
    `insert into responder.audit (chain, key, at, kind, body) values ('people', 'k', '${minute(1)}', 'responder.resume', '{}')`,
  ],
  // Of live runs it reaches no row.
  [
    `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at)
    values ('forged', 'INC-1', 'p', 't', '{}', 'live', '{}', now())`,
  ],
  [
    `insert into responder.step (run_id, name, seq, started_at, ended_at, tell, detail)
    values ('live-run', 'act:x', 1, now(), now(), 'done', '{}')`,
  ],
  [`insert into responder.guard values ('live-run', 'before-acting', 'approval', 'allow', 'x', now())`],
  [`insert into responder.evidence values ('live-run', 'k', 'p', 's', 'q', '{}', '[]', 0, 'h', now())`],
  ...[
    ['people', 'run.ended'],
    ['people', 'responder.refused'],
    ['INC-1', 'order.refused'],
  ].map(([chain, kind]) => [
    `insert into responder.audit (chain, key, at, kind, body) values ('${chain}', 'k', '${minute(1)}', '${kind}', '{}')`,
  ]),
])('the rehearser may not: %s', async (sql) => {
  await expect(loggedIn('responder_rehearser').query(sql)).rejects.toMatchObject(DENIED);
});

test('the rehearser ends its own runs, finds no live one to change, and turns none of its own live', async () => {
  const rehearser = loggedIn('responder_rehearser');
  const end = await rehearser.query(`update responder.run set outcome = 'resolved', ended_at = now()`);
  expect(end.rowCount).toBe(1);
  const { rows } = await ledger.admin.query(`select outcome from responder.run where run_id = 'live-run'`);
  expect(rows).toEqual([{ outcome: null }]);
  await expect(rehearser.query(`update responder.run set mode = 'live'`)).rejects.toMatchObject(DENIED);
});

test.each([
  ['select * from responder.approval'],
  ['select request from responder.run'],
  ['select * from invoice_header'],
  ['select * from audit_event'],
  [`update responder.episode set severity = 'SEV-4'`],
  [`update responder.incident set closed_at = now()`],
  [`insert into responder.approver values ('A-live-run', 'sre-lead', 'arn', now())`],
  ['alter table responder.audit disable trigger user'],
  ...[
    ['INC-1', 'responder.approve'],
    ['INC-1', 'run.ended'],
    ['INC-1', 'incident.resolved'],
    ['INC-1', 'people.told'],
    ['people', 'breaker.opened'],
    ['people', 'incident.acknowledged'],
  ].map(([chain, kind]) => [
    `insert into responder.audit (chain, key, at, kind, body) values ('${chain}', 'k', '${minute(1)}', '${kind}', '{}')`,
  ]),
])('the public page may not: %s', async (sql) => {
  await expect(loggedIn('responder_acknowledge').query(sql)).rejects.toMatchObject(DENIED);
});

test.each(['responder_runner', 'responder_sweep', 'responder_escalation'] as const)(
  '%s writes no order of a person into the audit',
  async (login) => {
    const caller = { person: 'sre-one', arn: 'arn:aws:iam::012345678901:user/sre-one' };
    const forged = loggedIn(login).query(
      `insert into responder.audit (chain, key, at, kind, body) values ('people', 'forged', '${minute(1)}', 'responder.run', $1)`,
      [JSON.stringify({ person: 'sre-one', caller: caller.arn, object: { type: 'run', id: 'r9' } })],
    );
    await expect(forged).rejects.toThrow(`login ${login} may not write the audit entry "responder.run"`);
    expect(await wasOrdered(ledger.responder, 'r9', caller)).toBe(false);
  },
);

test('an order counts by the audit, not by the trail that several logins write', async () => {
  const caller = { person: 'sre-one', arn: 'arn:aws:iam::012345678901:user/sre-one' };
  await loggedIn('responder_settle_invoice').query(
    `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
     values (now(), 'operator_user', 'sre-one', 'responder.run', 'run', 'r1', $1)`,
    [JSON.stringify({ caller: caller.arn })],
  );
  expect(await wasOrdered(ledger.responder, 'r1', caller)).toBe(false);
  const order = { caller, action: 'responder.run', run: 'r1', at: minute(0), why: 'a test' };
  await auditRun(loggedIn('responder_respond'), order);
  expect(await wasOrdered(loggedIn('responder_runner'), 'r1', caller)).toBe(true);
  const { rows } = await ledger.admin.query(`select login from responder.audit where kind = 'responder.run'`);
  expect(rows).toEqual([{ login: 'responder_respond' }]);
});

test('what was granted by hand is taken back by the migration; a reader of your own stays', async () => {
  await ledger.admin.query(
    `grant update on responder.switch to responder_rehearser; grant update (trust) on responder.standing to public;
     grant select, insert on responder.run to commercial_ops`,
  );
  const owner = loggedIn(OWNER);
  await ledger.admin.query(
    `set role ${OWNER}; grant delete on responder.run to responder_report; reset role`,
  );
  await grantLogins(owner);
  const { rows } = await ledger.admin.query<{ granted: string }>(
    `select grantee || ' ' || privilege_type as granted from information_schema.role_table_grants
     where table_schema = 'responder' and (grantee in ('commercial_ops', 'PUBLIC') or (grantee = 'responder_report' and privilege_type = 'DELETE'))`,
  );
  expect(rows).toEqual([{ granted: 'commercial_ops SELECT' }]);
  await expect(
    loggedIn('responder_rehearser').query('update responder.switch set paused = false'),
  ).rejects.toMatchObject(DENIED);
});
