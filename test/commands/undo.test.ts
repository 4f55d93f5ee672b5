import { matching } from '../../emulator/test/support/matching.ts';
import { bootWorld } from '../support/world.ts';
import { arnOfPerson, orders } from './orders.ts';

const orderOf = ({ data }: { data?: unknown }): string => (data as { order: string }).order;

const world = bootWorld({ settled: true }, orders);

const capacity = (): number => {
  const { autoScaling, estate } = world.services;
  return autoScaling.group(estate.runners.group).desired;
};

describe('a run that was ineffective', () => {
  test('is undone by its compensations, the last first; people hear what was undone, and that the fault is there', async () => {
    const before = capacity();
    await world.services.runnerFleet.backlog({ messages: 190, arrivalsPerTick: 400 });
    const { run, outcome } = await world.nextRun('runner-backlog');
    expect(outcome).toBe('ineffective');
    expect(capacity()).toBeGreaterThan(before);

    const given = await world.give('sre-one', 'undo', run, '--reason', 'more machines do not help');
    expect(given).toMatchObject({
      ok: true,
      text: matching(
        /^run (\S+) is started: scale-back-runners.*; the same guards hold for it\. `why \1` shows/,
      ),
    });
    const { run: undoing } = (given as { data: { run: string } }).data;
    const undone = await world.ended(undoing);
    expect(undone).toMatchObject({
      outcome: 'escalated',
      why: matching(
        new RegExp(
          `^the changes of run ${run} are rolled back; the fault still stands; the rest was done: .*rolls back run ${run}: more machines do not help; now \\d+ jobs wait`,
        ),
      ),
    });
    expect(capacity()).toBe(before);
    const last = world.noticesOf(undoing).at(-1);
    expect(last?.message).toMatch(/What was done: {2}scale commercial-ops-runners back from \d to \d/);
    expect(last?.message).toMatch(/Your next step: find the cause, and repair it by hand/);

    const again = await world.give('sre-two', 'undo', run, '--reason', 'once more');
    expect(again).toMatchObject({ ok: true, data: { run: undoing } });
    expect(again.text).toMatch(/^run \S+ was started before: scale-back-runners.*; it escalated\./);
    expect((await world.audited()).filter(({ action }) => action === 'responder.undo')).toEqual([
      {
        action: 'responder.undo',
        actor_type: 'operator_user',
        actor_id: 'sre-one',
        object_type: 'run',
        object_id: undoing,
        metadata: { caller: arnOfPerson('sre-one'), why: `undo ${run}: more machines do not help` },
      },
    ]);
    const text = (await world.give('sre-two', 'why', undoing)).text;
    expect(text).toMatch(new RegExp(`\\n  cause +undo of ${run}, by sre-one\\n`));
    expect(text).toMatch(/\n {2}plan 1 +scale commercial-ops-runners back from 8 to 6\n/);
  });

  test('that no machine can undo says why, and its breaker keeps the trust down until a person resets it', async () => {
    world.limit({ others: {}, playbooks: { 'invoice-lag': { breakerAfter: 1 } } });
    await world.breakBy('invoice-emitter-does-nothing');
    const { run, outcome } = await world.nextRun('invoice-lag');
    expect(outcome).toBe('ineffective');
    expect(await world.give('sre-one', 'undo', run, '--reason', 'it did nothing')).toMatchObject({
      ok: false,
      text: `run ${run} is not undone: no machine can undo emit-invoice: An issued invoice is corrected by a credit note, which a person writes. Nothing was started.`,
    });

    expect(world.noticesOf(run).at(-1)?.message).toMatch(
      /Breaker: {8}opened: a plan of invoice-lag did not help.*\n {2}npm run respond -- reset invoice-lag --reason/,
    );
    expect((await world.give('sre-one', 'list')).text).toMatch(
      /Breakers open:\n {2}invoice-lag {2}since {2}23 Nov 2026 \d\d:\d\d UTC {2}1 plans in a row were ineffective or failed\n/,
    );
    const raise = () => world.give('sre-one', 'trust', 'invoice-lag', 'auto', '--reason', 'it is well');
    expect(await raise()).toMatchObject({
      ok: false,
      text: 'the breaker of invoice-lag is open: nothing was changed. Find out why, `reset` it, then set its trust.',
    });
    const reset = await world.give('sre-one', 'reset', 'invoice-lag', '--reason', 'the emitter works');
    expect(await world.give('sre-two', 'confirm', orderOf(reset))).toMatchObject({
      ok: true,
      text: matching(/^the breaker of invoice-lag is closed\. Its trust stays lowered/),
    });
    expect((await world.give('sre-one', 'list')).text).toMatch(/invoice-lag {2,}approve {2,}since/);
    const raised = await raise();
    expect(await world.give('finops-one', 'confirm', orderOf(raised))).toMatchObject({ ok: true });
    expect((await world.audited()).map(({ action }) => action)).toEqual([
      'responder.undo',
      'responder.reset.ordered',
      'responder.reset',
      'responder.trust.ordered',
      'responder.trust',
    ]);
  });
});

test('a run that helped is not undone, nor one that did nothing', async () => {
  const started = await world.give(
    ...(['sre-one', 'run', 'restart-functions', '--target', 'function=cur_ingestion'] as const),
    '--reason',
    'it hangs',
  );
  const { run } = (started as { data: { run: string } }).data;
  expect(await world.ended(run)).toMatchObject({ outcome: 'resolved' });
  expect(await world.give('sre-two', 'undo', run, '--reason', 'why not')).toMatchObject({
    ok: false,
    text: `run ${run} is not undone: it ended resolved; wanted one that was ineffective, for its actions were done and did not help. Nothing was started.`,
  });
  expect((await world.audited()).at(-1)).toMatchObject({
    action: 'responder.run',
    object_type: 'run',
    object_id: run,
    metadata: { why: 'restart-functions, function cur_ingestion (live): it hangs' },
  });
});
