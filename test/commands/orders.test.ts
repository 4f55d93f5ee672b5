import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { orders } from './orders.ts';

const world = bootWorld({ settled: true }, orders);

const why = async (run: string): Promise<string> => (await world.give('sre-one', 'why', run)).text;
const listed = async (): Promise<string> => (await world.give('sre-one', 'list')).text;
const invoked = () =>
  world.services.lambda.executionsOf('responder-runner').filter(({ status }) => status === 'RUNNING');

describe('the kill switch of a playbook', () => {
  let refused: string;

  test('keeps the next alarm from anything: people are told, and it is listed as skipped', async () => {
    expect(await world.give('sre-one', 'pause', 'budget-stale', '--reason', 'AWS is ill')).toMatchObject({
      ok: true,
      text: matching(/^budget-stale is switched off\. What is not sent yet is not sent; .*`skipped`/),
    });
    expect(await world.give('sre-two', 'pause', 'budget-stale', '--reason', 'me, too')).toMatchObject({
      ok: true,
      text: 'budget-stale was switched off before.',
    });
    await world.breakBy('budgets-missed');
    const status = await world.nextRun('budget-stale');
    refused = status.run;
    expect(status).toMatchObject({
      outcome: 'refused',
      why: matching(
        /^guard kill-switch: budget-stale has been switched off since .* by sre-one: AWS is ill$/,
      ),
    });
    expect(status.evidence).toEqual([]);
    expect(world.noticesOf(refused).map(({ attributes }) => attributes['event'])).toEqual(['refused']);
    expect((await world.give('sre-two', 'skipped')).text).toMatch(
      new RegExp(`^skipped, .*:\\n  23 Nov 2026 \\d\\d:\\d\\d UTC +budget-stale +${refused} +.*switched off`),
    );
    expect(await listed()).toMatch(
      /Switched off:\n {2}budget-stale {2}since {2}23 Nov 2026 \d\d:\d\d UTC {2}by sre-one {2}AWS is ill\n/,
    );
  });

  test('says why it did not act, with every guard that was asked', async () => {
    const text = await why(refused);
    expect(text).toMatch(new RegExp(`^${refused}: refused; it did not act\n`));
    expect(text).toMatch(/\n {2}about {5}budget-stale\n {2}cause {5}alarm budget-stale\n/);
    expect(text).toMatch(/\n {2}decided {3}nothing\n/);
    expect(text).toMatch(
      /Before anything was looked at:\n {2}REFUSE {2}kill-switch {2}budget-stale has been switched off since 23 Nov 2026 \d\d:\d\d UTC by sre-one: AWS is ill\n/,
    );
    for (const guard of [
      'ledger',
      'open-run',
      'stale-alarm',
      'freeze',
      'trust',
      'cooldown',
      'budget',
      'breaker',
    ])
      expect(text).toMatch(new RegExp(`\\n  (allow |REFUSE)  ${guard} +\\S+`));
  });

  test('is not caught up with before it is switched on; then everything skipped starts at once', async () => {
    const early = await world.give('sre-two', 'catch-up', '--reason', 'AWS is well');
    expect(early).toMatchObject({
      ok: false,
      text: matching(
        /^nothing was started\.\n.*budget-stale +still switched off; first `resume budget-stale --reason "…"`$/s,
      ),
    });
    expect(await world.give('sre-one', 'resume', 'budget-stale', '--reason', 'AWS is well')).toMatchObject({
      ok: true,
      text: matching(/^budget-stale is switched on\./),
    });
    const before = world.clock.now().getTime();
    const known = await world.runsOf('budget-stale');
    const caught = await world.give('sre-two', 'catch-up', '--reason', 'AWS is well');
    expect(caught.text).toMatch(
      /^1 started; each checks again whether anything is to be done:\n {2}budget-stale-\S+/,
    );
    const status = await world.nextRun('budget-stale', known);
    expect(status).toMatchObject({ outcome: 'resolved' });
    expect(Date.parse(status.openedAt)).toBe(before);
    expect((await world.give('sre-two', 'skipped')).text).toBe(
      'nothing was skipped that nobody has taken up since.',
    );
    expect((await world.give('sre-two', 'catch-up', '--reason', 'again')).text).toBe('nothing was started.');

    const text = await why(status.run);
    expect(text).toMatch(/: resolved; it acted\n/);
    expect(text).toMatch(
      /\n {2}plan 1 {4}run budget_refresh_prod\n {2}impact {4}at most \d+ rows?, 0\.00 USD, \d+ tenants?\n/,
    );
    expect(text).toMatch(/\nRight before acting:\n/);
    expect(text).toMatch(
      /\n {2}allow {2}blast-radius {2}\d+ of 200000000 rows, 0\.00 of 50000000 USD, \d+ of 10000 tenants\n/,
    );
    expect(text).toMatch(/\n {2}allow {2}lock +nothing that the plan touches[^\n]*\n/);
    expect(text).toMatch(
      /\nSent at \d\d:\d\d:\d\d: run budget_refresh_prod: .*; right before:\n {2}allow {2}kill-switch /,
    );
    expect(text).toMatch(/\n {2}\d\d:\d\d:\d\d {2}verify:measure {2}.*healthy: /);
    expect(text).not.toMatch(/guard:before|"params"|arn:aws:iam/);
  });
});

