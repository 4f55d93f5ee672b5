import { Period } from '../domain/billing-period.ts';
import { centsUp } from '../catalog/probes/cost-figures.ts';
import { periodState } from '../catalog/probes/period-state.ts';
import type { Act, Plan } from '../domain/decision.ts';
import type { Impact } from '../domain/impact.ts';
import type { Slot } from '../domain/guard-answer.ts';
import type { Known } from '../domain/known.ts';
import { limitsOf } from '../domain/limits.ts';
import { targetKey, type EvidenceBody } from '../domain/run-record.ts';
import { requesterOf, type Target } from '../domain/run-request.ts';
import { wasOrdered } from '../record/orders.ts';
import type { Standing, StandingOf } from '../record/standing.ts';
import { alarmNow } from '../platform/alarm-now.ts';
import { approvalNeed, type ApprovalNeed } from './approval-need.ts';
import { trustOf, type AlarmAndMetric, type PeriodNow, type Setting } from './guards/facts.ts';
import { actionOf } from './plans.ts';
import { offByConfiguration } from '../platform/settings.ts';
import type { RunContext } from './run-context.ts';
import { runProbes } from './run-probes.ts';

/** Facts that need no query. */
export const settingOf = ({ request, playbook, settings }: RunContext, now: Date): Setting => ({
  now,
  cause: request.cause,
  requester: requesterOf(request),
  mode: request.mode,
  playbook: playbook.id,
  off: offByConfiguration(playbook.id, settings),
  granted: false,
  all: settings.limits,
  limits: limitsOf(settings.limits, playbook),
});

/** Whether the claimed command is on record: each is written there before it is carried out. */
export async function isOrdered({ request, pool }: RunContext): Promise<boolean> {
  const caller = requesterOf(request);
  return caller !== undefined && (await wasOrdered(pool(), request.run, caller));
}

export const standingFor = ({ request, playbook }: RunContext, target: Target, now: Date): StandingOf => ({
  run: request.run,
  playbook: playbook.id,
  targetKey: targetKey(target),
  now: now.toISOString(),
});

/**
 * The alarm read again; when it is gone, also the business metric by the playbook's independent check,
 * with evidence.
 */
export async function alarmAndMetric(
  run: RunContext,
  target: Target,
  slot: Slot,
  now: Date,
): Promise<AlarmAndMetric | undefined> {
  const { request, playbook, tools, settings } = run;
  if (!('alarm' in request.cause)) return undefined;
  const alarm = await alarmNow(tools, settings, request.cause.alarm.name);
  if (alarm.state !== 'OK') return alarm;
  const { recovery } = playbook;
  const { finding, sealed } = await runProbes(recovery.probes, `gone-${slot}`, { target, now }, run);
  return { ...alarm, metric: recovery.check(finding, { target, now }), evidenceSets: sealed };
}

export const evidenceSetsOf = (alarm: Known<AlarmAndMetric | undefined>): readonly EvidenceBody[] =>
  (alarm.ok && alarm.value?.evidenceSets) || [];

/** Each month is asked about once. */
export function periodStates(
  { settings, tools }: RunContext,
  now: Date,
): (period: string) => Promise<string> {
  const asked = new Map<string, Promise<string>>();
  return (period) => {
    const about = { target: { period: Period.parse(period) }, now, settings, tools };
    const state = asked.get(period) ?? periodState.run(about).then(({ value }) => value);
    asked.set(period, state);
    return state;
  };
}

/** The state of every period that the target or the plan names. */
export async function periodsNow(
  run: RunContext,
  plan: Plan,
  target: Target,
  now: Date,
  stateOf = periodStates(run, now),
): Promise<PeriodNow[]> {
  const { playbook } = run;
  const steps = plan.map(({ action, params }) => ({
    period: params['period'] ?? target['period'],
    mayBeClosed:
      (playbook.actions.find(({ name }) => name === action)?.closedPeriod ?? 'refused') !== 'refused',
  }));
  const named = [...new Set(steps.flatMap(({ period }) => (period === undefined ? [] : [period])))];
  return Promise.all(
    named.map(async (period) => ({
      period,
      state: await stateOf(period),
      mayBeClosed: steps.every((step) => step.period !== period || step.mayBeClosed),
    })),
  );
}

/** What the whole plan would change: the sum over its actions, rounded up to the cent. */
export async function effectOf(
  { playbook, settings, tools }: RunContext,
  plan: Plan,
  now: Date,
): Promise<Impact> {
  const effects = await Promise.all(
    plan.map(({ action: name, params }) => {
      const action = actionOf(playbook, name);
      return action.impact(action.params.parse(params), { settings, now }, tools);
    }),
  );
  return {
    rows: effects.reduce((sum, { rows }) => sum + rows, 0),
    usd: centsUp(effects.map(({ usd }) => usd)),
    tenants: [...new Set(effects.flatMap(({ tenants }) => tenants))],
  };
}

/** At the current trust level: it may have been lowered since people were asked. */
export const needNow = (
  { playbook, settings }: RunContext,
  decision: Act,
  standing: Standing,
): ApprovalNeed => approvalNeed(playbook, decision, trustOf(settings.limits, standing));
