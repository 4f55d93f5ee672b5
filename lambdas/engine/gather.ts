import { Period } from '../domain/billing-period.ts';
import { periodState } from '../catalog/probes/period-state.ts';
import type { Impact } from '../domain/impact.ts';
import { limitsOf } from '../domain/limits.ts';
import { log } from '../platform/log.ts';
import type { LockSet } from '../record/locks.ts';
import { targetKey } from '../domain/run-record.ts';
import type { AnyPlaybook } from '../catalog/playbooks/definition.ts';
import { alarmNow } from './alarm-now.ts';
import type { Course, World } from './course.ts';
import type { Plan } from '../domain/decision.ts';
import { takeLooks, type Looking } from './diagnose.ts';
import { ungathered, type AlarmAndMetric, type Fact, type Facts, type PeriodNow } from './guards/facts.ts';
import type { Target } from '../domain/run-request.ts';

/** Facts of every slot; those that a slot gathers are put in their places. */
export function factsOf(
  { request, playbook }: Pick<Course, 'request' | 'playbook'>,
  { settings }: Pick<World, 'settings'>,
  now: Date,
  gathered: Partial<Facts>,
): Facts {
  return {
    now,
    cause: request.cause,
    mode: request.mode,
    playbook: playbook.id,
    granted: false,
    all: settings.limits,
    limits: limitsOf(settings.limits, playbook),
    ordered: ungathered('the command'),
    otherRun: ungathered('another run'),
    upstream: ungathered('the chain'),
    standing: ungathered('what holds'),
    alarm: ungathered('the alarm'),
    periods: ungathered('the periods'),
    effect: ungathered('the foreseen effect'),
    conflicts: ungathered('the locks'),
    approval: ungathered('the approval'),
    ...gathered,
  };
}

/**
 * Gathers one fact. That it could not be is a fact for the guards, too, once trying again has not helped.
 * @param last whether this is the last try; before that the error is thrown
 */
export async function fact<T>(last: boolean, work: () => Promise<T>): Promise<Fact<T>> {
  try {
    const value = await work();
    return () => value;
  } catch (error) {
    if (!last) throw error;
    // The guards' figures are told to people, without what an error may quote: that stays in the log.
    log.warn('a fact that guards weigh could not be gathered', { error });
    return () => {
      throw error;
    };
  }
}

/** The alarm read again; where it is gone, the business metric by the playbook's independent look, with its evidence kept. */
export async function gatherAlarm(
  { request, playbook }: Pick<Course, 'request' | 'playbook'>,
  target: Target,
  slot: string,
  now: Date,
  looking: Looking,
): Promise<AlarmAndMetric | undefined> {
  if (!('alarm' in request.cause)) return undefined;
  const alarm = await alarmNow(looking.tools, request.cause.alarm.name);
  if (alarm.state !== 'OK') return alarm;
  const phase = `gone-${slot}`;
  const { recovery } = playbook;
  const { finding } = await takeLooks(recovery.probes, phase, { target, now, tolerant: false }, looking);
  return { ...alarm, metric: recovery.check(finding, { target, now }), phase };
}

/** The state of every period that the target or the plan names. */
export async function gatherPeriods(
  plan: Plan,
  target: Target,
  { actions }: AnyPlaybook,
  now: Date,
  { settings, tools }: Pick<World, 'settings' | 'tools'>,
): Promise<PeriodNow[]> {
  const steps = plan.map(({ action, params }) => ({
    period: params['period'] ?? target['period'],
    mayBeClosed: (actions.find(({ name }) => name === action)?.closedPeriod ?? 'refused') !== 'refused',
  }));
  const named = [...new Set(steps.flatMap(({ period }) => (period === undefined ? [] : [period])))];
  return Promise.all(
    named.map(async (period) => {
      const about = { target: { period: Period.parse(period) }, now, settings, tools };
      const { value: state } = await periodState.run(about);
      return {
        period,
        state,
        mayBeClosed: steps.every((step) => step.period !== period || step.mayBeClosed),
      };
    }),
  );
}

const SUM = `select (ceil(100 * coalesce(sum(usd), 0)) / 100)::numeric(30, 2)::text as usd from unnest($1::numeric[]) as usd`;

/** What the whole plan would change: the sum of its actions', counted by the ledger, up to the next cent. */
export async function gatherEffect(
  plan: Plan,
  playbook: AnyPlaybook,
  now: Date,
  { settings, tools }: Pick<World, 'settings' | 'tools'>,
): Promise<Impact> {
  const effects = await Promise.all(
    plan.map(({ action, params }) => {
      const planned = declared(playbook, action);
      return planned.impact(planned.params.parse(params), { settings, now }, tools);
    }),
  );
  const { rows } = await tools.ledger.query<{ usd: string }>(SUM, [effects.map(({ usd }) => usd)]);
  return {
    rows: effects.reduce((sum, { rows }) => sum + rows, 0),
    usd: rows[0]?.usd ?? '',
    tenants: [...new Set(effects.flatMap(({ tenants }) => tenants))],
  };
}

/** All that the plan touches, and the playbook's target itself: of two runs on it only one acts. */
export function lockSetOf(
  plan: Plan,
  playbook: AnyPlaybook,
  target: Target,
  { settings }: Pick<World, 'settings'>,
): LockSet {
  const touched = plan.map(({ action, params }) => {
    const planned = declared(playbook, action);
    return planned.locks(planned.params.parse(params), settings);
  });
  const own = `run/${playbook.id}/${targetKey(target)}`;
  const writes = new Set([own, ...touched.flatMap(({ writes }) => writes)]);
  const reads = new Set(touched.flatMap(({ reads }) => reads).filter((resource) => !writes.has(resource)));
  return { writes: [...writes], reads: [...reads] };
}

/** @throws when the plan names an action that its playbook does not declare */
export function declared({ actions, id }: AnyPlaybook, name: string) {
  const action = actions.find((one) => one.name === name);
  if (!action)
    throw new TypeError(`the plan names action "${name}", which its playbook ${id} does not declare`);
  return action;
}
