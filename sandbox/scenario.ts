import { foundNothingNew, runOf } from './executions.ts';
import { createRecordReader, type RunStatus } from '../lambdas/record/read.ts';
import { playbookOfAlarm } from '../lambdas/catalog/playbooks/registry.ts';
import type { RunRequest } from '../lambdas/domain/run-request.ts';
import type { Fault } from './faults/fault.ts';
import type { ExecutionHistory } from '../emulator/lambda/durable-history.ts';
import { measureSignal } from './measure-signal.ts';
import { actionsInLedger, actionsOn, inOrder } from './observed-actions.ts';
import type { Sandbox } from './sandbox.ts';

/** What came of a fault. */
export interface ScenarioResult {
  readonly fault: string;
  /** The runs that it started, oldest first, each as the record has it. */
  readonly runs: readonly RunStatus[];
  readonly executions: readonly ExecutionHistory[];
  /** Changes to Commercial-Ops, named as in `Fault.actions`, in order. */
  readonly actions: readonly string[];
  /** What the fault's card wants of them in this world. */
  readonly wantedActions: readonly string[];
  /** The worst value of the fault's business metric; null when there is none to measure. */
  readonly metric: { readonly before: number | null; readonly after: number | null };
}

/** How long a fault may take to come to an end: the longest wait is 45 minutes for a job, an hour for the ledger. */
const LIMIT_MINUTES = 150;
/** How long a healthy world is watched before it is believed that nothing happens. */
const QUIET_MINUTES = 30;
/** After the last run: longer than the sweep takes to find an alarm that nobody works on. */
const AFTERMATH_MINUTES = 12;

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

/**
 * Breaks the world, waits until every run that must follow has ended, and then whether another one starts. What was wrong
 * before, as in a real report whose costs nobody has tagged, is not the fault's, nor is what is done about it.
 */
export async function follow(sandbox: Sandbox, fault: Fault): Promise<ScenarioResult> {
  const { lambda } = sandbox.services;
  const earlier = new Set(lambda.executionsOf('responder-runner').map(({ name }) => name));
  const elsewhere = wrongBefore(sandbox, fault);
  const isForeign = ({ name, input }: ExecutionHistory): boolean =>
    earlier.has(name) || elsewhere.has((input as Pick<RunRequest, 'playbook'>).playbook);
  const wire = actionsOn(sandbox);
  const unwatch = sandbox.watch(wire.watch);
  try {
    await fault.inject(sandbox);
    const wantedActions = fault.actionsIn?.(sandbox) ?? fault.actions;
    const planted = new Set((await actionsInLedger(sandbox)).map(({ id }) => id));
    const before = await measureSignal(sandbox, fault.metric);
    const executions = () =>
      lambda.executionsOf('responder-runner').filter((run) => !isForeign(run) && !foundNothingNew(run));
    await untilOver(sandbox, fault, executions);

    const reader = createRecordReader(sandbox.pool);
    const runs = await Promise.all(executions().map((execution) => reader.status(runOf(execution))));
    const changed = (await actionsInLedger(sandbox)).filter(({ id }) => !planted.has(id));
    const foreign = new Set(lambda.executionsOf('responder-runner').filter(isForeign).map(runOf));
    return {
      fault: fault.name,
      wantedActions,
      runs: runs.filter((run) => run !== undefined),
      executions: executions(),
      actions: inOrder(wire, changed)
        .filter(({ run }) => run === undefined || !foreign.has(run))
        .map(({ name }) => name),
      metric: { before, after: await measureSignal(sandbox, fault.metric) },
    };
  } finally {
    unwatch();
  }
}

/** The playbooks with an alarm that is raised already, but for those that the fault's card wants to start. */
function wrongBefore({ services: { cloudwatch } }: Sandbox, { runs }: Fault): Set<string | undefined> {
  const raised = cloudwatch.alarms.all().filter(({ state }) => state.value === 'ALARM');
  const wanted = runs.map(({ playbook }) => playbook);
  return new Set(
    raised
      .map(({ settings }) => playbookOfAlarm(settings.name)?.id)
      .filter((id) => id !== undefined && !wanted.includes(id)),
  );
}

async function untilOver(
  sandbox: Sandbox,
  { runs: expected, minutes }: Fault,
  executions: () => readonly ExecutionHistory[],
): Promise<void> {
  const { clock } = sandbox;
  const limit = inMinutes(sandbox, minutes ?? LIMIT_MINUTES);
  const ended = () => executions().every(({ status }) => status !== 'RUNNING');
  if (expected.length > 0) {
    await clock.advanceUntil(() => executions().length >= expected.length && ended(), limit);
  }
  const quiet = expected.length === 0 ? (minutes ?? QUIET_MINUTES) : AFTERMATH_MINUTES;
  const known = executions().length;
  if (await clock.advanceUntil(() => executions().length > known, inMinutes(sandbox, quiet))) {
    // One too many: its story is wanted to its end, too.
    await clock.advanceUntil(ended, inMinutes(sandbox, LIMIT_MINUTES));
  }
}

export const inMinutes = ({ clock }: Sandbox, minutes: number): Date =>
  new Date(clock.now().getTime() + minutes * 60_000);
