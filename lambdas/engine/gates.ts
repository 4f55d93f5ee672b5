import { log } from '../log.ts';
import type { GuardRecord } from '../record/model.ts';
import { holdsLock } from '../record/read.ts';
import { errorCause, tellError } from '../probes/error-cause.ts';
import { claimAndIntend, openRun, type Claim, type Opened } from '../record/write.ts';
import { wouldDo, type Course, type Ending, type World } from './course.ts';
import type { Decision } from './decision.ts';
import { evidenceStore } from './evidence-store.ts';
import { askGuards, type GuardContext } from './guards.ts';
import type { Looking } from './diagnose.ts';
import { LOOK_ATTEMPTS, type Journal } from './journal.ts';
import type { Target } from './request.ts';
import { lookUpstream, type Cause, type Upstream } from './upstream.ts';

interface Round {
  readonly openedAt: string;
  readonly target: Target;
  readonly opened?: Opened;
  readonly answers: GuardRecord[];
  readonly cause?: Cause;
  readonly phases: readonly string[];
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
  const { openedAt, target, opened, answers, cause } = round;
  course.opening = { ...course.opening, openedAt, target, ...(cause && { cause }) };
  course.guards.push(...answers);
  course.phases.push(...round.phases);
  if (opened) {
    course.incident = opened.incident;
    course.ledgerWrites += 1;
  }
  const no = answers.find(({ answer }) => answer === 'refuse');
  if (!no) return undefined;
  const why = `guard ${no.guard}: ${no.figures}`;
  if (no.guard === 'open-run' && opened?.otherRun)
    return { outcome: 'refused', why, joinedRun: opened.otherRun.run };
  const waits =
    cause && opened ? { waitsFor: { incident: opened.incident, attended: opened.causeAttended } } : {};
  return { outcome: 'refused', why, ...waits };
}

async function firstRound(course: Course, world: World, looking: Looking, last: boolean): Promise<Round> {
  const now = world.now();
  const openedAt = now.toISOString();
  const answerOf = (guard: string, answer: GuardRecord['answer'], figures: string): GuardRecord => ({
    slot: 'before-diagnosing',
    guard,
    answer,
    figures,
    checkedAt: openedAt,
  });
  const { target, upstream, error } = await looksFirst(course, world, looking, now, last);
  const cause = upstream?.cause;
  const phases = upstream?.phases ?? [];
  let opened: Opened;
  try {
    opened = await openRun(world.pool(), { ...course.opening, target, openedAt, ...(cause && { cause }) });
  } catch (error) {
    if (!last) throw error;
    const figures = `the ledger did not answer ${LOOK_ATTEMPTS} times: ${tellError(error as Error)}`;
    return { openedAt, target, phases, answers: [answerOf('ledger', 'refuse', figures)] };
  }
  const answers = [answerOf('ledger', 'allow', 'the run is on record')];
  // The cause comes first: a run that waits for it says so, whoever else is there.
  if (error !== undefined) answers.push(answerOf('upstream', 'refuse', `could not be evaluated: ${error}`));
  else if (cause) {
    const figures =
      `the link ${cause.link} is unhealthy (${cause.tell}): ${cause.playbook} comes first, ` +
      `and this follows once incident ${opened.incident} is over`;
    answers.push(answerOf('upstream', 'refuse', figures));
  } else if (upstream && upstream.healthy.length > 0) {
    answers.push(answerOf('upstream', 'allow', `healthy: ${upstream.healthy.join(', ')}`));
  }
  answers.push(
    ...(await askGuards('before-diagnosing', guardContext(course, world, opened.otherRun, target))),
  );
  return { openedAt, target, opened, answers, phases, ...(cause && { cause }) };
}

/** What the alarm is about, and whether its cause lies upstream; on the last try with what could be seen. */
async function looksFirst(
  { request, playbook, opening }: Course,
  { settings, tools }: World,
  looking: Looking,
  now: Date,
  last: boolean,
): Promise<{ target: Target; upstream?: Upstream; error?: string }> {
  let { target } = opening;
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

export type Permit = { granted: true; fence: string } | { granted: false; ending: Ending };

/** The second round, right before acting; then lock, intent and evidence in one transaction, or nothing is done. */
export async function guardBeforeActing(
  course: Course,
  decision: Decision & { kind: 'act' },
  journal: Journal,
  world: World,
): Promise<Permit> {
  const { request, playbook } = course;
  const store = evidenceStore(world.tools, world.settings.bucket, request.run);
  type SecondRound = { answers: GuardRecord[]; claim?: Claim };
  const { answers, claim } = await journal.repeatable<SecondRound>(
    'guard:before-acting',
    async (attempt) => {
      const now = world.now();
      const answers = await askGuards('before-acting', guardContext(course, world, undefined));
      if (answers.some(({ answer }) => answer === 'refuse')) return { answers };
      const lock = { slot: 'before-acting' as const, guard: 'lock', checkedAt: now.toISOString() };
      try {
        const claim = await claimAndIntend(world.pool(), request.run, {
          decision,
          plan: decision.plan,
          tell: wouldDo(decision, playbook, world.settings),
          finding: course.findings?.finding,
          lookedAt: course.findings?.at ?? now.toISOString(),
          evidence: await store.load(course.phases),
          executionArn: course.opening.executionArn,
          at: now.toISOString(),
        });
        const figures = claim.granted ? `fence ${claim.fence}` : claim.reason;
        return {
          claim,
          answers: [...answers, { ...lock, answer: claim.granted ? 'allow' : 'refuse', figures }],
        };
      } catch (error) {
        if (attempt < LOOK_ATTEMPTS) throw error;
        const figures = `the intent could not be recorded: ${tellError(error as Error)}`;
        return { answers: [...answers, { ...lock, answer: 'refuse', figures }] };
      }
    },
    ({ answers }) => tellGuards(answers),
  );
  course.guards.push(...answers);
  const no = answers.find(({ answer }) => answer === 'refuse');
  if (claim?.granted && !no) {
    course.ledgerWrites += 1;
    return { granted: true, fence: claim.fence };
  }
  const joined = claim?.granted === false && claim.holder ? { joinedRun: claim.holder } : {};
  const why = no ? `guard ${no.guard}: ${no.figures}` : 'no lock was granted';
  return { granted: false, ending: { outcome: 'refused', why, ...joined } };
}

/**
 * Looked at again right before something is sent: a run may have slept for hours since it was granted.
 * @returns why not any more, or undefined
 */
export async function stillGranted(course: Course, fence: string, world: World): Promise<string | undefined> {
  if (!(await holdsLock(world.pool(), course.request.run, fence)))
    return `the lock with fence ${fence} is not held`;
  const answers = await askGuards('before-acting', guardContext(course, world, undefined));
  const no = answers.find(({ answer }) => answer === 'refuse');
  return no && `guard ${no.guard}: ${no.figures}`;
}

function guardContext(
  course: Course,
  { settings, tools, now }: World,
  otherRun: Opened['otherRun'],
  target: Target = course.opening.target,
): GuardContext {
  return {
    cause: course.request.cause,
    target,
    plan: course.decision?.kind === 'act' ? course.decision.plan : [],
    actions: course.playbook.actions,
    settings,
    tools,
    now: now(),
    otherRun,
  };
}

const tellGuards = (answers: readonly GuardRecord[]) => ({
  tell: answers.map(({ guard, answer, figures }) => `${guard}: ${answer} (${figures})`).join('; '),
});
