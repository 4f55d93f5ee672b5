import type { Trust } from '../domain/limits.ts';
import { log } from '../platform/log.ts';
import { incidentOf, targetKey } from '../domain/run-record.ts';
import { standingOf, type Standing } from '../record/standing.ts';
import { errorCause, tellError } from '../platform/error-cause.ts';
import { wasOrdered } from '../record/orders.ts';
import { openRun, type Opened } from '../record/write.ts';
import type { Course, Ending, World } from './course.ts';
import type { Looking } from './diagnose.ts';
import { fact, factsOf, gatherAlarm } from './gather.ts';
import { trustOf, type Facts } from './guards/facts.ts';
import { judge, refusal } from './guards/judge.ts';
import type { Answer } from '../domain/guard-answer.ts';
import { LOOK_ATTEMPTS, type Journal } from '../platform/journal.ts';
import type { Target } from '../domain/run-request.ts';
import { lookUpstream, type Cause, type Upstream } from './upstream.ts';

/** Guards that no run passes by. */
const FIRST: readonly string[] = ['ledger', 'open-run'];

interface Round {
  readonly openedAt: string;
  readonly target: Target;
  readonly opened?: Opened;
  readonly answers: Answer[];
  readonly cause?: Cause;
  readonly phases: readonly string[];
  readonly trust?: Trust;
  readonly inARow?: number;
}

/**
 * Finds out what the alarm is about, and whether the fault is a symptom of another one; opens the run in the record, in
 * the incident of its cause; then asks the first round. Without the ledger nothing may go on.
 */
export async function guardBeforeDiagnosing(
  course: Course,
  journal: Journal,
  world: World,
  looking: Looking,
): Promise<Ending | undefined> {
  const round = await journal.repeatable<Round>(
    'guard:before-diagnosing',
    (attempt) => firstRound(course, world, looking, attempt >= LOOK_ATTEMPTS),
    ({ answers }) => tellGuards(answers),
  );
  const { openedAt, target, opened, answers, cause, trust, inARow } = round;
  course.opening = { ...course.opening, openedAt, target, ...(cause && { cause }) };
  course.guards.push(...answers);
  course.phases.splice(0, Infinity, ...round.phases);
  if (trust) course.trust = trust;
  if (inARow !== undefined) course.inARow = inARow;
  if (opened) {
    course.incident = opened.incident;
    course.joined = opened.episode === undefined;
    if (opened.episode) course.episode = opened.episode.episode;
    course.ledgerWrites += 1;
  }
  // Whether it is over is asked also while nothing may be done about it.
  const asked =
    course.request.cause.kind === 'recovery' ? answers.filter(({ guard }) => FIRST.includes(guard)) : answers;
  const no = refusal(asked, ['looking']);
  // A rehearsal looks all the same, and tells what would keep it from acting; but not where nothing can be recorded.
  if (!no || (course.request.mode === 'dry-run' && opened)) return undefined;
  if (no.guard === 'open-run' && opened?.otherRun) return endingOf(no, { joinedRun: opened.otherRun.run });
  if (no.guard === 'upstream' && cause && opened)
    return endingOf(no, { waitsFor: { incident: opened.incident, attended: opened.causeAttended } });
  return endingOf(no);
}

export function endingOf(
  { guard, figures, outcome = 'refused', until }: Answer,
  more: Pick<Ending, 'joinedRun' | 'waitsFor'> = {},
): Ending {
  const why = outcome === 'self-healed' ? figures : `guard ${guard}: ${figures}`;
  return { outcome, why, ...(until !== undefined && { lookAgainAt: until }), ...more };
}

