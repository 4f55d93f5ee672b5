import type {
  ActContext,
  ActionDefinition,
  Handle,
  Params,
  Progress,
} from '../catalog/actions/definition.ts';
import type { PlannedAction } from '../domain/decision.ts';
import type { GuardRecord } from '../domain/guard-answer.ts';
import { actTools, type ActTools } from '../platform/clients.ts';
import { tellError } from '../platform/error-cause.ts';
import type { Attempted } from '../platform/journal.ts';
import { unanswered, UnansweredError } from '../platform/unanswered.ts';
import { guardBeforeSending } from './plan-guards.ts';
import { actionOf } from './plans.ts';
import type { RunContext } from './run-context.ts';
import type { Granted } from './run-state.ts';

/** How a plan ended. `why` names the action and what went wrong; nothing after it was begun. */
export type CarriedOut = { readonly ok: true } | NotCarriedOut;

export interface NotCarriedOut {
  readonly ok: false;
  readonly why: string;
  /** What had been granted no longer held. `wholly`: it is certain that nothing was sent; `partly`: after some actions. */
  readonly refused?: 'wholly' | 'partly';
}

/**
 * Carries the plan out, action by action: each is begun at most once, waited for, and must succeed before the next.
 * @throws before anything is begun, when the plan names an action that is not declared, or parameters it does not take
 */
export async function carryOut(run: RunContext, granted: Granted): Promise<CarriedOut> {
  const prepared = granted.decision.plan.map((planned, i) => prepare(run, granted, i + 1, planned));
  const failed: string[] = [];
  for (const [i, begun] of prepared.entries()) {
    const result = await carryOutOne(run, begun);
    if (result.ok) continue;
    if (i === 0 && result.refused) return result;
    failed.push(result.why);
    if (result.refused && failed.length === 1) {
      const why = `${i} of ${prepared.length} actions were carried out, then no more: ${result.why}`;
      return { ok: false, why, refused: 'partly' };
    }
    if (result.refused || !begun.action.independent) return { ok: false, why: failed.join('; ') };
  }
  if (failed.length === 0) return { ok: true };
  const done = prepared.length - failed.length;
  return { ok: false, why: `${done} of ${prepared.length} actions were carried out; ${failed.join('; ')}` };
}

/** An action of the plan, about to be begun. */
interface Begun {
  readonly granted: Granted;
  readonly action: ActionDefinition;
  readonly params: Params;
  /** Of the durable steps: `1:start-ingestion`. */
  readonly name: string;
  /** For people. */
  readonly said: string;
  readonly context: ActContext;
}

function prepare(
  { request: { run }, playbook, settings, now }: RunContext,
  granted: Granted,
  number: number,
  planned: PlannedAction,
): Begun {
  const action = actionOf(playbook, planned.action);
  const params = action.params.parse(planned.params);
  return {
    granted,
    action,
    params,
    name: `${number}:${action.name}`,
    said: action.describe(params, settings),
    context: { settings, run, now: now(), actionId: `${run}-${number}`, fence: granted.fence },
  };
}

async function carryOutOne(run: RunContext, begun: Begun): Promise<CarriedOut> {
  const { settings, journal, tools, now } = run;
  const { action, name, said, context } = begun;
  const started = await startOnce(run, begun);
  if (!started.ok) return started;

  const { jobLimit, poll } = settings.pace;
  const progress = await journal.poll<Progress>(
    `wait:${name}`,
    () => action.progress(started.handle, { ...context, now: now() }, tools),
    {
      done: ({ state }) => state !== 'running',
      everySeconds: poll,
      tries: Math.max(2, Math.ceil(jobLimit / poll)),
      told: (value) => ({ tell: value.summary, detail: value }),
    },
  );
  if (progress === undefined)
    return { ok: false, why: `${said}: it has not ended within ${jobLimit / 60} min` };
  return progress.state === 'succeeded' ? { ok: true } : { ok: false, why: `${said}: ${progress.summary}` };
}

type Started = { readonly ok: true; readonly handle: Handle } | NotCarriedOut;

