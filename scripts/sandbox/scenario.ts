import { createRecordReader, type RunStatus } from '../../lambdas/record/read.ts';
import type { Fault } from './faults/fault.ts';
import type { ExecutionHistory } from './lambda/durable-history.ts';
import type { Sandbox } from './sandbox.ts';

/** What came of a fault. */
export interface ScenarioResult {
  readonly fault: string;
  /** The runs that it started, oldest first, each as the record has it. */
  readonly runs: readonly RunStatus[];
  readonly executions: readonly ExecutionHistory[];
  /** Changing calls to Commercial-Ops, as `service:Operation`, in order. */
  readonly actions: readonly string[];
  /** Days, of the staler copy. */
  readonly freshness: { readonly before: number | null; readonly after: number | null };
}

/** Changing calls that belong to the responder's own house: its record, its messages, its metrics. */
const OWN = new Set([
  'sns:Publish',
  's3:PutObject',
  's3:DeleteObject',
  'sts:AssumeRole',
  'monitoring:PutMetricData',
]);
const READS = /^(Get|List|Describe|Filter|Simulate|Head)/;

/** How long a fault may take to come to an end: the longest wait is 45 minutes for a job, an hour for the ledger. */
const LIMIT_MINUTES = 150;
/** How long a healthy world is watched before it is believed that nothing happens. */
const QUIET_MINUTES = 30;

/** Lets the signals be measured once on a healthy world, breaks it, and waits until every run has ended. */
export async function runScenario(sandbox: Sandbox, fault: Fault): Promise<ScenarioResult> {
  await settle(sandbox);
  return follow(sandbox, fault);
}

/** Waits until the signals have been measured, and every alarm knows its state. */
export async function settle(sandbox: Sandbox): Promise<void> {
  const { cloudwatch } = sandbox.services;
  const known = () =>
    cloudwatch.alarms
      .all()
      .every(
        ({ state, settings }) =>
          state.value !== 'INSUFFICIENT_DATA' || settings.namespace !== 'CommercialOps',
      );
  if (!(await sandbox.clock.advanceUntil(known, inMinutes(sandbox, 30)))) {
    throw new Error(
      `after 30 minutes some alarms still have no data: are the signals measured? (see /aws/lambda/responder-signals)`,
    );
  }
}

/** Breaks the world and waits until every run that follows has ended. */
export async function follow(sandbox: Sandbox, fault: Fault): Promise<ScenarioResult> {
  const { clock, services } = sandbox;
  const began = clock.now();
  const actions: string[] = [];
  const unwatch = sandbox.watch((observed) => {
    if (observed.kind !== 'call' || observed.call.principal.roleName === undefined) return;
    const { service, operation, struck } = observed.call;
    const name = `${service}:${operation}`;
    if (
      struck === 'before' ||
      service === 'lambda' ||
      READS.test(operation) ||
      OWN.has(name) ||
      name === 'athena:StartQueryExecution'
    )
      return;
    actions.push(name);
  });
  try {
    await fault.inject(sandbox);
    const before = await staler(sandbox);
    const executions = () =>
      services.lambda.executionsOf('responder-runner').filter(({ start }) => start >= began);
    const ended = () => executions().length > 0 && executions().every(({ status }) => status !== 'RUNNING');
    const minutes = fault.outcome === null ? QUIET_MINUTES : LIMIT_MINUTES;
    await clock.advanceUntil(ended, inMinutes(sandbox, minutes));
    const reader = createRecordReader(sandbox.pool);
    const runs = await Promise.all(executions().map(({ name }) => reader.status(name)));
    return {
      fault: fault.name,
      runs: runs.filter((run) => run !== undefined),
      executions: executions(),
      actions,
      freshness: { before, after: await staler(sandbox) },
    };
  } finally {
    unwatch();
  }
}

async function staler(sandbox: Sandbox): Promise<number | null> {
  const { athena, ledger } = await sandbox.services.commercialOps.freshness();
  return athena.days === null || ledger.days === null ? null : Math.max(athena.days, ledger.days);
}

const inMinutes = ({ clock }: Sandbox, minutes: number): Date =>
  new Date(clock.now().getTime() + minutes * 60_000);
