import { InvokeCommand } from '@aws-sdk/client-lambda';
import { SQSClient, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { matching } from '../../emulator/test/support/matching.ts';
import { runIdOfAlarm, runIdOfKey, runIdOfRecovery } from '../../lambdas/intake/start/run-id.ts';
import { executionNameOf, orderKeys, signOrder } from '../../lambdas/platform/order.ts';
import { callIdOf, createCalling } from '../../lambdas/record/start-escalation.ts';
import type { Episode } from '../../lambdas/record/incidents.ts';
import { endRun, openRun } from '../../lambdas/record/write.ts';
import { NAMES } from '../../lib/names.ts';
import { callSigned, orderKeysOf, startRunSigned } from '../../sandbox/signed-order.ts';
import { orders } from '../commands/orders.ts';
import { actAs } from '../support/as-role.ts';
import { invokerOf } from '../support/invoker.ts';
import { causes } from '../support/facts.ts';
import { ending, opening } from '../support/runs.ts';
import { bootWorld, type World } from '../support/world.ts';

/** Who may invoke functions, and nothing else. */
async function someApp(world: World & ReturnType<typeof watching>) {
  const lambda = await invokerOf(world, 'some-app');
  return {
    /** Invokes one of the responder's durable functions under a name of its choice. @returns how that ended */
    async app(fn: string, name: string, payload: object) {
      await lambda.send(
        new InvokeCommand({
          FunctionName: `${fn}:${NAMES.alias}`,
          InvocationType: 'Event',
          DurableExecutionName: name,
          Payload: JSON.stringify(payload),
        }),
      );
      return world.endOf(fn, name);
    },
  };
}

/** How executions end, and what is on record. */
const watching = (world: World) => ({
  async endOf(fn: string, name: string) {
    const found = () => world.services.lambda.executionsOf(fn).find((one) => one.name === name);
    await world.until(`${name} to end`, () => found()?.status !== 'RUNNING', 10);
    return found();
  },
  closedAt: (incident: string) =>
    world.ask('select closed_at::text from responder.incident where incident_id = $1', [incident]),
  /** An open incident, whose people are called. */
  async incident(run: string, period: string): Promise<Episode> {
    const at = world.clock.now().toISOString();
    const opened = { ...opening(run, 0, { target: { period } }), openedAt: at };
    const { episode } = await openRun(world.pool, opened);
    if (!episode) throw new Error(`run ${run} has opened no incident`);
    await endRun(world.pool, opened, ending('escalated', at, { why: 'people must look' }), []);
    return episode;
  },
  /** The audit's entry about refused orders of this hour; there is one for each executor. */
  refusedOrders: async (executor: string) =>
    JSON.parse(
      (await world.ask(
        `select body from responder.audit where kind = 'order.refused' and body::jsonb ->> 'executor' = $1`,
        [executor],
      )) ?? 'null',
    ) as unknown,
  letters: () => world.services.sns.messages.all().length,
});

const world = bootWorld({ schedules: 'off', settled: true }, async (world) => {
  const watched = Object.assign(world, watching(world));
  return { ...orders(world), ...watching(world), ...(await someApp(watched)) };
});
const { runner, rehearser, escalation } = NAMES.functions;
const at = '2026-11-23T14:00:00.000Z';
const refused = { status: 'FAILED', error: { ErrorMessage: matching(/it has no proof of who ordered it/) } };

let incident: Episode;
beforeAll(async () => {
  incident = await world.incident('cur-freshness-open', '2026-09');
});

const recovery = (playbook: string, of: string) =>
  ({
    run: runIdOfRecovery(playbook, of, at),
    playbook,
    target: { period: '2026-11' },
    cause: { kind: 'recovery', incident: of, slot: at },
    mode: 'live',
  }) as const;

describe('who may invoke functions, and nothing else,', () => {
  test('closes no incident by a recovery of a healthy playbook; the order is kept, and people hear of it', async () => {
    const forged = recovery('allocation-variance', incident.incident);
    expect(await world.app(runner, forged.run, forged)).toMatchObject(refused);
    expect(await world.closedAt(incident.incident)).toBeNull();
    expect(await world.ask('select count(*) from responder.run where run_id = $1', [forged.run])).toBe('0');
    expect(await world.refusedOrders('run')).toEqual({
      executor: 'run',
      id: forged.run,
      fault: 'it has no proof of who ordered it',
    });
    const sqs = new SQSClient({
      endpoint: world.endpoint,
      region: 'us-east-1',
      credentials: world.rootKey,
    });
    const QueueUrl = `${world.endpoint}/012345678901/${runner}-dead-letters`;
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
    sqs.destroy();
    expect(Messages.map(({ Body }) => Body)).toEqual([matching(/allocation-variance-recovery/)]);
    await world.until(
      'the alarm on dead letters',
      () => world.notices('commercial-ops-sre', /dead-letters/).length > 0,
      10,
    );
  });

  test('sends no letter of the responder: an escalation is not what a payload says', async () => {
    const before = world.letters();
    const call = { ...incident, target: { period: 'pay at once: https://evil.example' } };
    expect(await world.app(escalation, 'a-name-of-its-own', call)).toMatchObject(refused);
    expect(world.letters()).toBe(before);
    expect(await world.refusedOrders('episode')).toMatchObject({ id: callIdOf(incident) });
  });

  test('takes no name of an escalation: its people are called all the same', async () => {
    const name = `${incident.incident}-episode-1`;
    const foreign = { ...incident, openedByRun: 'another-run' };
    expect(await world.app(escalation, name, foreign)).toMatchObject(refused);
    const role = await actAs(world, runner);
    const signing = { door: 'runner', keys: orderKeysOf(world) } as const;
    await createCalling(role.tools, () => world.pool, role.settings, signing).call(incident);
    await role.close();
    await world.until(
      'SRE to be called',
      async () =>
        (await world.ask(`select count(*) from responder.told where incident_id = $1`, [
          incident.incident,
        ])) !== '0',
      10,
    );
  });

  test('is seen where it has got to know a name: what has that name is not ours', async () => {
    const returned = { ...incident, episode: 2 };
    const signing = { door: 'sweep', keys: orderKeysOf(world) } as const;
    const name = await executionNameOf('episode', callIdOf(returned), signing);
    await world.app(escalation, name, returned);
    const role = await actAs(world, NAMES.functions.sweep);
    const call = createCalling(role.tools, () => world.pool, role.settings, signing).call(returned);
    await expect(call).rejects.toThrow(
      /has its name \S+, and it has no proof of who ordered it\. Stop that execution/,
    );
    await role.close();
  });

  test.each(
    [runner, rehearser].flatMap((fn) =>
      Object.values(causes).flatMap((cause) =>
        ['missing', 'wrong'].map((proof) => [fn, cause.kind, proof, cause] as const),
      ),
    ),
  )('starts no run: %s, %s, proof %s', async (fn, kind, proof, cause) => {
    const run = `cur-freshness-forged-${fn}-${kind}-${proof}`.slice(-64);
    const payload = {
      run,
      playbook: 'cur-freshness',
      cause,
      mode: fn === runner ? 'live' : 'dry-run',
      ...(!('alarm' in cause) && { target: { period: '2026-11' } }),
      ...(proof === 'wrong' && { proof: `alarms.0123abcd.${'A'.repeat(43)}` }),
    };
    expect(await world.app(fn, run, payload)).toMatchObject({
      status: 'FAILED',
      error: {
        ErrorMessage: matching(
          /it has no proof|a key 0123abcd that is not, or no longer, in the secret|the door .* may not order/,
        ),
      },
    });
    expect(await world.ask('select count(*) from responder.run where run_id = $1', [run])).toBe('0');
  });
});

test.each([
  ['dispatcher', 'commands', 'alarms'],
  ['manual', 'commands', 'manual'],
  ['escalation', 'alarms', 'calls'],
] as const)(
  'the role of %s, leaked, orders nothing as the door %s: it reads no key of it, and its own counts for nothing there',
  async (leaked, door, own) => {
    const role = await actAs(world, NAMES.functions[leaked]);
    const keys = orderKeys(role.settings);
    const [stolen] = await keys(own);
    await expect(keys(door)).rejects.toThrow(/not authorized to perform: secretsmanager:GetSecretValue/);
    await role.close();
    const person = { arn: 'arn:aws:iam::012345678901:user/sre-one', person: 'sre-one' };
    const cause = door === 'commands' ? { ...causes.manual, caller: person } : causes.alarm;
    const run =
      cause.kind === 'alarm'
        ? runIdOfAlarm('cur-freshness', cause.alarm)
        : runIdOfKey('cur-freshness', 'order', leaked, 'live');
    const order = {
      run,
      playbook: 'cur-freshness',
      cause,
      mode: 'live',
      ...(cause.kind === 'manual' && { target: { period: '2026-11' } }),
    };
    const forged = await signOrder('run', order, { door, keys: async () => [stolen ?? ''] });
    expect(await world.app(runner, `${run}-${leaked}`.slice(-64), forged)).toMatchObject({
      status: 'FAILED',
      error: { ErrorMessage: matching(new RegExp(`no longer, in the secret of "${door}"`)) },
    });
    expect(await world.ask('select count(*) from responder.run where run_id = $1', [run])).toBe('0');
  },
);

describe('even one of our own functions that has a fault', () => {
  test('closes no incident of another playbook or target', async () => {
    const mine = await world.incident('cur-freshness-of-its-own', '2026-08');
    for (const order of [
      recovery('allocation-variance', mine.incident),
      { ...recovery('cur-freshness', mine.incident), target: { period: '2026-10' } },
    ]) {
      const name = await startRunSigned(world, order, 'sweep');
      expect(await world.endOf(runner, name)).toMatchObject({
        status: 'FAILED',
        error: { ErrorMessage: matching(/incident \S+ is none of/) },
      });
    }
    expect(await world.closedAt(mine.incident)).toBeNull();
  });

  test.each(['replay', 'undo'] as const)(
    'makes no %s of a run of another playbook or target',
    async (kind) => {
      const of = 'cur-freshness-open';
      const cause = causes[kind];
      for (const about of [
        { playbook: 'allocation-variance', target: { period: '2026-09' } },
        { playbook: 'cur-freshness', target: { period: '2026-10' } },
      ]) {
        const run = runIdOfKey(about.playbook, kind === 'undo' ? 'undo' : 'order', of, 'live');
        const name = await startRunSigned(
          world,
          { ...about, run, cause: { ...cause, of }, mode: 'live' },
          'commands',
        );
        expect(await world.endOf(runner, name)).toMatchObject({
          status: 'FAILED',
          error: { ErrorMessage: matching(/run cur-freshness-open is none of/) },
        });
      }
    },
  );

  test('calls nobody for an episode that another run has opened', async () => {
    const before = world.letters();
    const name = await callSigned(world, { ...incident, openedByRun: 'another-run' }, 'sweep').catch(String);
    expect(name).toMatch(/already started with another payload/);
    expect(world.letters()).toBe(before);
  });
});

test('ids of orders of people, taken in advance, are theirs all the same', async () => {
  // The sweep would look whether these are over.
  for (const period of ['2026-08', '2026-09']) {
    const now = world.clock.now().toISOString();
    const healed = { ...opening(`cur-freshness-over-${period}`, 0, { target: { period } }), openedAt: now };
    await openRun(world.pool, healed);
    await endRun(world.pool, healed, ending('resolved', now), []);
  }
  await world.services.runnerFleet.backlog({ messages: 190, arrivalsPerTick: 400 });
  const { scheduler } = world.services;
  for (const schedule of scheduler.schedules.all())
    await scheduler.createSchedule({ ...schedule, state: 'ENABLED' });
  const { run, outcome } = await world.nextRun('runner-backlog');
  expect(outcome).toBe('ineffective');
  const id = runIdOfKey('runner-backlog', 'undo', run, 'live');
  const forged = {
    run: id,
    playbook: 'runner-backlog',
    target: {},
    cause: { kind: 'manual', by: 'x', reason: 'x', at },
    mode: 'live',
  };
  expect(await world.app(runner, id, forged)).toMatchObject({ status: 'FAILED' });
  const given = await world.give('sre-one', 'undo', run, '--reason', 'more machines do not help');
  expect(given).toMatchObject({ ok: true, text: matching(/^run \S+ is started: scale-back-runners/) });
  expect(await world.ended(id)).toMatchObject({
    outcome: 'escalated',
    why: matching(/^the changes of run \S+ are rolled back/),
  });

  await world.give('sre-one', 'pause', '--reason', 'the ledger is restored');
  await world.breakBy('not-ingested');
  const skipped = await world.nextRun('cur-freshness');
  expect(skipped).toMatchObject({ outcome: 'refused', why: matching(/kill-switch/) });
  const again = runIdOfKey('cur-freshness', 'catch-up', skipped.run, 'live');
  expect(await world.app(runner, again, { ...forged, run: again, playbook: 'cur-freshness' })).toMatchObject({
    status: 'FAILED',
  });
  await world.resumeAll();
  expect(await world.give('sre-one', 'catch-up', '--reason', 'go')).toMatchObject({
    ok: true,
    text: matching(new RegExp(again)),
  });
  expect(await world.ended(again)).toMatchObject({ outcome: 'resolved' });
});