async function firstRound(course: Course, world: World, looking: Looking, last: boolean): Promise<Round> {
  const now = world.now();
  const openedAt = now.toISOString();
  const { target, upstream, error } = await looksFirst(course, world, looking, now, last);
  const cause = upstream?.cause;
  const phases = [...(upstream?.phases ?? [])];
  const ledger: Pick<Answer, 'slot' | 'guard' | 'stops' | 'checkedAt'> = {
    ...{ slot: 'before-diagnosing', guard: 'ledger', stops: 'looking', checkedAt: openedAt },
  };
  let opened: Opened;
  try {
    opened = await openRun(world.pool(), { ...course.opening, target, openedAt, ...(cause && { cause }) });
    await callPeople(opened, world, last);
  } catch (error) {
    if (!last) throw error;
    // People are called all the same: the incident has its name from the run.
    const { request, playbook, opening } = course;
    const { severity } = opening;
    const incident = { incident: incidentOf(request.run), episode: 1, playbook: playbook.id, target };
    if (request.mode === 'live')
      await callPeople(
        { episode: { ...incident, severity, openedAt, openedByRun: request.run } },
        world,
        last,
      );
    const figures = `the ledger did not answer ${LOOK_ATTEMPTS} times: ${tellError(error as Error)}`;
    return { openedAt, target, phases, answers: [{ ...ledger, answer: 'refuse', figures }] };
  }
  const [ordered, standing, alarm] = await Promise.all([
    fact(last, () => wasCommanded(course, world)),
    fact(last, () => standingNow(course, world, target, now)),
    fact(last, () => gatherAlarm(course, target, 'before-diagnosing', now, looking)),
  ]);
  const facts = factsOf(course, world, now, {
    ...{ ordered, standing, alarm },
    otherRun: () => opened.otherRun,
    upstream: () => {
      if (!upstream) throw new Error(error);
      return { ...upstream, incident: opened.incident };
    },
  });
  const answers: Answer[] = [
    { ...ledger, answer: 'allow', figures: 'the run is on record' },
    ...judge('before-diagnosing', facts),
  ];
  return {
    openedAt,
    target,
    opened,
    answers,
    phases: [...phases, ...phaseIn(alarm)],
    ...known(facts),
    ...(cause && { cause }),
  };
}

/** Whoever is to know of what was opened. On the last try a call that fails is left to the sweep, which calls again. */
async function callPeople(
  { episode, incident, wakes }: Pick<Opened, 'episode'> & Partial<Pick<Opened, 'incident' | 'wakes'>>,
  { calling }: World,
  last: boolean,
): Promise<void> {
  try {
    if (episode) await calling.call(episode);
    if (wakes && incident !== undefined) await calling.wake(incident);
  } catch (error) {
    if (!last) throw error;
    log.error('the escalation could not be started; the sweep starts it', { incident, episode, error });
  }
}

/** A claimed command, looked for where every command is written down before it is carried out. */
async function wasCommanded({ request: { run, cause } }: Course, { pool }: World): Promise<boolean> {
  const caller = 'caller' in cause ? cause.caller : undefined;
  return caller !== undefined && (await wasOrdered(pool(), run, caller));
}

/** What later steps and messages go by; nothing where the ledger did not say. */
function known(facts: Facts): Pick<Round, 'trust' | 'inARow'> {
  try {
    return { trust: trustOf(facts), inARow: facts.standing().inARow };
  } catch {
    return {};
  }
}

/** The phase under which the look at the metric of an alarm that is gone was kept. */
export function phaseIn(alarm: Facts['alarm']): string[] {
  try {
    return [alarm()?.phase ?? []].flat();
  } catch {
    return [];
  }
}

export const standingNow = (
  { request, playbook }: Course,
  { pool }: World,
  target: Target,
  now: Date,
): Promise<Standing> =>
  standingOf(pool(), {
    ...{ run: request.run, playbook: playbook.id, targetKey: targetKey(target), now: now.toISOString() },
  });

/** What the alarm is about, and whether its cause lies upstream; on the last try with what could be seen. */
async function looksFirst(
  { request, playbook, opening }: Course,
  { settings, tools }: World,
  looking: Looking,
  now: Date,
  last: boolean,
): Promise<{ target: Target; upstream?: Upstream; error?: string }> {
  let { target } = opening;
  // What it is about is known, and whether that is over has nothing to do with what lies upstream.
  if (request.cause.kind === 'recovery')
    return { target, upstream: { cause: undefined, healthy: [], phases: [] } };
  try {
    if (request.target === undefined && playbook.locate) {
      target = (await playbook.locate({ now, settings, tools })) ?? target;
    }
    return { target, upstream: await lookUpstream(playbook.id, target, now, looking) };
  } catch (error) {
    if (!last) throw error;
    // The guard's figures are told to people, and a look's error may quote what it read: that stays in the log.
    log.warn('the first looks failed', { run: request.run, error });
    return { target, error: errorCause(String(error)) };
  }
}

/** One line: how many allow, and those that don't with their figures. All of them are on record. */
export function tellGuards(answers: readonly Answer[]): { tell: string; detail: readonly Answer[] } {
  const no = answers.filter(({ answer }) => answer === 'refuse');
  const fence = answers.find(({ guard, answer }) => guard === 'lock' && answer === 'allow')?.figures;
  const allowing = `${answers.length - no.length} of ${answers.length} guards allow`;
  const parts = [allowing, ...no.map(({ guard, figures }) => `${guard} refuses (${figures})`), fence ?? []];
  return { tell: parts.flat().join('; '), detail: answers };
}
