import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { Pool } from 'pg';
import { RunRequest, SignedRun } from '../../../lambdas/domain/run-request.ts';
import { runPlaybook } from '../../../lambdas/engine/run.ts';
import { faultOfOrder } from '../../../lambdas/intake/start/order-fault.ts';
import { runIdOfKey } from '../../../lambdas/intake/start/run-id.ts';
import { notify } from '../../../lambdas/notifications/notify.ts';
import { readTools } from '../../../lambdas/platform/clients.ts';
import { Journal } from '../../../lambdas/platform/journal.ts';
import { signOrder } from '../../../lambdas/platform/order.ts';
import { Settings } from '../../../lambdas/platform/settings.ts';
import { createCalling } from '../../../lambdas/record/start-escalation.ts';
import type { Given, Worker } from './contender.ts';
import { Executions } from './executions.ts';

const KEY = 'the-key-that-signs-the-orders-of-the-bench';
const keys = async (): Promise<readonly string[]> => [KEY];
const PLAYBOOK = 'bench-copy-stale';

/** The same work by the product: its engine, guards, record, audit and messages, as the runner puts them together. */
export function engine({ url, runnerUrl }: Given): Worker {
  const settings = settingsOf(runnerUrl);
  const ledger = new Pool({ connectionString: runnerUrl, max: 10 });
  const executions = new Pool({ connectionString: url, max: 10 });
  for (const pool of [ledger, executions]) pool.on('error', () => undefined);
  const pool = (): Pool => ledger;
  const tools = readTools(pool, settings);
  const calling = createCalling(tools, pool, settings, { door: 'runner', keys });
  const kept = new Executions(executions, (now) =>
    withDurableExecution(async (event: unknown, context) => {
      const { proof: _proof, ...request } = SignedRun.parse(event);
      const orderFault = (): Promise<string | undefined> => faultOfOrder(event, request, keys);
      const journal = new Journal(context, request.run, now);
      return runPlaybook(request, journal, { settings, pool, tools, notify, calling, orderFault, now });
    }),
  );
  return {
    async handle(alarm) {
      const run = runIdOfKey(PLAYBOOK, 'request', alarm, 'live');
      const cause = { kind: 'manual', by: 'the bench', reason: alarm, at: new Date().toISOString() };
      const request = RunRequest.parse({ run, playbook: PLAYBOOK, cause, target: { alarm }, mode: 'live' });
      await kept.start(run, await signOrder('run', request, { door: 'manual', keys }));
    },
    resume: () => kept.resume(),
  };
}

/** Every alarm is another target, so that only limits over all targets would stop one: those are lifted. */
function settingsOf(runnerUrl: string): Settings {
  const { hostname: host, port, pathname } = new URL(runnerUrl);
  const many = { perHour: 1_000_000, perDay: 1_000_000 };
  const arn = (service: string, name: string): string => `arn:aws:${service}:us-east-1:012345678901:${name}`;
  return Settings.parse({
    partition: 'aws',
    region: 'us-east-1',
    account: '012345678901',
    estate: {},
    ledger: {
      host,
      port: Number(port),
      database: pathname.slice(1),
      tls: 'off',
      auth: { kind: 'secret', user: 'responder_runner', secret: 'x' },
      actors: { kind: 'secret', secret: '{login}' },
    },
    pace: {},
    limits: { trust: { initial: 'auto' }, overall: many, others: { budget: many, targetBudget: many } },
    people: {},
    topics: Object.fromEntries(
      ['alarms', 'sre', 'finops', 'lead', 'management'].map((name) => [name, arn('sns', name)]),
    ),
    runner: arn('lambda', 'function:runner:live'),
    rehearser: arn('lambda', 'function:rehearser:live'),
    escalation: arn('lambda', 'function:bench_escalation:live'),
    signals: 'bench_signals',
    actorRole: 'arn:aws:iam::012345678901:role/bench',
    bucket: 'bench',
    anchors: 'bench-anchors',
    anchor: 'bench_anchor',
    anchorKey: 'bench/anchor-key',
    linkKey: 'bench/link-key',
    orderKey: 'bench/order-key',
  });
}
