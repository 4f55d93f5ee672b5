import type { Handle, Progress } from '../catalog/actions/definition.ts';
import type { PlannedAction } from '../domain/decision.ts';
import type { Outcome } from '../domain/outcome.ts';
import { tellError } from '../platform/error-cause.ts';
import type { Settings } from '../platform/settings.ts';
import { UnansweredError } from '../platform/unanswered.ts';
import { actionOf } from './plans.ts';
import type { RunContext } from './run-context.ts';
import type { CarriedOut, Ended, Granted } from './run-state.ts';
import { NotSentError, send, type Begun } from './send.ts';

/**
 * Carries out the plan, action by action: each begins at most once, and must succeed before the next.
 * @throws before anything begins, when the plan names an undeclared action or wrong parameters
 */
export async function carryOut(run: RunContext, granted: Granted): Promise<CarriedOut | Ended<Granted>> {
  const prepared = granted.decision.plan.map((planned, i) => prepare(run, granted, i + 1, planned));
  const ended = (outcome: Outcome, why: string): Ended<Granted> => ({ ...granted, end: { outcome, why } });
  const failures: string[] = [];
  for (const [i, begun] of prepared.entries()) {
    const result = await carryOutOne(run, begun);
    if (result.ok) continue;
    const { why, notSent } = result;
    // What had been granted was no longer valid.
    if (notSent && i === 0) return ended('refused', why);
    if (notSent && failures.length === 0)
      return ended('escalated', `${i} of ${prepared.length} actions were carried out, then no more: ${why}`);
    failures.push(why);
    if (notSent || !begun.action.independent) return ended('failed', failures.join('; '));
  }
  if (failures.length === 0) return granted;
  const done = prepared.length - failures.length;
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

/** `notSent`: it certainly did not even begin. */
interface Failed {
  readonly ok: false;
  readonly why: string;
  readonly notSent?: boolean;
}

const failed = ({ said }: Begun, why: string, notSent = false): Failed => ({
  ok: false,
  why: `${said}: ${why}`,
  notSent,
});

const pollingAt = ({ poll, jobLimit }: Settings['pace']) => ({
  everySeconds: poll,
  tries: Math.max(2, Math.ceil(jobLimit / poll)),
});

async function carryOutOne(run: RunContext, begun: Begun): Promise<{ readonly ok: true } | Failed> {
  const { settings, journal, tools, now } = run;
  const { action, name, context } = begun;
  const started = await startOnce(run, begun);
  if (!started.ok) return started;
  const progress = await journal.poll<Progress>(
    `wait:${name}`,
    () => action.progress(started.handle, { ...context, now: now() }, tools),
    {
      ...pollingAt(settings.pace),
      done: ({ state }) => state !== 'running',
      told: (value) => ({ tell: value.summary, detail: value }),
    },
  );
  if (!progress) return failed(begun, `it has not ended within ${settings.pace.jobLimit / 60} min`);
  return progress.state === 'succeeded' ? { ok: true } : failed(begun, progress.summary);
}

/**
 * Starts the action at most once:
 * 1. Send the start. Where it was certainly not sent, that is a refusal.
 * 2. Without an answer that says it started, give what is under way time to arrive, and look for it.
 * 3. Found: it goes on. Nobody can say: people must look. It is certain that it never started: an answer that said no
 *    is final; only where none came is it sent again, once.
 */
async function startOnce(
  run: RunContext,
  begun: Begun,
): Promise<{ readonly ok: true; readonly handle: Handle } | Failed> {
  const { action, params, name, said, context } = begun;
  const { settings, journal, tools, notes } = run;
  for (const again of ['', ':again']) {
    const attempt = await journal.atMostOnce(
      `act:${name}${again}`,
      () => send(run, begun),
      ({ handle, guards }) => ({
        tell: `${said}: ${Object.values(handle).join(' ')}`,
        detail: { params, handle, guards },
      }),
    );
    if (attempt.state === 'done') {
      const { handle, ledgerWrites } = attempt.value;
      notes.add({ ledgerWrites });
      return { ok: true, handle };
    }
    const why = tellError(attempt);
    if (attempt.name === NotSentError.NAME) return failed(begun, why, true);
    await journal.pause(`settle:${name}${again}`, settings.pace.settle);
    const found = await journal.poll(
      `reconcile:${name}${again}`,
      () => action.reconcile(params, context, tools),
      {
        ...pollingAt(settings.pace),
        done: () => true,
        told: ({ state }) => ({
          tell: `${said}: ${attempt.state} (${why}); ${state === 'started' ? 'it did start' : 'it never started'}`,
        }),
      },
    );
    if (!found)
      return failed(
        begun,
        `in doubt (${why}), and nobody answers whether it started: look for ${context.actionId}`,
      );
    if (found.state === 'started') return { ok: true, handle: found.handle };
    if (attempt.state === 'error' && attempt.name !== UnansweredError.NAME) return failed(begun, why);
  }
  return failed(begun, 'begun twice, never answered, and never found');
}
