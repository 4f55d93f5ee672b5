import { createHash } from 'node:crypto';
import { emailTextOf } from '../../emulator/aws/sns-message-structure.ts';
import type { Observed } from '../../emulator/observer.ts';
import { runOf } from '../../sandbox/executions.ts';
import { actionsInLedger, actionsOn, inOrder, type ObservedAction } from '../../sandbox/observed-actions.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { settle } from '../../sandbox/scenario.ts';
import { topicOf } from '../drill/checks/people.ts';
import { filesOf } from '../drill/checks/world.ts';
import { beginNotes } from '../drill/ledger-notes.ts';
import { ledgerState, type LedgerState } from '../drill/ledger-state.ts';
import { inWorldOfItsOwn, type DrillPlace } from '../drill/own-world.ts';
import { recordedRuns } from '../drill/recorded-runs.ts';
import type { DrillRun } from '../drill/result.ts';
import { broken, reportedSoFar, type Reported } from './world-judge.ts';
import { planOf, type Happening } from './world-plan.ts';

/** What came of one seed. */
export interface WorldResult {
  readonly seed: number;
  readonly faults: readonly string[];
  /** In words; empty when nothing did. */
  readonly broken: readonly string[];
  /** Everything that happened, a line each, in an order that does not depend on the machine. */
  readonly history: readonly string[];
  readonly digest: string;
  /** How often it came to each kind of thing. */
  readonly reached: Readonly<Record<string, number>>;
  readonly minutes: number;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** People have eight hours to approve a plan. */
const LONGEST_REST_MINUTES = 12 * 60;
/** Longer than the sweep takes to find what nobody works on. */
const QUIET_MINUTES = 20;

/** Lives through the world of the seed until everything in it rests, and looks at what is left. */
export function liveThrough(seed: number, place: DrillPlace): Promise<WorldResult & { seconds: number }> {
  return inWorldOfItsOwn(place, (sandbox) => live(seed, sandbox), { isSound: () => false });
}

async function live(seed: number, sandbox: Sandbox): Promise<WorldResult> {
  const { clock, faults, ledger, pool, services } = sandbox;
  await settle(sandbox);
  const plan = planOf(seed);
  const began = clock.now().getTime();
  const story = new Story(sandbox);
  const files = filesOf(sandbox);
  const earlier = new Set(services.sns.messages.entries().map(([id]) => id));
  // Each fault's own doing is nobody's breach: the ledger takes notes once the last has been planted.
  const breaks = plan.happenings.filter(({ kind }) => kind === 'breaks');
  let before: LedgerState | undefined;
  let audit: Reported = new Map();
  for (const one of plan.happenings) {
    const due = began + one.at * SECOND_MS;
    if (clock.now().getTime() < due) await clock.advanceTo(new Date(due));
    await story.happen(one);
    if (one === breaks.at(-1)) {
      await beginNotes(pool);
      before = await ledgerState(pool, files);
    }
    audit = await reportedSoFar(pool, audit);
  }
  if (!before) throw new Error(`the plan of seed ${seed} breaks nothing`);
  faults.clear();
  ledger.restore();
  const ended = await rest(sandbox);
  await reportedSoFar(pool, audit);
  const runs = await recordedRuns(
    pool,
    services.lambda.executionsOf('responder-runner').map((execution) => runOf(execution)),
  );
  const told = services.sns.messages
    .entries()
    .filter(([id, { topicArn }]) => !earlier.has(id) && topicOf(topicArn) !== 'commercial-ops-alarms')
    .map(([, message]) => message);
  const actions = inOrder(story.wire, await actionsInLedger(sandbox));
  const found = await broken({
    sandbox,
    ended,
    before,
    after: await ledgerState(pool, files),
    runs,
    told,
    actions,
  });
  const history = historyOf(plan.happenings, runs, actions, told);
  story.stop();
  for (const { outcome } of runs) story.count(`run ${outcome ?? 'unfinished'}`);
  return {
    seed,
    faults: plan.faults.map(({ name }) => name),
    broken: [...story.failed, ...found],
    history,
    digest: createHash('sha256').update(history.join('\n')).digest('hex').slice(0, 16),
    reached: story.reached,
    minutes: Math.round((clock.now().getTime() - began) / MINUTE_MS),
  };
}

/** @returns whether everything came to its end, and nothing began again */
async function rest({ clock, services: { lambda } }: Sandbox): Promise<boolean> {
  const running = (): boolean =>
    lambda.executionsOf('responder-runner').some(({ status }) => status === 'RUNNING') ||
    lambda.queuedEvents > 0;
  const limit = new Date(clock.now().getTime() + LONGEST_REST_MINUTES * MINUTE_MS);
  while (clock.now() < limit) {
    if (!(await clock.advanceUntil(() => !running(), limit))) return false;
    const quiet = new Date(clock.now().getTime() + QUIET_MINUTES * MINUTE_MS);
    if (!(await clock.advanceUntil(running, quiet))) return true;
  }
  return false;
}

/** What happens, and what is seen of it. */
class Story {
  readonly wire: ReturnType<typeof actionsOn>;
  readonly reached: Record<string, number> = {};
  readonly failed: string[] = [];
  private readonly alarms: string[] = [];
  private readonly asked: string[] = [];
  private readonly sandbox: Sandbox;
  private readonly unwatch: (() => void)[];

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.wire = actionsOn(sandbox);
    this.unwatch = [sandbox.watch(this.wire.watch), sandbox.watch((observed) => this.see(observed))];
  }

