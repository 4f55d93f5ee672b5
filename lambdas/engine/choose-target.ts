import { isMoreSevere } from '../domain/decision.ts';
import { HOUR_MS } from '../domain/milliseconds.ts';
import { targetKey } from '../domain/run-record.ts';
import type { Target } from '../domain/run-request.ts';
import {
  isHeardOf,
  keepChecked,
  lastEnds,
  targetOnRecord,
  targetsAtWork,
  type LastEnd,
} from '../record/last-ends.ts';
import { checkedBy, isDue, isLeftToPeople, isNews, standing, unanswered, type Checked } from './news.ts';
import { parseFinding, runProbes } from './run-probes.ts';
import type { RunContext } from './run-context.ts';

/** The target that the run is about, with how its last run ended; or why there is none. */
export type Choice =
  | { readonly target: Target; readonly last?: LastEnd }
  | { readonly nothingNew: string; readonly target: Target };

/** Of more targets that are left to people, the others are checked by the next run. */
const MOST_CHECKED = 6;

/**
 * An alarm is a reason to look, not the list of what is wrong: it watches the worst of all targets, and stands for one
 * while another is unhealthy as well.
 *
 * 1. Unhealthy targets, the worst first, as the playbook locates them.
 * 2. For an alarm that rings, the first that is not left to people already.
 * 3. For one that still stands (the sweep): the first unhealthy one that no run has ended on; else the first about which there is news,
 *    by the playbook's own probes and decision; else the one that is to be tried again. Else nobody is told anything.
 */
export async function chooseTarget(run: RunContext, now: Date): Promise<Choice> {
  const { request, playbook, settings, tools, begun, pool, severity } = run;
  const { cause, mode } = request;
  if (cause.kind === 'upstream' || cause.kind === 'sweep') {
    // The step is repeated: the run itself is what is at work now.
    const target = await targetOnRecord(pool(), request.run);
    if (target) return { target };
  }
  if (cause.kind === 'upstream') return upstreamTarget(run, now);
  if (request.target) return { target: begun.target };
  const located = (await playbook.locate?.({ now, settings, tools })) ?? [];
  const [first = begun.target, ...others] = located;
  // Who catches up with a run wants it, new or not.
  if (!('alarm' in cause) || mode !== 'live' || request.startedBy) return { target: first };
  const { alarm } = cause;
  if (cause.kind === 'alarm' && others.length === 0) return { target: first };

  const ends = await lastEnds(pool(), playbook.id, alarm.changedAt);
  const lastOf = (target: Target): LastEnd | undefined =>
    ends.find((one) => targetKey(one.target) === targetKey(target));
  const all = [first, ...others];
  if (cause.kind === 'alarm' || !(await isHeardOf(pool(), alarm))) {
    const known = (target: Target): boolean => {
      const last = lastOf(target);
      return last !== undefined && isLeftToPeople(last) && !isMoreSevere(severity, last.severity);
    };
    return { target: all.find((target) => !known(target)) ?? first };
  }

  const atWork = new Set((await targetsAtWork(pool(), playbook.id)).map(targetKey));
  const isFree = (target: Target): boolean => !atWork.has(targetKey(target));
  for (const target of all.filter((one) => !lastOf(one) && isFree(one)).slice(0, MOST_CHECKED))
    if (!(await check(run, target, now)).healthy) return { target };
  // Those that were checked longest ago come first.
  const open = ends.filter(
    ({ target, open }) => isFree(target) && (open || all.some((one) => targetKey(one) === targetKey(target))),
  );
  const checks: { last: LastEnd; checked: Checked }[] = [];
  for (const last of open.slice(0, MOST_CHECKED)) {
    if (last.concerns === null) continue;
    const checked = await check(run, last.target, now);
    if (isNews(checked, last)) return { target: last.target, last };
    checks.push({ last, checked });
  }
  const due = open
    .filter((last) => isDue(last, now))
    .sort((a, b) => a.endedAt.getTime() - b.endedAt.getTime());
  if (due[0]) return { target: due[0].target, last: due[0] };
  const at = now.toISOString();
  const kept = checks.map(({ last, checked }) => ({
    target: last.target,
    standing: standing(checked, last),
  }));
  await keepChecked(pool(), playbook.id, at, kept);
  const about = open.map(({ run: earlier }) => earlier).join(', ');
  return { target: first, nothingNew: `nothing new since run ${about || 'before'}: people know` };
}

/** People are notified of an alarm that comes and goes as often as the sweep checks one that stands. */
const COMES_AGAIN_MS = HOUR_MS;

/**
 * The run that has just left the target to people, where its alarm has gone and come again with nothing new behind it.
 * Without this, an alarm that flaps would call people each time.
 */
export async function justLeftToPeople(
  run: RunContext,
  target: Target,
  now: Date,
): Promise<{ readonly run: string; readonly ended: true } | undefined> {
  const { cause, mode, startedBy } = run.request;
  if (cause.kind !== 'alarm' || mode !== 'live' || startedBy) return undefined;
  const ends = await lastEnds(run.pool(), run.playbook.id, cause.alarm.changedAt);
  const last = ends.find((one) => targetKey(one.target) === targetKey(target));
  if (!last || last.concerns === null || !last.open || !isLeftToPeople(last)) return undefined;
  if (now.getTime() - last.endedAt.getTime() >= COMES_AGAIN_MS) return undefined;
  if (isMoreSevere(run.severity, last.severity)) return undefined;
  return isNews(await check(run, target, now), last) ? undefined : { run: last.run, ended: true };
}

/** The first time in any case; later only for news about its target. */
async function upstreamTarget(run: RunContext, now: Date): Promise<Choice> {
  const { playbook, pool, begun } = run;
  const { target } = begun;
  const ends = await lastEnds(pool(), playbook.id, now.toISOString());
  const last = ends.find((one) => targetKey(one.target) === targetKey(target));
  if (!last) return { target };
  if (last.concerns !== null) {
    const checked = await check(run, target, now);
    if (isNews(checked, last)) return { target, last };
    await keepChecked(pool(), playbook.id, now.toISOString(), [
      { target, standing: standing(checked, last) },
    ]);
  }
  if (isDue(last, now)) return { target, last };
  return { target, nothingNew: `nothing new since run ${last.run}: people know` };
}

/** The playbook's own diagnosis; it leaves nothing behind, for nothing is done on it. */
async function check(run: RunContext, target: Target, now: Date): Promise<Checked> {
  const { playbook, settings, tools } = run;
  const evidence = { keep: async () => ({ key: '', sha256: '' }) };
  const about = { target, now, tolerant: true };
  const { failed, finding } = await runProbes(playbook.probes, 'check', about, { settings, tools, evidence });
  if (failed.length > 0) return unanswered(failed);
  const found = parseFinding(playbook, finding);
  return checkedBy(playbook, found, playbook.decide(found, { target, now }));
}
