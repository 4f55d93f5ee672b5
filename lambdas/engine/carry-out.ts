import type {
  ActContext,
  ActionDefinition,
  Handle,
  Params,
  Progress,
} from '../catalog/actions/definition.ts';
import type { Settings } from '../platform/settings.ts';
import { tellError } from '../platform/error-cause.ts';
import type { GuardRecord } from '../domain/guard-answer.ts';
import type { Plan, PlannedAction } from '../domain/decision.ts';
import type { StillGranted } from './gate-acting.ts';
import type { Journal } from '../platform/journal.ts';
import { actTools, type ActTools, type ReadTools } from '../platform/clients.ts';

export interface Carrying {
  readonly run: string;
  readonly fence: string;
  readonly settings: Settings;
  readonly tools: ReadTools;
  readonly journal: Journal;
  readonly now: () => Date;
  readonly actions: readonly ActionDefinition[];
  /** Asks again, right before each sending, whether what was granted still holds. */
  readonly stillGranted: () => Promise<StillGranted>;
  /** Told of each lease that was renewed: it is a write. */
  readonly onRenewed: () => void;
}

/** How a plan ended. `failed` names the action and why; nothing after it was begun. */
export type CarriedOut = { readonly ok: true } | NotCarriedOut;

interface NotCarriedOut {
  readonly ok: false;
  readonly why: string;
  /** What had been granted no longer held. `wholly`: it is certain that nothing was sent; `partly`: after some actions. */
  readonly refused?: 'wholly' | 'partly';
}

/**
 * Carries the plan out, action by action: each is begun at most once, waited for, and must succeed before the next.
 * @throws before anything is begun, when the plan names an action that is not declared, or parameters it does not take
 */
export async function carryOut(plan: Plan, carrying: Carrying): Promise<CarriedOut> {
  const prepared = plan.map((planned, i) => prepare(i + 1, planned, carrying));
  const failed: string[] = [];
  for (const [i, begun] of prepared.entries()) {
    const result = await carryOutOne(begun, carrying);
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

function prepare(number: number, planned: PlannedAction, carrying: Carrying): Begun {
  const { settings, run, fence, actions, now } = carrying;
  const action = actions.find(({ name }) => name === planned.action);
  if (!action)
    throw new TypeError(`the plan names action "${planned.action}", which its playbook does not declare`);
  const params = action.params.parse(planned.params);
  return {
    action,
    params,
    name: `${number}:${action.name}`,
    said: action.describe(params, settings),
    context: { settings, run, now: now(), actionId: `${run}-${number}`, fence },
  };
}

async function carryOutOne(begun: Begun, carrying: Carrying): Promise<CarriedOut> {
  const { settings, journal, tools } = carrying;
  const { action } = begun;
  const started = await startOnce(begun, carrying);
  if (!started.ok) return started;

  const { jobLimit, poll } = settings.pace;
  const progress = await journal.poll<Progress>(
    `wait:${begun.name}`,
    () => action.progress(started.handle, { ...begun.context, now: carrying.now() }, tools),
    {
      done: ({ state }) => state !== 'running',
      everySeconds: poll,
      tries: Math.max(2, Math.ceil(jobLimit / poll)),
      told: (value) => ({ tell: value.summary, detail: value }),
    },
  );
  if (progress === undefined) {
    return { ok: false, why: `${begun.said}: it has not ended within ${jobLimit / 60} min` };
  }
  return progress.state === 'succeeded'
    ? { ok: true }
    : { ok: false, why: `${begun.said}: ${progress.summary}` };
}

interface Begun {
  readonly action: ActionDefinition;
  readonly params: Params;
  /** Of the durable steps: `1:start-ingestion`. */
  readonly name: string;
  /** For people. */
  readonly said: string;
  readonly context: ActContext;
}

type Started = { readonly ok: true; readonly handle: Handle } | NotCarriedOut;

/** A first start, and one more only if it can be shown that the first never reached AWS. */
async function startOnce(begun: Begun, carrying: Carrying): Promise<Started> {
  const { action, params, name, said, context } = begun;
  const { settings, journal, tools } = carrying;
  const { settle, poll, jobLimit } = settings.pace;
  for (const again of ['', ':again']) {
    const attempt = await journal.atMostOnce(
      `act:${name}${again}`,
      () => send(begun, carrying),
      ({ handle, guards }) => ({
        tell: `${said}: ${Object.values(handle).join(' ')}`,
        detail: { params, handle, guards },
      }),
    );
    if (attempt.state === 'done') {
      if (attempt.value.renewed) carrying.onRenewed();
      return { ok: true, handle: attempt.value.handle };
    }
    if (attempt.state === 'error' && attempt.name === NOT_SENT) {
      return { ok: false, why: `${said}: ${tellError(attempt)}`, refused: 'wholly' };
    }
    // Whatever is under way gets time to arrive before anybody says that it never did.
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
    // An answer that says no is final; only silence is tried again.
    if (attempt.state === 'error' && !isSilence(attempt.message)) {
      return { ok: false, why: `${said}: ${tellError(attempt)}` };
    }
  }
  return { ok: false, why: `${said}: begun twice, never answered, and never found` };
}

/** The name of errors after which it is certain that nothing was sent. */
const NOT_SENT = 'NotSentError';

class NotSentError extends Error {
  override readonly name = NOT_SENT;
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
  readonly renewed: boolean;
}

/** Sends the start, with what was granted looked at once more right before. */
async function send({ action, params, context }: Begun, carrying: Carrying): Promise<Sent> {
  if (!action.changes) {
    return { handle: await action.start(params, context, NO_TOOLS), guards: [], renewed: false };
  }
  const { settings, run, stillGranted } = carrying;
  const began = performance.now();
  const tools = await actTools(settings, run, action.permissions(settings)).catch((error: unknown) => {
    throw new NotSentError(`the acting role was not assumed: ${(error as Error).message}`);
  });
  const { withdrawn, answers, renewed } = await stillGranted().catch((error: unknown) => ({
    withdrawn: `could not be asked: ${(error as Error).message}`,
    answers: [],
    renewed: false,
  }));
  if (withdrawn !== undefined) throw new NotSentError(`what was granted no longer holds: ${withdrawn}`);
  const took = performance.now() - began;
  if (took > SEND_WITHIN_MS)
    throw new NotSentError(`preparing took ${(took / 1000).toFixed(0)} s; it was not sent any more`);
  return { handle: await action.start(params, context, tools), guards: answers, renewed };
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

/** Whether an error means that no answer came, rather than that AWS said no. */
const isSilence = (message: string): boolean =>
  /TimeoutError|ECONNRESET|ECONNREFUSED|EPIPE|socket hang up|NetworkingError|aborted/i.test(message);
