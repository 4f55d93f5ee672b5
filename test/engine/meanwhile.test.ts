import { MOMENTS } from '../../sandbox/control-moments.ts';
import { hoursAgo, setByHand } from '../../sandbox/faults/steps.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { freshSandbox, type TestSandbox } from '../support/sandbox.ts';

/** What changes while a run is at work: orders of people, and the very thing that it repairs. */
let world: TestSandbox;
let sandbox: Sandbox;
beforeEach(async () => {
  world = await freshSandbox({ settled: true });
  ({ sandbox } = world);
  const { scheduler } = sandbox.services;
  for (const schedule of scheduler.schedules.all())
    await scheduler.createSchedule({ ...schedule, state: 'DISABLED' });
  await goStale();
});
afterEach(() => world.close());

const goStale = () =>
  sandbox.pool.query('update budget_master set last_refreshed_at = $1', [hoursAgo(sandbox, 30)]);
const runs = () => sandbox.services.lambda.executionsOf('responder-runner');
const refreshes = async () =>
  (await sandbox.pool.query(`select from job_run where job = 'budget_refresh_prod' and fence is not null`))
    .rowCount;

async function toItsEnd(): Promise<unknown> {
  const over = () => runs().length > 0 && runs().every(({ status }) => status !== 'RUNNING');
  expect(await sandbox.clock.advanceUntil(over, hoursAgo(sandbox, -3))).toBe(true);
  return runs()[0]?.result;
}

test('trust that is lowered after the run has asked for it: nobody has approved, so nothing is done', async () => {
  // The first look fails, and is taken again some seconds later: between the two a person lowers the trust.
  const silent = new AwsError('InvalidParameterException', 'the log does not answer');
  sandbox.faults.add({
    service: 'logs',
    operation: 'FilterLogEvents',
    when: 'before',
    times: 1,
    effect: silent,
  });
  await setByHand('budget-stale')(sandbox);
  await sandbox.clock.advanceUntil(() => runs().length > 0, hoursAgo(sandbox, -1));
  await sandbox.clock.idle();
  expect(runs()).toMatchObject([{ status: 'RUNNING' }]);
  await sandbox.pool.query(
    `insert into responder.standing (playbook, trust, trust_since, trust_by) values ('budget-stale', 'approve', $1, 'a test')`,
    [sandbox.clock.now()],
  );
  expect(await toItsEnd()).toMatchObject({
    outcome: 'refused',
    why: matching(/^guard approval: nobody was asked: budget-stale acts only with approval$/),
  });
  expect(await refreshes()).toBe(0);
});

test('what is sick again while its alarm goes OK is not called resolved', async () => {
  const { cloudwatch } = sandbox.services;
  await setByHand('budget-stale')(sandbox);
  // Until it is evaluated again, the alarm stays as it is, and the run waits for it.
  await cloudwatch.setEvaluationState('budget-stale', 'EVALUATION_FAILURE');
  const isWaiting = () => MOMENTS['waiting-for-ok'].holds(sandbox);
  expect(await sandbox.clock.advanceUntil(isWaiting, hoursAgo(sandbox, -1))).toBe(true);
  expect(await refreshes()).toBe(1);
  await goStale();
  await cloudwatch.setEvaluationState('budget-stale', undefined);
  expect(await toItsEnd()).toMatchObject({
    outcome: 'ineffective',
    why: matching(
      /0 of 16 budgets stale.*; but now that alarm budget-stale is OK it is sick again: 16 of 16/,
    ),
  });
});
