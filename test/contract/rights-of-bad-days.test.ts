import { startIngestion } from '../../lambdas/catalog/actions/start-ingestion.ts';
import { queryAthena } from '../../lambdas/catalog/probes/athena-query.ts';
import { functionConfiguration, Restartable } from '../../lambdas/catalog/probes/function-configuration.ts';
import { playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import { createStart } from '../../lambdas/intake/start/start-run.ts';
import { dayOf } from '../../lambdas/platform/calendar.ts';
import { orderKeys, type Door } from '../../lambdas/platform/order.ts';
import { createCalling } from '../../lambdas/record/start-escalation.ts';
import { cloudUse } from '../../lambdas/reporting/daily-report/cloud-use.ts';
import { putOnce } from '../../lambdas/reporting/postmortem/objects.ts';
import { NAMES } from '../../lib/names.ts';
import { actAs, type Role } from '../support/as-role.ts';
import { bootWorld, NOW } from '../support/world.ts';

/**
 * Rights that only rare days need: each role does, by the product's own code, what no drill lets it do. Without the
 * right the code fails, or says less.
 */

const { runner, rehearser, dispatcher, manual, respond, sweep, escalation, signals, report } =
  NAMES.functions;

const world = bootWorld({ settled: true, schedules: 'off' });

/** How the calls that stop a query were answered. */
const stops: (Error | undefined)[] = [];
beforeAll(() => {
  world.watch((seen) => {
    if (seen.kind === 'call' && seen.call.operation === 'StopQueryExecution') stops.push(seen.call.error);
  });
  // What is ordered below stays an order.
  for (const name of [runner, rehearser, escalation]) world.deploy(name, () => ({ reservedConcurrency: 0 }));
});

async function acting<R>(functionName: string, work: (role: Role) => Promise<R>): Promise<R> {
  const role = await actAs(world, functionName);
  try {
    return await work(role);
  } finally {
    await role.close();
    world.services.lambda.functions.forget(`keys-of-${functionName}`);
  }
}

const DOORS: readonly [string, Door, readonly ('live' | 'dry-run')[]][] = [
  [dispatcher, 'alarms', ['live', 'dry-run']],
  [manual, 'manual', ['live', 'dry-run']],
  [respond, 'commands', ['live', 'dry-run']],
  [sweep, 'sweep', ['live']],
];

test.each(DOORS)('%s sees that a run in other words is its own order', (functionName, door, modes) =>
  acting(functionName, async ({ settings, tools }) => {
    const start = createStart(tools, settings, { door, keys: orderKeys(settings) });
    for (const mode of modes) {
      const order = (reason: string) =>
        ({
          run: `${door}-${mode}`,
          playbook: 'cur-freshness',
          cause: { kind: 'manual', by: 'somebody', reason, at: NOW.toISOString() },
          mode,
        }) as const;
      expect(await start(order('first'))).toBe('started');
      expect(await start(order('in other words'))).toBe('already-started');
    }
  }),
);

test.each([
  [runner, 'runner'],
  [sweep, 'sweep'],
] as const)('%s sees that people are called already', (functionName, door) =>
  acting(functionName, async ({ settings, tools }) => {
    const calling = createCalling(tools, () => world.pool, settings, { door, keys: orderKeys(settings) });
    const episode = {
      incident: `of-${door}`,
      episode: 1,
      playbook: 'cur-freshness',
      target: { period: '2026-11' },
      openedAt: NOW.toISOString(),
      openedByRun: 'a-run',
    };
    await calling.call({ ...episode, severity: 'SEV-3' });
    // An order in other words, under the name that is taken.
    await calling.call({ ...episode, severity: 'SEV-2' });
  }),
);

test.each([signals, runner, rehearser])('%s stops a query that it gives up', (functionName) =>
  acting(functionName, async ({ settings, tools }) => {
    const athena = await tools.athena();
    stops.length = 0;
    await expect(queryAthena(athena, settings, 'select 1', 0)).rejects.toThrow(/did not end within 0 s/);
    expect(stops).toEqual([undefined]);
  }),
);

test('the rehearser may ask all that probes, and the progress of a job, ask', () =>
  acting(rehearser, async ({ settings, tools }) => {
    const denied: string[] = [];
    const ask = (name: string, answer: Promise<unknown>): Promise<unknown> =>
      answer.catch((error: unknown) => {
        if (/not authorized|AccessDenied/.test(String(error))) denied.push(`${name}: ${String(error)}`);
      });
    const context = { now: NOW, settings, tools };
    for (const playbook of playbooks) {
      const { probes, alarms } = playbook;
      const target = playbook.targetOf({ name: alarms[0]?.name ?? '', changedAt: NOW });
      for (const probe of Object.values(probes)) await ask(probe.name, probe.run({ ...context, target }));
    }
    for (const one of Restartable.options)
      await ask(one, functionConfiguration.run({ ...context, target: { function: one } }));
    const acting = { settings, run: 'a-run', now: NOW, actionId: 'a-run', fence: '1' };
    const handle = { job: settings.estate.ingestion.job, jobRunId: 'none' };
    await ask('progress', startIngestion.progress(handle, acting, tools));
    expect(denied).toEqual([]);
  }));

test('the escalation knows what it has drafted already', () =>
  acting(escalation, async ({ settings: { bucket }, tools }) => {
    const object = { bucket, key: 'ops/postmortems/2026-11-23/x/draft.md', text: 'x', type: 'text/markdown' };
    expect(await putOnce(await tools.s3(), object)).toBe(true);
    expect(await putOnce(await tools.s3(), object)).toBe(true);
    expect(await putOnce(await tools.s3(), { ...object, text: 'y' })).toBe(false);
  }));

test('the report asks every function how much memory it has', () =>
  acting(report, async ({ settings, tools }) => {
    for (const name of settings.functions) {
      const of = { Dimensions: [{ Name: 'FunctionName', Value: name }], Timestamp: NOW, Value: 1 };
      world.services.cloudwatch.putMetricData('AWS/Lambda', [
        { ...of, MetricName: 'Duration' },
        { ...of, MetricName: 'Invocations' },
      ]);
    }
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const { lambda } = await cloudUse(tools, settings, dayOf('2026-11-23', 'UTC'), log);
    expect(lambda).toMatchObject({ invocations: settings.functions.length, unknown: [] });
  }));
