import type { Busy, Handle, Progress } from '../catalog/actions/definition.ts';
import type { PlannedAction } from '../domain/decision.ts';
import type { Outcome } from '../domain/outcome.ts';
import { againOf } from '../domain/step-name.ts';
import { tellError } from '../platform/tell-error.ts';
import { pausesOver, type Attempted, type Told } from '../platform/journal.ts';
import type { Settings } from '../platform/settings.ts';
import { UnansweredError } from '../platform/unanswered.ts';
import { actionOf } from './plans.ts';
import type { RunContext } from './run-context.ts';
import type { CarriedOut, Ended, Granted, Planned, RunResult } from './run-state.ts';
import { NotSentError, send, type Begun, type NotNow, type Sent } from './send.ts';

/**
 * Each action that failed was refused or put off, and looked for in vain: it certainly did not begin, and somebody else may
 * have repaired the fault meanwhile, all of it or a part.
 */
export interface Overtaken {
  readonly overtaken?: 'whole' | 'part';
}

/**
 * Carries out the plan, action by action: each begins at most once, and must succeed before the next.
 * @returns without its fence, when certainly nothing began: the run then counts as one that did not act
 * @throws before anything begins, when the plan names an undeclared action or wrong parameters
 */
export async function carryOut(
  run: RunContext,
  granted: Granted,
): Promise<(CarriedOut | Ended<Granted> | Ended<Planned>) & Overtaken> {
  const prepared = granted.decision.plan.map((planned, i) => prepare(run, granted, i + 1, planned));
  const { fence: _, ...unbegun } = granted;
  let begunAny = false;
  let allUnbegun = true;
  let done = 0;
  const ended = (
    outcome: Outcome,
    why: string,
    more: Partial<RunResult> = {},
  ): Ended<Planned> & Overtaken => ({
    ...(begunAny ? granted : unbegun),
    ...(outcome === 'failed' && allUnbegun && { overtaken: done > 0 ? 'part' : 'whole' }),
    end: { outcome, why, ...more },
  });
  const failures: string[] = [];
  for (const [i, begun] of prepared.entries()) {
    const result = await carryOutOne(run, begun);
    begunAny ||= result.ok || result.nothing === undefined || result.nothing === 'changed';
    if (result.ok) {
      done += 1;
      continue;
    }
    allUnbegun &&= result.nothing === 'changed' || result.nothing === 'begun';
    const { why, nothing, lookAgainAt } = result;
    const notSent = nothing === 'sent';
    // What had been granted was no longer valid.
    if (notSent && i === 0) return ended('refused', why);
    if (notSent && failures.length === 0)
      return ended('escalated', `${i} of ${prepared.length} actions were carried out, then no more: ${why}`);
    failures.push(why);
    if (notSent || !begun.action.independent)
      return ended('failed', failures.join('; '), { ...(lookAgainAt !== undefined && { lookAgainAt }) });
  }
  if (failures.length === 0) return granted;
  return ended('failed', `${done} of ${prepared.length} actions were carried out; ${failures.join('; ')}`);
}

function prepare(
  { request: { run }, playbook, settings, now }: RunContext,
  granted: Granted,
  number: number,
  planned: PlannedAction,
): Begun {
  const action = actionOf(playbook, planned.action);
  const params = action.params.parse(planned.params);
  const name = `${number}:${action.name}`;
  const said = action.describe(params, settings);
  const context = { settings, run, now: now(), actionId: `${run}-${number}`, fence: granted.fence };
  return { granted, action, params, name, said, context };
}

/**
 * `nothing` was `sent`: what was granted is no longer valid. Nothing was `begun`: every try was put off. Nothing was
 * `changed`: it was refused for good. None of these: it was begun and failed, or nobody knows.
 */
interface Failed {
  readonly ok: false;
  readonly why: string;
  readonly nothing?: 'sent' | 'begun' | 'changed';
  /** When another run may try. */
  readonly lookAgainAt?: string;
}

const failed = ({ said }: Begun, why: string, more: Omit<Failed, 'ok' | 'why'> = {}): Failed => ({
  ok: false,
  why: `${said}: ${why}`,
  ...more,
});

const pollingAt = ({ poll, jobLimit }: Settings['pace'], atMost = poll) => ({
  pauses: pausesOver(Math.max(1, Math.ceil(jobLimit / poll) - 1) * poll, poll, atMost),
});

/** What takes long is asked after less often: it has ended at most four times `pace.poll` before that is seen. */
const jobAt = (pace: Settings['pace']) => pollingAt(pace, 4 * pace.poll);

async function carryOutOne(run: RunContext, begun: Begun): Promise<{ readonly ok: true } | Failed> {
  const { settings, journal, tools, now } = run;
  const { action, name, context } = begun;
  const started = await startOnce(run, begun);
  if (!started.ok) return started;
  const progress = await journal.poll<Progress>(
    `wait:${name}`,
    () => action.progress(started.handle, { ...context, now: now() }, tools),
    {
      ...jobAt(settings.pace),
      later: action.startsSlowly ?? false,
      done: ({ state }) => state !== 'running',
      told: (value) => ({ tell: value.summary, detail: value }),
    },
  );
  if (!progress) return failed(begun, `it has not ended within ${settings.pace.jobLimit / 60} min`);
  return progress.state === 'succeeded' ? { ok: true } : failed(begun, progress.summary);
}