test('pulled between two actions of a plan, what is not sent yet is never sent', async () => {
  const { estate } = world.services;
  const sent: Date[] = [];
  let pulled: Promise<unknown> | undefined;
  const unwatch = world.watch((seen) => {
    if (seen.kind !== 'call' || seen.call.operation !== 'Invoke') return;
    if (!String(seen.call.input['FunctionName']).includes(estate.jobs.invoiceEmitter)) return;
    sent.push(seen.at);
    pulled ??= world.clock.busy('somebody pulls the switch', () =>
      world.give('finops-one', 'pause', '--reason', 'these invoices look wrong'),
    );
  });
  await world.breakBy('invoices-missing');
  const status = await world.nextRun('invoice-lag');
  unwatch();
  expect(await pulled).toMatchObject({ ok: true, text: matching(/^everything is switched off/) });
  const { rows } = await world.pool.query<{ since: Date }>(
    `select since from responder.switch where scope = 'all'`,
  );
  const since = rows[0]?.since.getTime() ?? 0;
  expect(sent).toEqual([new Date(since)]);
  expect(status).toMatchObject({
    outcome: 'escalated',
    why: matching(
      new RegExp(
        `^${sent.length} of 3 actions were carried out, then no more: .*guard kill-switch: everything has been switched off`,
      ),
    ),
  });
  // What was not sent stays so, whatever else goes on.
  await world.pass(60);
  const { rows: jobs } = await world.pool.query(
    `select from job_run where job = $1 and run_id like $2 || '%'`,
    [estate.jobs.invoiceEmitter, status.run],
  );
  expect(jobs).toHaveLength(sent.length);
  expect(invoked()).toEqual([]);
  await world.resumeAll();
});

test('in the shadow a playbook is rehearsed: the plan is in the message, and the incident is people’s', async () => {
  await world.give('sre-one', 'trust', 'payment-mismatch', 'shadow', '--reason', 'the bank is new');
  await world.breakBy('payments-unsettled');
  const status = await world.nextRun('payment-mismatch');
  expect(status).toMatchObject({ outcome: 'rehearsed' });
  expect(status.steps.filter(({ name }) => name.startsWith('act:'))).toEqual([]);
  const [message] = world.noticesOf(status.run);
  expect(message?.attributes['event']).toBe('rehearsed');
  expect(message?.subject).toMatch(
    /^SEV-\d INC-\d+ ACTION NEEDED \S+ payments are not matched: do it by hand$/,
  );
  expect(message?.message).toMatch(/Not done: {7}settle invoice INV-/);
  expect(message?.message).toMatch(
    /Your next step: carry out the plan by hand .*payment-mismatch is in shadow mode/,
  );
  const list = await listed();
  expect(list).toMatch(
    /Trust that people have set:\n {2}payment-mismatch {2}shadow {2}since {2}23 Nov 2026 \d\d:\d\d UTC {2}by sre-one\n/,
  );
  expect(list).toMatch(
    /Incidents open:\n(?: {2}.*\n)* {2}SEV-3 {2}INC-\d+ {2}payment-mismatch .*INC-payment-mismatch-/,
  );
  expect(list).toMatch(/\nElse .*no approval is requested.*\.$/);
});

