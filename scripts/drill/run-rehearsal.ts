import { runOf } from '../../sandbox/executions.ts';
import { playbookById, playbooks } from '../../lambdas/catalog/playbooks/registry.ts';
import type { AnyPlaybook } from '../../lambdas/catalog/playbooks/definition.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import { looking } from '../../sandbox/looking.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { inMinutes, settle } from '../../sandbox/scenario.ts';
import { inWorldOfItsOwn, type DrillPlace } from './own-world.ts';
import { recordedRuns } from './recorded-runs.ts';
import type { DrillRun, RehearsalResult } from './result.ts';
import { changes, worldState } from './world-state.ts';

/** A live run that the fault itself has begun may wait for a job, and then for its alarm. */
const LIVE_MINUTES = 150;
/** A dry run waits for nothing but a probe's next try. */
const DRY_MINUTES = 10;

/** Breaks a world of its own, rehearses the repair, and says whether anything has changed by that. */
export function runRehearsal(fault: Fault, place: DrillPlace): Promise<RehearsalResult> {
  return inWorldOfItsOwn(place, (sandbox) => rehearse(fault, sandbox), {
    isSound: ({ passed }) => passed && fault.kind !== 'platform',
    limits: fault.limits,
    now: fault.now,
  });
}

async function rehearse(fault: Fault, sandbox: Sandbox): Promise<Omit<RehearsalResult, 'seconds'>> {
  await settle(sandbox);
  await fault.inject(sandbox);
  const { lambda } = sandbox.services;
  const atWork = () => lambda.executionsOf('responder-runner').some(({ status }) => status === 'RUNNING');
  // What the fault has sent is received within a moment, long before any alarm is evaluated again.
  await sandbox.clock.advanceTo(inMinutes(sandbox, 1 / 60));
  await sandbox.clock.advanceUntil(() => !atWork(), inMinutes(sandbox, LIVE_MINUTES));

  const before = await worldState(sandbox);
  const ids: string[] = [];
  for (const repair of repairsOf(fault)) ids.push(await dryRun(sandbox, repair));
  const changed = changes(before, await worldState(sandbox));
  const runs = await recordedRuns(sandbox.pool, ids);
  const differences = [
    ...changed.map((line) => `a rehearsal changes nothing, and yet ${line}`),
    ...(runs.length === ids.length ? [] : [`${ids.length} dry runs, and ${runs.length} on record`]),
    ...runs.flatMap(misplayed),
  ];
  const { name, about, kind } = fault;
  return { name, about, kind, passed: differences.length === 0, differences, runs };
}

type Target = Readonly<Record<string, string>>;

interface Repair {
  readonly playbook: AnyPlaybook;
  /** As the fault's card has it. */
  readonly target: Target | undefined;
}

/** Each playbook that the fault must start; where none may start, those that watch its metric. */
function repairsOf({ runs, metric }: Fault): Repair[] {
  const watching = playbooks.filter(({ alarms }) => alarms.some((alarm) => alarm.metric === metric));
  const ids = runs.length > 0 ? runs.map(({ playbook }) => playbook) : watching.map(({ id }) => id);
  return [...new Set(ids)].flatMap((id) => {
    const playbook = playbookById(id);
    const target = runs.find((run) => run.playbook === id)?.target;
    return playbook ? [{ playbook, target }] : [];
  });
}

/**
 * What the dry run is about: what people request by the fault's card, what the fault itself has requested, or what
 * the playbook would take its alarm to be about.
 */
async function targetOf(sandbox: Sandbox, { playbook, target }: Repair): Promise<Target> {
  const { rows } = await sandbox.pool.query<{ target: Target }>(
    `select target from responder.run where playbook = $1 and mode = 'live' order by arrival desc limit 1`,
    [playbook.id],
  );
  const known = target ?? rows[0]?.target;
  if (known) return known;
  const located = await looking(sandbox, async (context) => playbook.locate?.(context));
  const name = playbook.alarms[0]?.name ?? playbook.id;
  return located?.[0] ?? playbook.targetOf({ name, changedAt: sandbox.clock.now() });
}

/** A person invokes `responder-manual`. @returns the run's id, once it has ended */
async function dryRun(sandbox: Sandbox, repair: Repair): Promise<string> {
  const { lambda } = sandbox.services;
  const { id } = repair.playbook;
  const call = { run: id, target: await targetOf(sandbox, repair), mode: 'dry-run' };
  const { payload } = await lambda.invoke({
    function: 'responder-manual',
    type: 'RequestResponse',
    payload: { ...call, by: 'the drill', reason: 'to see what it would do' },
  });
  const { data } = JSON.parse(payload ?? '{}') as { data?: { run?: string; started?: boolean } };
  const { run, started } = data ?? {};
  if (run === undefined || !started) throw new Error(`no dry run of ${id} was started: ${payload ?? ''}`);
  const ended = () =>
    lambda.executionsOf('responder-rehearser').some((one) => runOf(one) === run && one.status !== 'RUNNING');
  if (!(await sandbox.clock.advanceUntil(ended, inMinutes(sandbox, DRY_MINUTES)))) {
    throw new Error(`the dry run ${run} of ${id} has not ended after ${DRY_MINUTES} minutes`);
  }
  return run;
}

const PROPER: readonly unknown[] = ['rehearsed', 'refused', 'escalated'];

/** What its record must say: how it would have gone, what every guard answered, what would be done. */
function misplayed({ playbook, outcome, why, guards, decision }: DrillRun): string[] {
  const lines: string[] = [];
  if (!PROPER.includes(outcome))
    lines.push(`the dry run of ${playbook} is ${outcome ?? 'unfinished'}: ${why ?? ''}`);
  if (guards.length === 0) lines.push(`the dry run of ${playbook} has no guard's answer on record`);
  const planned = (decision as { kind?: string } | null)?.kind === 'act';
  if (planned && !guards.some(({ slot }) => slot === 'before-acting'))
    lines.push(`the dry run of ${playbook} has a plan, and no answers of the guards before acting`);
  if (outcome === 'rehearsed' && !decision)
    lines.push(`the dry run of ${playbook} has no decision on record`);
  return lines;
}

/** A rehearsal that has shown nothing, for it could not be run to its end. */
export const brokenOff = ({ name, about, kind }: Fault, error: string): RehearsalResult => ({
  name,
  about,
  kind,
  passed: false,
  differences: [`it broke off: ${error}`],
  runs: [],
  seconds: 0,
});
