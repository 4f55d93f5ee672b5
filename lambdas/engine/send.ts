import type { ActContext, ActionDefinition, Handle, Params } from '../catalog/actions/definition.ts';
import { planHash } from '../domain/decision.ts';
import type { Answer, GuardRecord } from '../domain/guard-answer.ts';
import { known } from '../domain/known.ts';
import { alarmNow } from '../platform/alarm-now.ts';
import { actTools, type ActTools } from '../platform/clients.ts';
import { tellError } from '../platform/tell-error.ts';
import { classify } from '../platform/error-class.ts';
import { findOut } from '../platform/find-out.ts';
import { AFTER_JOB_SECONDS } from '../platform/settings.ts';
import { log } from '../platform/log.ts';
import { unanswered } from '../platform/unanswered.ts';
import { askTogether } from '../platform/ledger/together.ts';
import { approvalAsked } from '../record/approvals.ts';
import { holdsAsked, renewLocks } from '../record/locks.ts';
import { standingAsked } from '../record/standing.ts';
import * as collect from './collect-facts.ts';
import { judge, refusal } from './guards/judge.ts';
import type { RunContext } from './run-context.ts';
import type { Granted } from './run-state.ts';

/** An action of the plan that is about to start. */
export interface Begun {
  readonly granted: Granted;
  readonly action: ActionDefinition;
  readonly params: Params;
  /** Of the durable steps: `1:start-ingestion`. */
  readonly name: string;
  /** For people. */
  readonly said: string;
  readonly context: ActContext;
}

/** Certainly nothing was sent. */
export class NotSentError extends Error {
  static readonly NAME = 'NotSentError';
  override readonly name = NotSentError.NAME;
}

/**
 * The longest time from a start's beginning to its sending. With the call's time-out it is less than
 * `settle`: once somebody has looked for it and found nothing, nothing more can be sent.
 */
const SEND_WITHIN_MS = 30_000;

/** What was asked and written before it was sent. */
interface Prepared {
  readonly guards: readonly GuardRecord[];
  readonly ledgerWrites: number;
}

export interface Sent extends Prepared {
  readonly handle: Handle;
}

/** It was not begun, and may be later: AWS or the ledger asks to come back. */
export interface NotNow extends Prepared {
  /** For people, with the code. */
  readonly notNow: string;
  /** ISO 8601. */
  readonly at: string;
  readonly retryAfterSeconds?: number;
  readonly inUse?: true;
  /** It was not even sent. */
  readonly unsent?: true;
}

/**
 * Checks again right before sending that what was granted is still valid.
 * @throws NotSentError, UnansweredError, or the error that refuses it for good
 */
export async function send(run: RunContext, begun: Begun): Promise<Sent | NotNow> {
  const { action, params, granted } = begun;
  const { request, settings, now } = run;
  const start = async (tools: ActTools, prepared: Prepared): Promise<Sent | NotNow> => {
    try {
      // Of this try: a lease that has expired since the first one must count as that.
      return { handle: await action.start(params, { ...begun.context, now: now() }, tools), ...prepared };
    } catch (error) {
      return notNow(error, now(), prepared) ?? Promise.reject(unanswered(error as Error));
    }
  };
  if (!action.changes) return start(NO_TOOLS, NOTHING);
  const began = now().getTime();
  const tools = await actTools(settings, request.run, action).catch((error: unknown) =>
    notSent('the acting role was not assumed', error, now()),
  );
  if ('notNow' in tools) return tools;
  const asked = await guardBeforeSending(run, granted).catch((error: unknown) =>
    notSent('what was granted no longer holds: could not be asked', error, now()),
  );
  if ('notNow' in asked) return asked;
  const { withdrawn, answers: guards, ledgerWrites } = asked;
  if (withdrawn !== undefined) throw new NotSentError(`what was granted no longer holds: ${withdrawn}`);
  const took = now().getTime() - began;
  if (took > SEND_WITHIN_MS)
    throw new NotSentError(`preparing took ${(took / 1000).toFixed(0)} s; it was not sent any more`);
  return start(tools, { guards, ledgerWrites });
}

const NOTHING: Prepared = { guards: [], ledgerWrites: 0 };

function notNow(error: unknown, now: Date, prepared: Prepared): NotNow | undefined {
  const { class: of, words, inUse, retryAfterSeconds } = classify(error, now);
  if (of !== 'not-now') return undefined;
  log.warn('an action was put off', { error });
  return {
    notNow: words ?? tellError(error as Error),
    at: now.toISOString(),
    ...prepared,
    ...(inUse && { inUse }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}

function notSent(what: string, error: unknown, now: Date): NotNow {
  const later = notNow(error, now, NOTHING);
  const why = `${what}: ${later?.notNow ?? tellError(error as Error)}`;
  if (!later) throw new NotSentError(why);
  return { ...later, notNow: why, unsent: true };
}

/** An action that changes nothing must not use the acting role. */
const NO_TOOLS = new Proxy({} as ActTools, {
  get: () => () =>
    Promise.reject(new TypeError('an action that declares changes: false requested the acting role')),
});

interface StillGranted {
  /** Why it may no longer be sent. */
  readonly withdrawn?: string;
  readonly answers: readonly Answer[];
  /** A renewed lease is one. */
  readonly ledgerWrites: 0 | 1;
}

/** Right before something is sent: a run may have slept for hours since the grant. */
async function guardBeforeSending(run: RunContext, granted: Granted): Promise<StillGranted> {
  const { request, pool, settings, tools } = run;
  const { decision, target, fence } = granted;
  const now = run.now();
  const at = now.toISOString();
  const lease = {
    fence,
    now: at,
    needed: later(now, settings.pace.jobLimit + AFTER_JOB_SECONDS),
    leasedUntil: later(now, settings.limits.leaseMinutes * 60),
  };
  const ledgerWrites = (await renewLocks(pool(), request.run, lease)) ? 1 : 0;
  const { cause } = request;
  const { looks } = tools.ledger;
  const [{ isHeld, standing, asked }, periods, alarm] = await Promise.all([
    askTogether(looks, {
      isHeld: holdsAsked(request.run, fence, at),
      standing: standingAsked(collect.standingFor(run, target, now)),
      asked: approvalAsked(request.run, planHash(decision.plan)),
    }),
    findOut(() => collect.periodsNow(run, decision.plan, target, now)),
    findOut(async () => ('alarm' in cause ? alarmNow(tools, settings, cause.alarm.name) : undefined)),
  ]);
  if (!isHeld) return { withdrawn: `the lock with fence ${fence} is not held`, answers: [], ledgerWrites };
  const facts = {
    ...collect.settingOf(run, now),
    granted: true,
    standing: known(standing),
    approval: known({ need: collect.needNow(run, decision, standing), asked }),
  };
  const answers = judge('before-sending', { ...facts, periods, alarm });
  const no = refusal(answers);
  return { answers, ledgerWrites, ...(no && { withdrawn: `guard ${no.guard}: ${no.figures}` }) };
}

const later = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1_000).toISOString();
