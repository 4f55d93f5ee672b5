import { MOMENTS } from '../../sandbox/control-moments.ts';
import { hoursAgo, setByHand } from '../../sandbox/faults/steps.ts';
import { AwsError } from '../../emulator/kernel/service.ts';
import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';

/** What changes while a run is at work: orders of people, and the very thing that it repairs. */
const world = bootWorld({ each: true, settled: true, schedules: 'off' });
beforeEach(async () => {
  await goStale();
});

const goStale = () =>
  world.pool.query('update budget_master set last_refreshed_at = $1', [hoursAgo(world, 30)]);
const runs = () => world.services.lambda.executionsOf('responder-runner');
const refreshes = async () =>
  (await world.pool.query(`select from job_run where job = 'budget_refresh_prod' and fence is not null`))
    .rowCount;

async function toItsEnd(): Promise<unknown> {
  const over = () => runs().length > 0 && runs().every(({ status }) => status !== 'RUNNING');
  expect(await world.clock.advanceUntil(over, hoursAgo(world, -3))).toBe(true);
  return runs()[0]?.result;
}

test('trust that is lowered after the run has asked for it: nobody has approved, so nothing is done', async () => {
  // The first look fails, and is taken again some seconds later: between the two a person lowers the trust.
  const silent = new AwsError('InvalidParameterException', 'the log does not answer');
  world.faults.add({
    service: 'logs',
    operation: 'FilterLogEvents',
    when: 'before',
    times: 1,
    effect: silent,
  });
  await setByHand('budget-stale')(world);
  await world.clock.advanceUntil(() => runs().length > 0, hoursAgo(world, -1));
  await world.clock.idle();
  expect(runs()).toMatchObject([{ status: 'RUNNING' }]);
  await world.pool.query(
    `insert into responder.standing (playbook, trust, trust_since, trust_by) values ('budget-stale', 'approve', $1, 'a test')`,
    [world.clock.now()],
  );
  expect(await toItsEnd()).toMatchObject({
    outcome: 'refused',
    why: matching(/^guard approval: nobody was asked: budget-stale acts only with approval$/),
  });
  expect(await refreshes()).toBe(0);
});

test('what is unhealthy again while its alarm goes OK is not called resolved', async () => {
  const { cloudwatch } = world.services;
  await setByHand('budget-stale')(world);
  // Until it is evaluated again, the alarm stays as it is, and the run waits for it.
  await cloudwatch.setEvaluationState('budget-stale', 'EVALUATION_FAILURE');
  const isWaiting = () => MOMENTS['waiting-for-ok'].holds(world);
  expect(await world.clock.advanceUntil(isWaiting, hoursAgo(world, -1))).toBe(true);
  expect(await refreshes()).toBe(1);
  await goStale();
  await cloudwatch.setEvaluationState('budget-stale', undefined);
  expect(await toItsEnd()).toMatchObject({
    outcome: 'ineffective',
    why: matching(
      /0 of 16 budgets stale.*; alarm budget-stale is OK, but the metric is unhealthy again: 16 of 16/,
    ),
  });
});
