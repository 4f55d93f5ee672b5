import type { ActContext, ActionDefinition, Handle, Params, Progress } from '../actions/definition.ts';
import type { Settings } from '../settings.ts';
import type { Plan, PlannedAction } from './decision.ts';
import type { Journal } from './journal.ts';
import { actTools, type ReadTools } from './tools.ts';

export interface Carrying {
  readonly run: string;
  readonly fence: string;
  readonly settings: Settings;
  readonly tools: ReadTools;
  readonly journal: Journal;
  readonly actions: readonly ActionDefinition[];
}

/** How a plan ended. `failed` names the action and why; nothing after it was begun. */
export type CarriedOut = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** Carries the plan out, action by action: each is begun at most once, waited for, and must succeed before the next. */
export async function carryOut(plan: Plan, carrying: Carrying): Promise<CarriedOut> {
  for (const [i, planned] of plan.entries()) {
    const result = await carryOutOne(i + 1, planned, carrying);
    if (!result.ok) return result;
  }
  return { ok: true };
}

async function carryOutOne(number: number, planned: PlannedAction, carrying: Carrying): Promise<CarriedOut> {
  const { settings, journal, tools, run, fence, actions } = carrying;
  const action = actions.find(({ name }) => name === planned.action);
  if (!action)
    throw new TypeError(`the plan names action "${planned.action}", which its playbook does not declare`);
  const params = action.params.parse(planned.params);
  const begun: Begun = {
    action,
    params,
    name: `${number}:${action.name}`,
    said: action.tell(params, settings),
    context: { settings, actionId: `${run}-${number}`, fence },
  };
  const started = await startOnce(begun, carrying);
  if (!started.ok) return started;

  const { jobLimit, poll } = settings.pace;
  const progress = await journal.poll<Progress>(
    `wait:${begun.name}`,
    () => action.progress(started.handle, begun.context, tools),
    {
      done: ({ state }) => state !== 'running',
      everySeconds: poll,
      tries: Math.max(2, Math.ceil(jobLimit / poll)),
      told: (value) => ({ tell: value.tell, detail: value }),
    },
  );
  if (progress === undefined) {
    return { ok: false, why: `${begun.said}: it has not ended within ${jobLimit / 60} min` };
  }
  return progress.state === 'succeeded'
    ? { ok: true }
    : { ok: false, why: `${begun.said}: ${progress.tell}` };
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

/** A first start, and one more only if it can be shown that the first never reached AWS. */
async function startOnce(
  { action, params, name, said, context }: Begun,
  { settings, journal, tools, run }: Carrying,
): Promise<{ ok: true; handle: Handle } | { ok: false; why: string }> {
  for (const again of ['', ':again']) {
    const attempt = await journal.atMostOnce(
      `act:${name}${again}`,
      async () => action.start(params, context, await actTools(settings, run, action.permissions(settings))),
      (handle) => ({ tell: `${said}: ${Object.values(handle).join(' ')}`, detail: { params, handle } }),
    );
    if (attempt.state === 'done') return { ok: true, handle: attempt.value };
    // Whatever is under way gets time to arrive before anybody says that it never did.
    await journal.pause(`settle:${name}${again}`, settings.pace.settle);
    const found = await journal.repeatable(
      `reconcile:${name}${again}`,
      () => action.reconcile(params, context, tools),
      ({ state }) => ({
        tell: `${said}: ${attempt.state} (${attempt.message}); ${state === 'started' ? 'it did start' : 'it never started'}`,
      }),
    );
    if (found.state === 'started') return { ok: true, handle: found.handle };
    // An answer that says no is final; only silence is tried again.
    if (attempt.state === 'error' && !isSilence(attempt.message)) {
      return { ok: false, why: `${said}: ${attempt.message}` };
    }
  }
  return { ok: false, why: `${said}: begun twice, never answered, and never found` };
}

/** Whether an error means that no answer came, rather than that AWS said no. */
const isSilence = (message: string): boolean =>
  /TimeoutError|ECONNRESET|ECONNREFUSED|EPIPE|socket hang up|NetworkingError|aborted/i.test(message);
