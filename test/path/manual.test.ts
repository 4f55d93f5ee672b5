import { endRun, openRun } from '../../lambdas/record/write.ts';
import { ending, opening } from '../support/runs.ts';
import { startRunSigned } from '../../sandbox/signed-order.ts';
import { makeStale } from '../../sandbox/faults/costs-world.ts';
import { hoursAgo } from '../../sandbox/faults/steps.ts';
import { bootWorld, NOW } from '../support/world.ts';
import { account } from './account.ts';
import { having, including, matching } from '../../emulator/test/support/matching.ts';

const world = bootWorld({ settled: true, schedules: 'off' }, account);
beforeAll(async () => {
  // Stale, without an alarm that would start a run of its own.
  await makeStale(world);
});

const call = (change: Record<string, unknown> = {}) => ({
  run: 'cur-freshness',
  target: { period: '2026-11' },
  mode: 'dry-run',
  by: 'ada@example.com',
  reason: 'the costs look old',
  ...change,
});

const dataOf = (answer: Record<string, unknown>) => answer['data'] as Record<string, unknown>;

let rehearsed = '';
let repaired = '';

test('a dry run says what it would do, and changes nothing', async () => {
  const { pool } = world;
  const calls: string[] = [];
  const roles = new Set<string>();
  const unwatch = world.watch((seen) => {
    if (seen.kind !== 'call') return;
    calls.push(`${seen.call.service}:${seen.call.operation}`);
    if (seen.call.principal.roleName) roles.add(seen.call.principal.roleName);
  });
  const answer = await world.dispatch(call());
  expect(answer).toMatchObject({
    ok: true,
    data: { started: true, playbook: 'cur-freshness', mode: 'dry-run' },
  });
  const [run] = await world.runsAfter(0);
  unwatch();
  rehearsed = run?.run ?? '';
  expect(run).toMatchObject({
    run: dataOf(answer)['run'],
    mode: 'dry-run',
    outcome: 'rehearsed',
    why: matching(/^would start Glue job cur_ingest_prod for 2026-11: the delivery is complete/),
    decision: { kind: 'act', plan: [{ action: 'start-ingestion', params: { period: '2026-11' } }] },
  });
  expect(run?.evidence.length).toBeGreaterThanOrEqual(7);
  expect(world.glueStarts()).toEqual([]);
  expect(calls).not.toContain('sts:AssumeRole');
  expect(calls).not.toContain('sns:Publish');
  expect([...roles].sort()).toEqual(['responder-manual-us-east-1', 'responder-rehearser-us-east-1']);
  expect((await pool.query('select from responder.incident')).rowCount).toBe(0);
  expect((await pool.query('select from responder.run where fence is not null')).rowCount).toBe(0);
  expect((await pool.query('select from audit_event where actor_id = $1', [rehearsed])).rowCount).toBe(0);
});

test('the rehearser itself refuses a live run, before anything is on record', async () => {
  const { lambda } = world.services;
  const name = 'cur-freshness-live-on-the-rehearser';
  const cause = { kind: 'manual', by: 'ada@example.com', reason: 'to see', at: NOW.toISOString() } as const;
  const order = {
    run: name,
    playbook: 'cur-freshness',
    cause,
    target: { period: '2026-11' },
    mode: 'live',
  } as const;
  const named = await startRunSigned(world, order, 'manual', 'responder-rehearser');
  const execution = () => lambda.executionsOf('responder-rehearser').find((one) => one.name === named);
  await world.until('the execution to end', () => execution()?.status !== 'RUNNING');
  expect(execution()).toMatchObject({
    status: 'FAILED',
    error: { ErrorMessage: matching(/wanted "dry-run".*Start it on .*:responder-runner:live/) },
  });
  const { rowCount } = await world.pool.query('select from responder.run where run_id = $1', [name]);
  expect(rowCount).toBe(0);
});

test('wrong calls are answered with what is wrong and an example that is right', async () => {
  const known = world.executions().length;
  const answer = await world.dispatch({ run: 'cur-freshnes', target: 'all', mode: 'now', who: 'me' });
  expect(answer).toMatchObject({ ok: false, text: matching(/^the call is wrong; nothing was started/) });
  for (const mistake of ['"live"|"dry-run"; got "now"', 'got nothing\n  → at by', 'Unrecognized key: "who"'])
    expect(answer['text']).toContain(mistake);
  expect(await world.dispatch(call({ run: 'cur-freshnes' }))).toMatchObject({
    text: matching(/Wanted one of cur-freshness, .*; got "cur-freshnes"\n {2}→ at run/),
  });
  expect(await world.dispatch(call({ target: { period: '2026-13' } }))).toMatchObject({
    text: matching(/; got "2026-13"\n {2}→ at period\nWanted, for example: \{"period":"2026-11"\}/),
  });
  expect(world.executions()).toHaveLength(known);

  // The example is taken as it is.
  const right = await world.dispatch(dataOf(answer)['example']);
  expect(right).toMatchObject({ data: { started: true, mode: 'dry-run' } });
  await world.runsAfter(known);
});