/**
 * Starts the action at most once:
 * 1. Send the start. Where it was certainly not sent, that is a refusal.
 * 2. Without an answer that says it started, give what is under way time to arrive, and look for it.
 * 3. Found: it goes on. Nobody can say: people must look. It is certain that it never started: an answer that said no
 *    is final; only where none came is it sent again, once.
 */
async function startOnce(run: RunContext, begun: Begun): Promise<Started> {
  const { action, params, name, said, context } = begun;
  const { settings, journal, tools, notes } = run;
  const { settle, poll, jobLimit } = settings.pace;
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
    if (attempt.name === NotSentError.NAME)
      return { ok: false, why: `${said}: ${tellError(attempt)}`, refused: 'wholly' };
    await journal.pause(`settle:${name}${again}`, settle);
    const found = await journal.poll(
      `reconcile:${name}${again}`,
      () => action.reconcile(params, context, tools),
      {
        done: () => true,
        everySeconds: poll,
        tries: Math.max(2, Math.ceil(jobLimit / poll)),
        told: ({ state }) => ({
          tell: `${said}: ${attempt.state} (${tellError(attempt)}); ${state === 'started' ? 'it did start' : 'it never started'}`,
        }),
      },
    );
    if (!found) {
      return {
        ok: false,
        why: `${said}: in doubt (${tellError(attempt)}), and nobody answers whether it started: look for ${context.actionId}`,
      };
    }
    if (found.state === 'started') return { ok: true, handle: found.handle };
    if (wasAnswered(attempt)) return { ok: false, why: `${said}: ${tellError(attempt)}` };
  }
  return { ok: false, why: `${said}: begun twice, never answered, and never found` };
}

const wasAnswered = ({ state, name }: Exclude<Attempted<unknown>, { state: 'done' }>): boolean =>
  state === 'error' && name !== UnansweredError.NAME;

/** It is certain that nothing was sent. */
class NotSentError extends Error {
  static readonly NAME = 'NotSentError';
  override readonly name = NotSentError.NAME;
}

/**
 * From its beginning to the sending a start may take this long. With the time-out of the call it stays below
 * `settle`: once somebody has looked for it and found nothing, nothing can be sent any more.
 */
const SEND_WITHIN_MS = 30_000;

/** What was sent, under which answers of the guards. */
interface Sent {
  readonly handle: Handle;
  readonly guards: readonly GuardRecord[];
  readonly ledgerWrites: number;
}

/** Sends the start, with what was granted looked at once more right before. */
async function send(run: RunContext, { action, params, context, granted }: Begun): Promise<Sent> {
  const start = (tools: ActTools): Promise<Handle> =>
    action.start(params, context, tools).catch((error: unknown) => {
      throw unanswered(error as Error);
    });
  if (!action.changes) return { handle: await start(NO_TOOLS), guards: [], ledgerWrites: 0 };
  const { request, settings, now } = run;
  const began = now().getTime();
  const permissions = action.permissions(settings);
  const tools = await actTools(settings, request.run, permissions).catch((error: unknown) => {
    throw new NotSentError(`the acting role was not assumed: ${(error as Error).message}`);
  });
  const asked = await guardBeforeSending(run, granted).catch((error: unknown) => ({
    withdrawn: `could not be asked: ${(error as Error).message}`,
    answers: [],
    ledgerWrites: 0,
  }));
  const { withdrawn, answers: guards, ledgerWrites } = asked;
  if (withdrawn !== undefined) throw new NotSentError(`what was granted no longer holds: ${withdrawn}`);
  const took = now().getTime() - began;
  if (took > SEND_WITHIN_MS)
    throw new NotSentError(`preparing took ${(took / 1000).toFixed(0)} s; it was not sent any more`);
  return { handle: await start(tools), guards, ledgerWrites };
}

const refused = (): Promise<never> =>
  Promise.reject(new TypeError('an action that declares changes: false asked for the acting role'));

/** An action that changes nothing has no business with the acting role. */
const NO_TOOLS: ActTools = {
  autoScaling: refused,
  glue: refused,
  lambda: refused,
  sns: refused,
  sqs: refused,
  changeLedger: refused,
};
