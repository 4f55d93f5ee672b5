import { change, OUTDATED, reconciled, running, WARNS } from '../../sandbox/faults/billing-chain.ts';
import { recordPayment, unsettle } from '../../sandbox/faults/payment-world.ts';
import { bootWorld } from '../support/world.ts';
import { account } from './account.ts';

/** An alarm is a reason to look, not the list of what is wrong: CloudWatch sends no second transition. */
const world = bootWorld({ each: true, settled: true, schedules: /signals|sweep/ }, account);

/** What one playbook has left on record. */
const onRecord = (playbook: string): Promise<string | null> =>
  world.ask(
    `select json_build_array(count(distinct run_id), count(distinct step), count(distinct guard), count(distinct evidence))
     from responder.run left join responder.step using (run_id) left join responder.guard using (run_id)
     left join responder.evidence using (run_id) where playbook = $1`,
    [playbook],
  );
/** The escalation's calls go on while nobody acknowledges. */
const heard = (playbook: string): string[] =>
  world.services.sns.messages
    .all()
    .filter(
      ({ message, attributes }) =>
        message.split('\n')[0]?.includes(playbook) && attributes['event'] !== 'called',
    )
    .map(({ subject }) => subject ?? '');

test('what comes up behind a standing alarm is acted on, once; then nobody hears anything for hours', async () => {
  await recordPayment({ times: '0.5', ref: 'half' })(world);
  expect(await world.runsAfter(0)).toMatchObject([{ outcome: 'escalated', decision: { branch: 'person' } }]);

  await unsettle(1)(world);
  expect(await world.runsAfter(1)).toMatchObject([
    { outcome: 'escalated', decision: { branch: 'part-person', plan: [{ action: 'settle-invoice' }] } },
  ]);
  expect(await world.ask(`select count(*) from invoice_header where status = 'issued'`)).toBe('1');
  expect(await world.ask('select count(*) from responder.incident')).toBe('1');

  const before = [await onRecord('payment-mismatch'), heard('payment-mismatch')];
  await world.pass(6 * 60);
  expect([await onRecord('payment-mismatch'), heard('payment-mismatch')]).toEqual(before);
  // It was looked at all the same.
  expect(await world.ask(`select checked_at - ended_at > '4 hours' from responder.last_end`)).toBe('true');
});

test('a month behind one that people must decide on gets its own run, incident and repair', async () => {
  const closed = await world.ask(
    `select max(to_char(period_start, 'YYYY-MM')) from period_state where state = 'closed'`,
  );
  await change(closed ?? '', WARNS)(world);
  const [first] = await world.runsAfter(0);
  expect(first).toMatchObject({ target: { period: closed }, decision: { branch: 'closed' } });

  await reconciled(running)(world);
  await change(running, WARNS, OUTDATED)(world);
  const known = world.executions().length;
  const runs = await world.runsAfter(known);
  expect(runs.at(-1)).toMatchObject({ playbook: 'recon-failed', target: { period: running(world) } });
  expect(await world.ask('select count(*) from responder.incident')).toBe('2');
});

test('an alarm that comes and goes calls people once an hour at most, and what is new at once', async () => {
  const flap = async (minutes: number): Promise<void> => {
    for (const StateValue of ['OK', 'ALARM'] as const) {
      const alarm = { AlarmName: 'payment-mismatch', StateReason: 'it comes and goes', StateValue };
      await world.services.cloudwatch.setAlarmState(alarm);
      await world.pass(1);
    }
    await world.pass(minutes - 2);
  };
  await recordPayment({ times: '0.5', ref: 'half' })(world);
  expect(await world.runsAfter(0)).toMatchObject([{ outcome: 'escalated' }]);
  // Those that join are counted in a message of the escalation, less and less often.
  const outcomes = (): string[] =>
    heard('payment-mismatch').filter((one) => /^SEV-\d INC-1 (?!JOINED)/.test(one));
  const before = outcomes();
  for (let i = 0; i < 5; i++) await flap(6);
  const runs = await world.runsAfter(1);
  expect(runs.map(({ outcome, joinedRun }) => [outcome, joinedRun === null])).toEqual(
    Array.from({ length: runs.length }, () => ['refused', false]),
  );
  expect(outcomes()).toEqual(before);

  await unsettle(1)(world);
  await flap(6);
  expect((await world.runsAfter(1 + runs.length)).at(-1)).toMatchObject({
    outcome: 'escalated',
    decision: { branch: 'part-person', plan: [{ action: 'settle-invoice' }] },
  });
  expect(await world.ask(`select count(*) from invoice_header where status = 'issued'`)).toBe('1');
});