test('a live run acts; its record tells its story, its status how it ended', async () => {
  const known = world.executions().length;
  const answer = await world.dispatch(call({ mode: 'live' }));
  const [run] = await world.runsAfter(known);
  repaired = run?.run ?? '';
  expect(world.glueStarts()).toHaveLength(1);
  expect(run).toMatchObject({
    run: dataOf(answer)['run'],
    playbook: 'cur-freshness',
    mode: 'live',
    outcome: 'resolved',
    replayOf: null,
    steps: including([having({ name: 'act:1:start-ingestion', tell: matching(/cur_ingest_prod/) })]),
    guards: including([having({ guard: 'lock', answer: 'allow' })]),
  });
  expect(dataOf(await world.dispatch({ status: repaired }))).toEqual({
    run: repaired,
    playbook: 'cur-freshness',
    mode: 'live',
    outcome: 'resolved',
    openedAt: run?.openedAt,
    endedAt: run?.endedAt,
  });
  expect(await world.dispatch({ status: 'no-such-run' })).toMatchObject({
    ok: false,
    text: matching(/^there is no run "no-such-run" in the record/),
  });
});

test('a replay as dry run decides again on what the old run saw, though the world has changed since', async () => {
  const known = world.executions().length;
  await world.dispatch({ replay: repaired, mode: 'dry-run', by: 'ada@example.com', reason: 'to learn' });
  await world.dispatch(call());
  const runs = await world.runsAfter(known, 2);
  const [replay, today] = [runs.find(({ replayOf }) => replayOf), runs.find(({ replayOf }) => !replayOf)];
  expect(replay).toMatchObject({
    replayOf: repaired,
    mode: 'dry-run',
    outcome: 'rehearsed',
    target: { period: '2026-11' },
    why: matching(/^would start Glue job/),
    decision: (await world.run(repaired)).decision,
  });
  expect(today).toMatchObject({
    outcome: 'rehearsed',
    why: matching(/^would leave everything as it is/),
  });
});

test('a live replay is a new, guarded run on the world of today, linked to the old one', async () => {
  const known = world.executions().length;
  const starts = world.glueStarts().length;
  await world.dispatch({ replay: rehearsed, mode: 'live' });
  const [run] = await world.runsAfter(known);
  expect(run).toMatchObject({ replayOf: rehearsed, mode: 'live', outcome: 'self-healed' });
  expect(world.glueStarts()).toHaveLength(starts);
  expect(await world.dispatch({ replay: 'no-such-run' })).toMatchObject({
    ok: false,
    text: matching(/^there is no run "no-such-run" in the record/),
  });
});

test('the same request twice is one run; another call under its key is refused', async () => {
  const known = world.executions().length;
  const first = await world.dispatch(call({ request: 'OPS-1' }));
  expect(first).toMatchObject({ data: { started: true } });
  await world.runsAfter(known);
  // Some time later, the same call.
  await world.clock.advanceTo(hoursAgo(world, -0.1));
  const second = await world.dispatch(call({ request: 'OPS-1' }));
  expect(second).toMatchObject({ ok: true, data: { run: dataOf(first)['run'], started: false } });
  const other = await world.dispatch(call({ request: 'OPS-1', target: { period: '2026-10' } }));
  expect(other).toMatchObject({
    ok: false,
    text: matching(/request .OPS-1. was used before for another call/),
  });
  expect(dataOf(other)['differs']).toEqual([{ path: 'target.period', first: '"2026-11"', now: '"2026-10"' }]);
  expect(world.executions()).toHaveLength(known + 1);
});

test('a second live run on a target at work is refused before it is an execution, however often it is requested', async () => {
  const target = { period: '2026-11' };
  const cause = { kind: 'manual', by: 'ada', reason: 'to see', at: NOW.toISOString() } as const;
  const request = {
    run: 'cur-freshness-at-work',
    playbook: 'cur-freshness',
    target,
    cause,
    mode: 'live',
  } as const;
  const opened = { ...opening(request.run), request, openedAt: world.clock.now().toISOString() };
  await openRun(world.pool, opened);
  const known = world.executions().length;
  for (let i = 0; i < 5; i++)
    expect(await world.dispatch(call({ mode: 'live', by: `name ${i}` }))).toMatchObject({
      ok: false,
      text: matching(
        /^nothing was started: run cur-freshness-at-work is at work on cur-freshness, period 2026-11/,
      ),
    });
  expect(world.executions()).toHaveLength(known);
  await endRun(world.pool, opened, ending('resolved', world.clock.now().toISOString()), []);
});

test('what was rehearsed under a ticket may be done under it', async () => {
  const known = world.executions().length;
  const live = await world.dispatch(call({ request: 'OPS-1', mode: 'live' }));
  expect(live).toMatchObject({ data: { started: true, mode: 'live' } });
  expect(await world.runsAfter(known)).toMatchObject([{ run: dataOf(live)['run'], mode: 'live' }]);
});