  async happen({ what, kind, happen }: Happening): Promise<void> {
    const { alarms, asked } = this;
    try {
      if ((await happen(this.sandbox, { alarms, asked })) !== false) this.count(kind);
      if (kind === 'approves' || kind === 'refuses') asked.shift();
    } catch (error) {
      // One fault may have taken away what another one breaks.
      if (kind === 'breaks') this.count('could not be broken');
      else if (kind === 'approves' || kind === 'refuses') this.count('answered into a void');
      else this.failed.push(`${what}: ${(error as Error).message}`);
    }
    await this.sandbox.clock.idle();
  }

  count(kind: string): void {
    this.reached[kind] = (this.reached[kind] ?? 0) + 1;
  }

  stop(): void {
    this.unwatch.forEach((end) => end());
  }

  private see(observed: Observed): void {
    if (observed.kind === 'alarm') this.alarms.push(observed.message);
    if (observed.kind !== 'call') return;
    const { operation, input, struck } = observed.call;
    if (struck) this.count(`struck ${struck}`);
    const attributes = input['MessageAttributes'] as Record<string, { StringValue?: string }> | undefined;
    if (operation === 'Publish' && attributes?.['event']?.StringValue === 'approval')
      this.asked.push(emailTextOf(input));
  }
}

/** Random in each world, and without meaning: ids, ports, temporary names. */
/** A link is signed over an incident, whose id may be made up, too. */
const MADE_UP =
  /[\w-]{40,}\.[\w-]{40,}|[0-9a-f]{8}-[0-9a-f-]{27}|jr_[0-9a-f]+|\b[0-9a-f]{12,64}\b|127\.0\.0\.1:\d+/g;

function historyOf(
  happenings: readonly Happening[],
  runs: readonly DrillRun[],
  actions: readonly ObservedAction[],
  told: readonly { at: string; topicArn: string; subject: string | null; message: string }[],
): string[] {
  const lines = [
    ...happenings.map(({ at, what }) => `planned ${String(at).padStart(5)} ${what}`),
    ...runs.flatMap(({ run, openedAt, endedAt, playbook, outcome, branch, why, steps }) => [
      `${openedAt} ${run} begins: ${playbook}`,
      `${endedAt} ${run} ends: ${outcome} ${branch} ${why}, by ${steps.join(' ')}`,
    ]),
    ...actions.map(({ at, name, run }) => `${at.toISOString()} ${run ?? '-'} does ${name}`),
    ...told.map(
      ({ at, topicArn, subject, message }) => `${at} ${topicOf(topicArn)} hears ${subject}: ${message}`,
    ),
  ];
  return lines.map((line) => line.replaceAll(MADE_UP, '#').replaceAll('\n', ' ')).sort();
}
