import type { Pool } from 'pg';
import { approvalOf, closeApproval, offerCallback, putApproval } from '../../lambdas/record/approvals.ts';
import { approve, refuse } from '../../lambdas/record/approving.ts';
import type { Order } from '../../lambdas/record/orders.ts';
import { bootLedger } from '../support/ledger.ts';

const ledger = bootLedger();
let pool: Pool;
let number = 0;
beforeAll(async () => {
  pool = ledger.responder;
});

const PLAN = 'c0ffee00'.repeat(8);
const AT = '2026-11-23T14:00:00.000Z';
const EXPIRES = '2026-11-23T22:00:00.000Z';

const by = (name: string, at = AT): Order => ({
  caller: { arn: `arn:aws:iam::012345678901:user/${name}`, person: name },
  action: 'responder.approve',
  object: { type: 'approval', id: 'A' },
  at,
  why: 'a test',
});

/** A run that waits for so many people. @returns the request's id */
async function asked(people: 1 | 2): Promise<string> {
  const run = `run-${++number}`;
  await pool.query(
    `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at)
     values ($1, 'INC', 'budget-stale', $1, '{}', 'live', '{}', $2)`,
    [run, AT],
  );
  const id = `A-${run}`;
  await putApproval(pool, {
    id,
    run,
    planSha256: PLAN,
    evidenceSha256: PLAN,
    shown: {},
    people,
    requester: null,
    requestedAt: AT,
    expiresAt: EXPIRES,
  });
  return id;
}
const stateOf = async (id: string) => (await approvalOf(pool, id.slice(2), PLAN))?.state;

test('two who approve at the same moment are two; the same person, twice at once, is one', async () => {
  const id = await asked(2);
  const both = await Promise.all([approve(pool, id, PLAN, by('ada')), approve(pool, id, PLAN, by('ada'))]);
  expect(both.map(({ done }) => done).sort()).toEqual([false, true]);
  expect(await stateOf(id)).toBe('open');
  const others = await Promise.all([approve(pool, id, PLAN, by('bob')), approve(pool, id, PLAN, by('cleo'))]);
  expect(others.map(({ done }) => done).sort()).toEqual([false, true]);
  expect(await approvalOf(pool, id.slice(2), PLAN)).toMatchObject({
    state: 'approved',
    approvers: ['ada', expect.stringMatching(/^(bob|cleo)$/)],
  });
});

test('an approval that came first is not made expired, but it may become void', async () => {
  const id = await asked(1);
  await approve(pool, id, PLAN, by('ada'));
  expect(await closeApproval(pool, id, 'expired', { at: EXPIRES, why: 'too late' })).toBe(false);
  expect(await stateOf(id)).toBe('approved');
  expect(await closeApproval(pool, id, 'void', { at: AT, why: 'the ledger has changed' })).toBe(true);
  expect(await stateOf(id)).toBe('void');
  // A refusal stands, whatever the run finds.
  const refused = await asked(1);
  await refuse(pool, refused, by('ada'));
  expect(await closeApproval(pool, refused, 'void', { at: AT, why: 'anyway' })).toBe(false);
});

test('said once more it changes nothing, but tells how the run is woken', async () => {
  const id = await asked(1);
  expect(await offerCallback(pool, id, 'callback-1')).toBe(false);
  await approve(pool, id, PLAN, by('ada'));
  expect(await approve(pool, id, PLAN, by('bob'))).toEqual({
    done: false,
    why: 'it is approved already',
    callbackId: 'callback-1',
  });
  // A run that leaves its callback only now learns that it need not wait.
  expect(await offerCallback(pool, id, 'callback-2')).toBe(true);
});

test('nobody approves for a run that has ended, nor at the second at which it expires', async () => {
  const id = await asked(1);
  await expect(approve(pool, id, PLAN, by('ada', EXPIRES))).resolves.toMatchObject({
    done: false,
    why: `it expired at ${EXPIRES}`,
  });
  await pool.query(`update responder.run set ended_at = $2, outcome = 'failed' where run_id = $1`, [
    id.slice(2),
    AT,
  ]);
  await expect(approve(pool, id, PLAN, by('ada'))).resolves.toMatchObject({
    done: false,
    why: 'its run has ended, and it is open',
  });
});
