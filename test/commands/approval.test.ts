import { AwsError } from '../../emulator/kernel/service.ts';
import { containing, matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { arnOfPerson, orders } from './orders.ts';

const world = bootWorld({ settled: true }, orders);
afterEach(() => world.faults.clear());

const ask = async (playbook: string): Promise<void> => {
  const done = await world.give('sre-one', 'trust', playbook, 'approve', '--reason', 'people look first');
  expect(done).toMatchObject({ ok: true, text: `${playbook} has trust "approve" from now on.` });
};
const hourLater = () => new Date(world.clock.now().getTime() + 3_600_000);
const settledSince = async (): Promise<number> => {
  const { rows } = await world.pool.query<{ n: number }>(
    `select count(*)::int as n from job_run where job = 'responder.settle-invoice'`,
  );
  return rows[0]?.n ?? 0;
};

describe('a plan that moves no money', () => {
  test('is shown with its evidence and limits; everybody else is refused; one person starts it', async () => {
    await ask('budget-stale');
    await world.breakBy('budgets-missed');
    const { run, id, plan, message, topics, asked } = await world.pending('budget-stale');

    expect(topics).toEqual(['commercial-ops-sre']);
    expect(message).toMatch(/^SEV-\d INC-\d+ APPROVAL NEEDED: budget-stale/);
    expect(message).toMatch(/What it does: {3}run budget_refresh_prod\n/);
    expect(message).toMatch(/Why approval: {3}budget-stale acts only with approval\n/);
    expect(message).toMatch(
      /Impact: {9}at most \d+ rows.*limits: 200,000,000 rows, 50,000,000.00 USD, 10,000 tenants/,
    );
    expect(message).toMatch(/Your next step: approve or refuse by \d+ Nov 2026 /);
    expect(message).toContain(`npm run respond -- approve ${id} --plan ${plan.slice(0, 12)}\n`);
    expect(message).toContain(`npm run respond -- refuse ${id} --reason "…"\n`);
    expect(message).toContain('- Which budgets are stale, and does what they are for still exist? ');
    expect(await world.approval(id)).toMatchObject({
      run_id: run,
      plan_sha256: plan,
      people: 1,
      requester: null,
      state: 'open',
      shown: { plan: 'run budget_refresh_prod' },
    });

    const approve = (given: string) => world.give('sre-two', 'approve', id, '--plan', given);
    const other = plan.startsWith('0') ? `1${plan.slice(1, 12)}` : `0${plan.slice(1, 12)}`;
    expect(await approve(other)).toMatchObject({
      ok: false,
      text: `${id} is not changed: its plan is ${plan.slice(0, 12)}…, not ${other}; look at it again, and approve of what it is now.`,
    });
    expect(await approve(plan.slice(0, 7))).toMatchObject({
      ok: false,
      text: matching(/at least 8 characters of the plan's hash[^]*Usage: npm run respond -- approve <id>/),
    });
    expect(await world.give('sre-two', 'approve', 'A-nobody', '--plan', plan)).toMatchObject({
      ok: false,
      text: containing('there is no request "A-nobody"; `npm run respond -- list` shows those that are open'),
    });
    expect(await world.give('sre-two', ...asked.approve, '--by', 'sre-one')).toMatchObject({
      ok: false,
      text: containing('Unrecognized key: "by"'),
    });
    expect(await world.give('onlooker', ...asked.approve)).toMatchObject({
      ok: false,
      text: matching(/^403 Forbidden.*responder-people/s),
    });
    expect(await world.invoke({ command: world.command('approve', { id, plan }) })).toMatchObject({
      ok: false,
      text: matching(/a plain invoke does not prove it: nothing was done.*npm run respond -- approve --id/),
    });
    expect(await world.approval(id)).toMatchObject({ state: 'open', approvers: [] });

    // Nothing has changed but the time.
    await world.clock.advanceTo(hourLater());
    const given = world.command('approve', { id, plan: plan.slice(0, 12) });
    const request = await world.request(world.keyOf('sre-two'), { command: given });
    expect(await world.send(request)).toMatchObject({
      status: 200,
      body: { text: `${id} is approved; the evidence is checked again, then the plan is carried out.` },
    });
    expect(await world.send(request)).toMatchObject({
      status: 409,
      body: { text: matching(/^this command came before.*Nothing was done again/s) },
    });
    const status = await world.ended(run);
    expect(status).toMatchObject({ outcome: 'resolved', why: containing('alarm budget-stale is OK') });
    expect(status.guards).toContainEqual(
      expect.objectContaining({
        slot: 'before-acting',
        guard: 'approval',
        answer: 'allow',
        figures: `${id}: 1 of 1 people (sre-two)`,
      }),
    );
    expect(world.noticesOf(run).map(({ attributes }) => attributes['event'])).toEqual([
      'approval',
      'acting',
      'resolved',
    ]);
    expect(await world.audited()).toContainEqual({
      action: 'responder.approve',
      actor_type: 'operator_user',
      actor_id: 'sre-two',
      object_type: 'approval',
      object_id: id,
      metadata: { caller: arnOfPerson('sre-two'), why: `plan ${plan.slice(0, 12)}` },
    });
  });
});

describe('a plan that moves money', () => {
  test('waits for two, who are two', async () => {
    await ask('payment-mismatch');
    await world.breakBy('payments-unsettled');
    const { run, id, topics, asked, message } = await world.pending('payment-mismatch');
    expect(topics).toEqual(['commercial-ops-finops', 'commercial-ops-sre']);
    expect(message).toMatch(
      /So far: {9}0 of 2 people, and the requester is not one of them\nYour next step: approve or refuse by /,
    );

    expect(await world.give('sre-one', ...asked.approve)).toMatchObject({
      ok: true,
      text: `${id}: 1 of 2 people have approved; another one is needed.`,
    });
    expect(await world.give('sre-one', ...asked.approve)).toMatchObject({
      ok: false,
      text: `${id} is not changed: sre-one has approved already (1 of 2); another person is needed.`,
    });
    await world.clock.advanceTo(hourLater());
    expect(await world.run(run)).toMatchObject({ outcome: null });
    expect(await settledSince()).toBe(0);

    expect(await world.give('finops-one', ...asked.approve)).toMatchObject({ ok: true });
    expect(await world.ended(run)).toMatchObject({ outcome: 'resolved' });
    expect(await settledSince()).toBe(4);
    // Who was asked hears how it ended, and who has approved.
    const last = world
      .noticesOf(run)
      .filter(({ topicArn }) => topicArn.endsWith('-finops'))
      .at(-1);
    expect(last?.attributes['event']).toBe('resolved');
    expect(last?.message).toMatch(/Approved by: {4}sre-one and finops-one/);
  });

  test('is void once the ledger says something else, and people are told what', async () => {
    await ask('invoice-lag');
    await world.breakBy('invoices-missing');
    const { run, id, asked } = await world.pending('invoice-lag');
    expect(await world.give('sre-one', ...asked.approve)).toMatchObject({ ok: true });
    await world.pool.query(
      `delete from usage_snapshot_daily where tenant_id = 'TEN-00113'
       and usage_date = (select max(period_start) + 3 from period_state where state = 'closed')`,
    );
    expect(await world.give('finops-one', ...asked.approve)).toMatchObject({ ok: true });
    const status = await world.ended(run);
    expect(status).toMatchObject({
      outcome: 'escalated',
      why: matching(
        /approval void: the evidence has changed since it was shown \(usage-completeness: it was shown as ".+", and is ".+"\)$/,
      ),
    });
    expect(status.steps.filter(({ name }) => name.startsWith('act:'))).toEqual([]);
    expect(await world.approval(id)).toMatchObject({ state: 'void' });
    expect(world.noticesOf(run).at(-1)?.message).toMatch(
      /Your next step: carry out the plan by hand .*; or let the machine check again:\n {2}npm run respond -- retry /,
    );
  });
});

describe('a run that a person asks for', () => {
  const restart = async (which: string) => {
    const started = await world.give(
      ...(['sre-one', 'run', 'restart-functions', '--target', `function=${which}`] as const),
      '--reason',
      'it hangs',
    );
    expect(started).toMatchObject({ ok: true });
    return world.pending('restart-functions');
  };

  test('is not approved of by that person; refused, it is over', async () => {
    await ask('restart-functions');
    const { run, id, asked } = await restart('cur_ingestion');
    expect(await world.give('sre-one', ...asked.approve)).toMatchObject({
      ok: false,
      text: `${id} is not changed: sre-one has requested this run; somebody else must approve of its plan.`,
    });
    expect(await world.give('sre-two', ...asked.refuse)).toMatchObject({
      ok: false,
      text: matching(/reason.*Usage: npm run respond -- refuse <id> --reason/s),
    });
    expect(await world.give('sre-two', ...asked.refuse, '--reason', 'it does not hang')).toMatchObject({
      ok: true,
      text: `${id} is refused; nothing is done.`,
    });
    expect(await world.give('finops-one', ...asked.approve)).toMatchObject({
      ok: false,
      text: matching(/is not changed: (it is refused already|its run has ended, and it is refused)\.$/),
    });
    expect(await world.ended(run)).toMatchObject({
      outcome: 'refused',
      why: matching(/; approval refused: sre-two: it does not hang$/),
    });
    expect(await world.give('finops-one', ...asked.approve)).toMatchObject({
      ok: false,
      text: `${id} is not changed: its run has ended, and it is refused.`,
    });
  });

  test('by a plain invoke is not asked for: who wants it is only claimed', async () => {
    const payload = { run: 'restart-functions', target: { function: 'cur_ingestion' }, mode: 'live' };
    await world.services.lambda.invoke({
      function: 'responder-manual',
      type: 'RequestResponse',
      payload: { ...payload, by: 'sre-one', reason: 'it hangs', request: 'plain' },
    });
    const newest = async () => (await world.runs('restart-functions')).at(-1) ?? '';
    await world.until('a run', async () => (await newest()) !== '');
    const status = await world.ended(await newest());
    expect(status.outcome).toBe('escalated');
    expect(status.why).toMatch(
      /the plan needs approval .* nothing proves that "sre-one" requested it: request the run with npm run respond -- run$/,
    );
    expect(await world.approval(`A-${await newest()}`)).toBeUndefined();
  });

  test('whose approval comes while its worker is dead acts all the same', async () => {
    const { faults, pool } = world;
    // The request is on record, and the worker dies before it knows: nobody was told, and nothing can be woken.
    faults.add({
      service: 'lambda',
      operation: 'CheckpointDurableExecution',
      times: 1,
      when: 'before',
      effect: 'kill-worker',
      match: (input) =>
        ((input['Updates'] ?? []) as { Name?: string; Action?: string }[]).some(
          ({ Name, Action }) => Name === 'approval:ask' && Action === 'SUCCEED',
        ),
    });
    const target = ['--target', 'function=allocation_runner'];
    await world.give('sre-one', 'run', 'restart-functions', ...target, '--reason', 'it hangs');
    let asked: { id: string; plan: string } | undefined;
    await world.until('the request to be on record', async () => {
      const { rows } = await pool.query<{ id: string; plan: string }>(
        `select approval_id as id, plan_sha256 as plan from responder.approval where state = 'open' and callback_id is null`,
      );
      return (asked = rows[0]) !== undefined;
    });
    const { id, plan } = asked as unknown as { id: string; plan: string };
    expect(await world.give('sre-two', 'approve', id, '--plan', plan)).toMatchObject({ ok: true });
    expect(faults.list()).toEqual([expect.objectContaining({ fired: 1 })]);
    expect(await world.ended(id.slice(2))).toMatchObject({ outcome: 'resolved' });
  });
});

describe('what comes after the approval', () => {
  const asked = async () => {
    const target = ['--target', 'function=cur_ingestion'];
    await world.give('sre-one', 'run', 'restart-functions', ...target, '--reason', 'it hangs again');
    return world.pending('restart-functions');
  };

  test('the kill switch still counts: at the claim nothing is begun', async () => {
    await world.clock.advanceTo(hourLater());
    const { run, asked: words } = await asked();
    // The look after the approval fails once, and is taken again some seconds later.
    world.faults.add({
      service: 'lambda',
      operation: 'GetFunctionConfiguration',
      times: 1,
      when: 'before',
      effect: new AwsError('InvalidParameterValueException', 'not now'),
    });
    await world.give('sre-two', ...words.approve);
    expect(await world.give('finops-one', 'pause', '--reason', 'a bad feeling')).toMatchObject({ ok: true });
    expect(await world.run(run)).toMatchObject({ outcome: null });
    expect(await world.ended(run)).toMatchObject({
      outcome: 'refused',
      why: matching(/^guard kill-switch: everything has been switched off since .* a bad feeling$/),
    });
    await world.resumeAll();
  });

  test('what nobody approves of in its time expires, and cannot be approved of any more', async () => {
    world.limit({ approvalHours: 1 });
    const { run, id, asked: words } = await asked();
    const { expires_at: expires } = (await world.approval(id)) as { expires_at: Date };
    await world.clock.advanceUntil(() => false, new Date(expires.getTime() - 1_000));
    const late = world.command('approve', { id, plan: words.approve.at(-1) });
    await world.clock.advanceTo(expires);
    const at = world.clock.now();
    const answer = await world.send(
      await world.request(world.keyOf('sre-two'), { command: { ...late, at } }),
    );
    expect(answer).toMatchObject({
      status: 422,
      body: { text: matching(/is not changed: (it|its run) .*expired/) },
    });
    expect(await world.ended(run)).toMatchObject({
      outcome: 'escalated',
      why: matching(/; approval expired: 0 of 1 people had approved by \d+ Nov 2026 /),
    });
  });
});
