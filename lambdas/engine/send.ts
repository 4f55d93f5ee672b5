import type { ActContext, ActionDefinition, Handle, Params } from '../catalog/actions/definition.ts';
import { planHash } from '../domain/decision.ts';
import type { Answer, GuardRecord } from '../domain/guard-answer.ts';
import { known } from '../domain/known.ts';
import { alarmNow } from '../platform/alarm-now.ts';
import { actTools, type ActTools } from '../platform/clients.ts';
import { findOut } from '../platform/find-out.ts';
import { AFTER_JOB_SECONDS } from '../platform/settings.ts';
import { unanswered } from '../platform/unanswered.ts';
import { approvalOf } from '../record/approvals.ts';
import { holdsLocks, renewLocks } from '../record/locks.ts';
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

interface Sent {
  readonly handle: Handle;
  readonly guards: readonly GuardRecord[];
  readonly ledgerWrites: number;
}

/** Checks again right before sending that what was granted is still valid. */
export async function send(run: RunContext, { action, params, context, granted }: Begun): Promise<Sent> {
  const start = (tools: ActTools): Promise<Handle> =>
    action.start(params, context, tools).catch((error: unknown) => {
      throw unanswered(error as Error);
    });
  if (!action.changes) return { handle: await start(NO_TOOLS), guards: [], ledgerWrites: 0 };
  const { request, settings, now } = run;
  const began = now().getTime();
  const tools = await actTools(settings, request.run, action).catch((error: unknown) => {
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
  if (!(await holdsLocks(pool(), request.run, fence, at)))
    return { withdrawn: `the lock with fence ${fence} is not held`, answers: [], ledgerWrites };
  const { cause } = request;
  const [standing, asked, periods, alarm] = await Promise.all([
    findOut(() => collect.standingNow(run, target, now)),
    findOut(() => approvalOf(pool(), request.run, planHash(decision.plan))),
    findOut(() => collect.periodsNow(run, decision.plan, target, now)),
    findOut(async () => ('alarm' in cause ? alarmNow(tools, cause.alarm.name) : undefined)),
  ]);
  const approval = !standing.ok
    ? standing
    : !asked.ok
      ? asked
      : known({ need: collect.needNow(run, decision, standing.value), asked: asked.value });
  const setting = { ...collect.settingOf(run, now), granted: true };
  const answers = judge('before-sending', { ...setting, standing, approval, periods, alarm });
  const no = refusal(answers);
  return { answers, ledgerWrites, ...(no && { withdrawn: `guard ${no.guard}: ${no.figures}` }) };
}

const later = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1_000).toISOString();