/** How long the search for it is put off after each try that was answered "not now"; the last goes on. */
const LATER_SECONDS = [60, 120, 300, 600, 900];
const LATER_AT_MOST_SECONDS = LATER_SECONDS.reduce((sum, seconds) => sum + seconds, 0);

/**
 * Starts the action at most once, under one id:
 * 1. Send the start. Where it was certainly not sent, that is a refusal.
 * 2. Without an answer that says it started, give what is under way time to arrive, and look for it.
 * 3. Found: it goes on. Nobody can say: people must look. It is certain that it never started: an answer that said no
 *    is final; after silence it is sent again, once; after "not now" again and again, no sooner than the service asks,
 *    for as long as a job may take.
 */
async function startOnce(
  run: RunContext,
  begun: Begun,
): Promise<{ readonly ok: true; readonly handle: Handle } | Failed> {
  const { action, params, name, said, context } = begun;
  const { settings, journal, tools, notes, now } = run;
  const { settle, jobLimit } = settings.pace;
  let silences = 0;
  let waited = 0;
  for (let before = 0; ; before += 1) {
    const again = againOf(before);
    const attempt = await journal.atMostOnce(
      `act:${name}${again}`,
      () => send(run, begun),
      (sent) => ('notNow' in sent ? tellNotNow(begun, sent) : tellSent(begun, sent)),
    );
    if (attempt.state === 'done') {
      notes.add({ ledgerWrites: attempt.value.ledgerWrites });
      if ('handle' in attempt.value) return { ok: true, handle: attempt.value.handle };
    }
    const later = attempt.state === 'done' ? (attempt.value as NotNow) : undefined;
    const why = later ? later.notNow : tellError(attempt as Unsuccessful);
    const kind = later ? 'not now' : attempt.state;
    if (kind === 'error' && (attempt as Unsuccessful).name === NotSentError.NAME)
      return failed(begun, why, { nothing: 'sent' });

    const seconds = Math.max(settle, LATER_SECONDS[before] ?? 900, later?.retryAfterSeconds ?? 0);
    const comesBack = later !== undefined && waited + seconds <= Math.max(jobLimit, LATER_AT_MOST_SECONDS);
    await journal.pause(`settle:${name}${again}`, comesBack ? seconds : settle);
    waited += seconds;
    const found = await journal.poll(
      `reconcile:${name}${again}`,
      () => action.reconcile(params, { ...context, now: now() }, tools),
      {
        ...pollingAt(settings.pace),
        done: () => true,
        told: ({ state }) => ({
          tell: `${said}: ${kind} (${why}); ${state === 'started' ? 'it did start' : 'it never started'}`,
        }),
      },
    );
    if (!found)
      return failed(
        begun,
        `in doubt (${why}), and nobody answers whether it started: look for ${context.actionId}`,
      );
    if (found.state === 'started') return { ok: true, handle: found.handle };
    if (comesBack && (!later.inUse || (await isFree(run, begun, again)))) continue;
    if (later) return neverBegan(begun, later, before + 1, silences);
    if (kind === 'error' && (attempt as Unsuccessful).name !== UnansweredError.NAME)
      return failed(begun, why, { ...(silences === 0 && { nothing: 'changed' as const }) });
    silences += 1;
    if (silences > 1) return failed(begun, 'begun twice, never answered, and never found');
  }
}

/** Whether nobody uses any more what the action needs for itself alone; waits for that as long as a job may take. */
async function isFree(
  { settings, journal, tools }: RunContext,
  begun: Begun,
  again: string,
): Promise<boolean> {
  const { action, params, name, said, context } = begun;
  if (!action.busy) return true;
  const free = await journal.poll<Busy>(
    `free:${name}${again}`,
    async () => (await action.busy?.(params, context, tools)) ?? {},
    {
      ...pollingAt(settings.pace),
      done: ({ by }) => by === undefined,
      told: ({ by }) => ({ tell: by === undefined ? `${said}: nothing is in its way` : `${by} is at work` }),
    },
  );
  return free !== undefined;
}

type Unsuccessful = Exclude<Attempted<never>, { state: 'done' }>;

const tellSent = ({ said, params }: Begun, { handle, guards }: Sent): Told => ({
  tell: `${said}: ${Object.values(handle).join(' ')}`,
  detail: { params, handle, guards },
});

const tellNotNow = ({ said, params }: Begun, sent: NotNow): Told => ({
  tell: `${said}: not now: ${sent.notNow}`,
  detail: { params, ...sent },
});

function neverBegan(
  begun: Begun,
  { notNow, at, retryAfterSeconds }: NotNow,
  tries: number,
  silences: number,
) {
  const often = tries === 1 ? '' : ` (tried ${tries} times)`;
  const until = retryAfterSeconds && new Date(Date.parse(at) + retryAfterSeconds * 1_000).toISOString();
  return failed(begun, `${notNow}${often}; it did not begin`, {
    // After a silence as well, somebody may have begun it whom the search did not find.
    ...(silences === 0 && { nothing: 'begun' as const }),
    ...(until && { lookAgainAt: until }),
  });
}
