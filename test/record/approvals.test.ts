import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { approvalOf, closeApproval, offerCallback, putApproval } from '../../lambdas/record/approvals.ts';
import { approve, refuse } from '../../lambdas/record/approving.ts';
import { closeBreaker, putTrust, type Order } from '../../lambdas/record/orders.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { planHash } from '../../lambdas/domain/decision.ts';
import { bootLedger } from '../support/ledger.ts';
import { decision, ending, minute, opening, pastRun } from '../support/runs.ts';

const ledger = bootLedger();
beforeEach(() =>
  ledger.admin.query('truncate responder.run, responder.incident, responder.standing, audit_event cascade'),
);

const plan = planHash(decision.plan);
const by = (person: string, at = 10, why = 'it is right'): Order => ({
  caller: { arn: `arn:aws:sts::012345678901:assumed-role/ops/${person}`, person },
  action: 'test',
  object: { type: 'approval', id: 'A-r1' },
  at: minute(at),
  why,
});

async function ask(people: 1 | 2, requester: string | null = null): Promise<void> {
  await openRun(ledger.responder, opening('r1'));
  await putApproval(ledger.responder, {
    id: 'A-r1',
    run: 'r1',
    planSha256: plan,
    evidenceSha256: 'e',
    shown: {},
    people,
    requester,
    requestedAt: minute(0),
    expiresAt: minute(480),
  });
}
const state = () => approvalOf(ledger.responder, 'r1', plan);
const say = (order: Order, prefix = plan.slice(0, 12)) => approve(ledger.responder, 'A-r1', prefix, order);

test('a row that no order in the audit stands behind is no audited approval', async () => {
  await ask(2);
  await say({ ...by('sre-one'), action: 'responder.approve' });
  await ledger.admin.query(`insert into responder.approver values ('A-r1', 'finops-one', 'arn', $1)`, [
    minute(11),
  ]);
  await expect(state()).resolves.toMatchObject({
    approvers: ['sre-one', 'finops-one'],
    audited: ['sre-one'],
  });
});

describe('approval', () => {
  test('of one person is enough where one is asked', async () => {
    await ask(1);
    await offerCallback(ledger.responder, 'A-r1', 'callback');
    await expect(say(by('sre-one'))).resolves.toEqual({
      done: true,
      state: 'approved',
      people: 1,
      given: 1,
      callbackId: 'callback',
    });
    await expect(state()).resolves.toMatchObject({
      state: 'approved',
      approvers: ['sre-one'],
      samePlan: true,
      expiresAt: minute(480),
    });
    await expect(approvalOf(ledger.responder, 'r1', 'another')).resolves.toMatchObject({ samePlan: false });
    const { rows } = await ledger.admin.query('select actor_type, actor_id from audit_event');
    expect(rows).toEqual([{ actor_type: 'operator_user', actor_id: 'sre-one' }]);
  });

  test('of two takes two people: the same one twice is one', async () => {
    await ask(2);
    await expect(say(by('sre-one'))).resolves.toMatchObject({ done: true, state: 'open', given: 1 });
    await expect(say(by('sre-one', 11))).resolves.toMatchObject({
      done: false,
      why: 'sre-one has approved already (1 of 2); another person is needed',
    });
    await expect(say(by('finops-one', 12))).resolves.toMatchObject({
      done: true,
      state: 'approved',
      given: 2,
    });
    await expect(state()).resolves.toMatchObject({
      approvers: ['sre-one', 'finops-one'],
      why: 'approved by sre-one and finops-one',
    });
  });

  test('of two at the same moment is both of them', async () => {
    await ask(2);
    const said = await Promise.all(['sre-one', 'sre-two', 'finops-one'].map((person) => say(by(person))));
    expect(said.filter(({ done }) => done)).toHaveLength(2);
    expect((await state())?.approvers).toHaveLength(2);
  });

  test('is not for whoever asked for the run', async () => {
    await ask(1, 'sre-one');
    await expect(say(by('sre-one'))).resolves.toMatchObject({
      done: false,
      why: 'sre-one has requested this run; somebody else must approve of its plan',
    });
    await expect(say(by('sre-two'))).resolves.toMatchObject({ state: 'approved' });
  });

  test.each([
    ['another plan', 'f'.repeat(12)],
    ['too little of its hash', plan.slice(0, 7)],
    ['nothing', ''],
  ])('names the plan: not %s', async (_what, prefix) => {
    await ask(1);
    const answer = await say(by('sre-one'), prefix);
    expect(answer).toMatchObject({ done: false });
    expect(answer).toHaveProperty(
      'why',
      expect.stringContaining(`its plan is ${plan.slice(0, 12)}…, not ${prefix};`),
    );
  });

  test('comes too late at its very end', async () => {
    await ask(1);
    await expect(say(by('sre-one', 480))).resolves.toMatchObject({
      done: false,
      why: `it expired at ${minute(480)}`,
    });
    await expect(say(by('sre-one', 479))).resolves.toMatchObject({ state: 'approved' });
  });

  test('is of a request that there is', async () => {
    const answer = await say(by('sre-one'));
    expect(answer).toHaveProperty('why', expect.stringContaining('there is no request "A-r1"'));
  });

  test('asked for again is asked once', async () => {
    await ask(1);
    await say(by('sre-one'));
    await ask(1);
    await expect(state()).resolves.toMatchObject({ state: 'approved' });
  });
});