test('a replay is a run of its own, in the name of its caller, on what the old one saw', async () => {
  const [old = ''] = await world.runs('payment-mismatch');
  const given = await world.give('sre-one', 'replay', old, '--dry-run', '--reason', 'why again?');
  expect(given).toMatchObject({ ok: true, text: matching(/^run payment-mismatch-rehearsal-\w+ is started/) });
  expect(await world.ended((given.data as { run: string }).run)).toMatchObject({
    mode: 'dry-run',
    outcome: 'rehearsed',
    replayOf: old,
    cause: `replay of ${old}, by sre-one`,
  });
  expect(await world.give('sre-one', 'replay', 'no-such-run', '--reason', 'x')).toMatchObject({
    ok: false,
    text: matching(/^there is no run "no-such-run" in the record/),
  });
});

test('limits are shown with their units, playbook by playbook', async () => {
  const { text } = await world.give('sre-one', 'limits');
  expect(text).toMatch(/\n {2}trust\.initial +auto +trust level that every playbook begins with\n/);
  expect(text).toMatch(/\n {2}approvalHours +8 +hours after which a request for approval expires\n/);
  expect(text).toMatch(/\n {2}invoice-lag +30 +4 +12 +2 +4 +1,000 +100,000 +200 +3 +3\n/);
  expect(text).toMatch(/\n {2}F {2}blastRadius\.rows +rows that one plan may write\n/);
});

test('every order is in the ledger’s audit: who, what, on what, why', async () => {
  const orders = (await world.audited()).map(({ action, actor_id, object_type, object_id, metadata }) => [
    action,
    actor_id,
    object_type,
    object_id,
    (metadata as { why: string }).why,
  ]);
  const [one, two, finops] = ['sre-one', 'sre-two', 'finops-one'];
  const caughtUp = orders.find(([action]) => action === 'responder.catch-up')?.[3];
  expect(orders).toEqual([
    ['responder.pause', one, 'playbook', 'budget-stale', 'AWS is ill'],
    ['responder.resume', one, 'playbook', 'budget-stale', 'AWS is well'],
    [
      'responder.catch-up',
      two,
      'run',
      matching(/^budget-stale-/),
      matching(/^after budget-stale-.*: AWS is well$/),
    ],
    ['responder.pause', finops, 'playbook', 'all', 'these invoices look wrong'],
    ['responder.resume.ordered', finops, 'playbook', 'all', matching(/^O-\w+: they are right$/)],
    ['responder.resume', two, 'playbook', 'all', matching(/^they are right \(O-\w+, ordered by finops-one/)],
    ['responder.trust', one, 'playbook', 'payment-mismatch', 'shadow: the bank is new'],
    [
      'responder.replay',
      one,
      'run',
      matching(/^payment-mismatch-rehearsal-/),
      matching(/^replay payment-mismatch-.* \(dry-run\): why again\?$/),
    ],
  ]);
  expect((await world.runs('budget-stale')).includes(String(caughtUp))).toBe(true);
});

test.each([
  [['pause'], /reason.*Usage: npm run respond -- pause \[playbook\] --reason/s],
  [['pause', 'budgets', '--reason', 'x'], /one of cur-freshness, .*budget-stale/s],
  [['trust', 'budget-stale', 'full', '--reason', 'x'], /"shadow"\|"approve"\|"auto"/],
  [
    ['run', 'cur-freshness', '--target', 'period=now', '--reason', 'x'],
    /got a wrong target; nothing was started.*Wanted a month such as "2025-09"; got "now"/s,
  ],
  [
    ['reset', 'budget-stale', '--reason', 'x'],
    /the breaker of budget-stale is not open; nothing was changed/,
  ],
  [
    ['undo', 'no-such-run', '--reason', 'x'],
    /run no-such-run is not undone: it is not in the record\. Nothing was started/,
  ],
  [['why', 'no-such-run'], /there is no run "no-such-run" in the record; `list` shows the newest ones/],
])('%j is refused in words that teach, and leaves no audit', async (typed, words) => {
  const before = (await world.audited()).length;
  expect(await world.give('sre-one', ...typed)).toMatchObject({ ok: false, text: matching(words) });
  expect(await world.audited()).toHaveLength(before);
});