describe('a no', () => {
  test('of one ends it, with the reason, though another had approved', async () => {
    await ask(2);
    await say(by('sre-one'));
    await expect(
      refuse(ledger.responder, 'A-r1', by('finops-one', 11, 'wrong month')),
    ).resolves.toMatchObject({
      done: true,
      state: 'refused',
    });
    await expect(state()).resolves.toMatchObject({ state: 'refused', why: 'finops-one: wrong month' });
    await expect(say(by('sre-two', 12))).resolves.toMatchObject({
      done: false,
      why: 'it is refused already',
    });
  });

  test('comes too late after the approval', async () => {
    await ask(1);
    await say(by('sre-one'));
    await expect(refuse(ledger.responder, 'A-r1', by('sre-two', 11))).resolves.toMatchObject({
      done: false,
      why: 'it is approved already',
    });
  });
});

test('a callback is offered once the request is open; one that was decided meanwhile says so', async () => {
  await ask(1);
  expect(await offerCallback(ledger.responder, 'A-r1', 'first')).toBe(false);
  await say(by('sre-one'));
  expect(await offerCallback(ledger.responder, 'A-r1', 'second')).toBe(true);
});

test('what changed voids an approval; a refusal stays one', async () => {
  await ask(1);
  await say(by('sre-one'));
  await closeApproval(ledger.responder, 'A-r1', 'void', { at: minute(20), why: 'the evidence has changed' });
  await expect(state()).resolves.toMatchObject({ state: 'void', why: 'the evidence has changed' });
  await closeApproval(ledger.responder, 'A-r1', 'expired', { at: minute(21), why: 'late' });
  await expect(state()).resolves.toMatchObject({ state: 'void' });
});

describe('the breaker', () => {
  const standing = async () =>
    (
      await ledger.admin.query<{ trust: string; since: Date | null; by: string }>(
        `select trust, breaker_since as since, trust_by as by from responder.standing where playbook = 'cur-freshness'`,
      )
    ).rows[0];
  const fail = async (at: number, after = 3) => {
    const open = await pastRun(ledger.responder, { claimedAt: at });
    const breaker = { after, initialTrust: 'auto' as const };
    await endRun(
      ledger.responder,
      open,
      ending(at % 2 ? 'failed' : 'ineffective', minute(at + 5), { breaker }),
      [],
    );
  };

  test('opens at the third in a row, not before, and takes the trust down by one rung, once', async () => {
    await fail(0);
    await fail(11);
    expect(await standing()).toBeUndefined();
    await fail(20);
    expect(await standing()).toEqual({ trust: 'approve', since: new Date(minute(25)), by: 'the breaker' });
    await fail(31);
    expect(await standing()).toEqual({ trust: 'approve', since: new Date(minute(25)), by: 'the breaker' });
  });

  test('opens after as many as the limits say', async () => {
    await fail(0, 1);
    expect(await standing()).toMatchObject({ since: new Date(minute(5)) });
  });

  test('opens again after a reset, a rung lower', async () => {
    await fail(0, 1);
    expect(
      await transaction(ledger.responder, (on) => closeBreaker(on, 'cur-freshness', by('sre-one', 10))),
    ).toBe(true);
    expect(
      await transaction(ledger.responder, (on) => closeBreaker(on, 'cur-freshness', by('sre-one', 10))),
    ).toBe(false);
    expect(await standing()).toMatchObject({ trust: 'approve', since: null });
    await fail(21, 1);
    expect(await standing()).toMatchObject({ trust: 'shadow', since: new Date(minute(26)) });
  });

  test('keeps the trust where it is, until a person has closed it', async () => {
    await fail(0, 1);
    expect(
      await transaction(ledger.responder, (on) => putTrust(on, 'cur-freshness', 'auto', by('sre-one', 10))),
    ).toBe(false);
    expect(await standing()).toMatchObject({ trust: 'approve' });
    await transaction(ledger.responder, (on) => closeBreaker(on, 'cur-freshness', by('sre-one', 11)));
    expect(
      await transaction(ledger.responder, (on) => putTrust(on, 'cur-freshness', 'auto', by('sre-one', 12))),
    ).toBe(true);
    expect(await standing()).toMatchObject({ trust: 'auto', by: 'sre-one' });
  });
});
