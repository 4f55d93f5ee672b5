import { AFTER_JOB_SECONDS } from '../platform/settings.ts';
import { conflictsOf, holdsLocks, renewLocks } from '../record/locks.ts';
import { tellError } from '../platform/error-cause.ts';
import { approvalOf } from '../record/approvals.ts';
import { claimAndIntend, type Claim, type Inside } from '../record/claim.ts';
import { alarmNow } from './alarm-now.ts';
import { approvalNeed, type ApprovalNeed } from './approval-need.ts';
import { wouldDo, type Course, type Ending, type World } from './course.ts';
import { planHash, type Act } from '../domain/decision.ts';
import type { Looking } from './diagnose.ts';
import { evidenceStore } from './evidence-store.ts';
import { endingOf, phaseIn, standingNow, tellGuards } from './gates.ts';
import { declared, fact, factsOf, gatherAlarm, gatherEffect, gatherPeriods, lockSetOf } from './gather.ts';
import { trustOf, type Facts } from './guards/facts.ts';
import { judge, refusal } from './guards/judge.ts';
import type { Answer } from '../domain/guard-answer.ts';
import { LOOK_ATTEMPTS, type Journal } from '../platform/journal.ts';

/** What of the world is gathered before a plan is shown to people or carried out. */
async function gatherForPlan(
  course: Course,
  decision: Act,
  slot: 'before-asking' | 'before-acting',
  now: Date,
  { world, looking, last }: { world: World; looking: Looking; last: boolean },
): Promise<Partial<Facts>> {
  const { playbook, opening } = course;
  const { plan } = decision;
  const [alarm, periods, effect] = await Promise.all([
    fact(last, () => gatherAlarm(course, opening.target, slot, now, looking)),
    fact(last, () => gatherPeriods(plan, opening.target, playbook, now, world)),
    fact(last, () => gatherEffect(plan, playbook, now, world)),
  ]);
  return { alarm, periods, effect };
}

/** A plan is shown to people only if nothing but their approval is lacking. @returns how the run ends otherwise */
export async function guardBeforeAsking(
  course: Course,
  decision: Act,
  journal: Journal,
  world: World,
  looking: Looking,
): Promise<Ending | undefined> {
  type AskingRound = { answers: Answer[] } & Seen;
  const { answers, effect, phases } = await journal.repeatable<AskingRound>(
    'guard:before-asking',
    async (attempt) => {
      const now = world.now();
      const last = attempt >= LOOK_ATTEMPTS;
      const gathered = await gatherForPlan(course, decision, 'before-asking', now, { world, looking, last });
      const standing = await fact(last, () => standingNow(course, world, course.opening.target, now));
      const facts = factsOf(course, world, now, { ...gathered, standing });
      return { answers: judge('before-asking', facts), ...seenIn(facts) };
    },
    ({ answers }) => tellGuards(answers),
  );
  course.guards.push(...answers);
  keepSeen(course, { effect, phases });
  const no = refusal(answers);
  return no && endingOf(no);
}

/** What a round has seen besides its answers: kept by the run, whatever becomes of it. */
interface Seen {
  readonly effect?: Course['effect'];
  readonly phases: readonly string[];
}

function seenIn({ effect, alarm }: Facts): Seen {
  const phases = phaseIn(alarm);
  try {
    return { effect: effect(), phases };
  } catch {
    return { phases };
  }
}

function keepSeen(course: Course, { effect, phases }: Seen): void {
  if (effect) course.effect = effect;
  course.phases.push(...phases);
}

/** By where the playbook stands now: it may have been lowered since anybody was asked. */
const needNow = (
  { playbook }: Course,
  decision: Act,
  standing: Facts['standing'],
  { settings }: World,
): ApprovalNeed => approvalNeed(playbook, decision, trustOf({ all: settings.limits, standing }));

export type Permit = { granted: true; fence: string } | { granted: false; ending: Ending };

/**
 * The second round, right before acting; then locks, intent and evidence in one transaction, or nothing is done. A
 * rehearsal is asked the same, and takes nothing.
 */
export async function guardBeforeActing(
  course: Course,
  decision: Act,
  { journal, world, looking }: { journal: Journal; world: World; looking: Looking },
): Promise<Permit> {
  type SecondRound = { answers: readonly Answer[]; claim?: Claim } & Seen;
  const { answers, claim, effect, phases } = await journal.repeatable<SecondRound>(
    'guard:before-acting',
    async (attempt) => {
      const now = world.now();
      const last = attempt >= LOOK_ATTEMPTS;
      const gathered = await gatherForPlan(course, decision, 'before-acting', now, { world, looking, last });
      const withInside = ({ standing, conflicts, approval }: Inside): Facts => {
        const known = { standing: () => standing, conflicts: () => conflicts };
        const need = needNow(course, decision, known.standing, world);
        return factsOf(course, world, now, {
          ...gathered,
          ...known,
          approval: () => ({ need, asked: approval }),
        });
      };
      const seen = seenIn(factsOf(course, world, now, gathered));
      try {
        return { ...(await claimOrLook(course, decision, now, { world, withInside, seen })), ...seen };
      } catch (error) {
        if (!last) throw error;
        const figures = `the intent could not be recorded: ${tellError(error as Error)}`;
        const lock = { slot: 'before-acting', guard: 'lock', stops: 'acting' } as const;
        const answers: Answer[] = [{ ...lock, answer: 'refuse', figures, checkedAt: now.toISOString() }];
        return { answers, ...seen };
      }
    },
    ({ answers }) => tellGuards(answers),
  );
  course.guards.push(...answers);
  keepSeen(course, { effect, phases });
  if (claim?.granted) {
    course.ledgerWrites += 1;
    course.granted = true;
    return { granted: true, fence: claim.fence };
  }
  const no = refusal(answers);
  const joined = claim?.holder !== undefined && no?.guard === 'lock' ? { joinedRun: claim.holder } : {};
  const ending = no ? endingOf(no, joined) : { outcome: 'refused' as const, why: 'no lock was granted' };
  return { granted: false, ending };
}

async function claimOrLook(
  course: Course,
  decision: Act,
  now: Date,
  { world, withInside, seen }: { world: World; withInside: (inside: Inside) => Facts; seen: Seen },
): Promise<{ answers: readonly Answer[]; claim?: Claim }> {
  const { request, playbook, opening, findings, phases } = course;
  const { settings, tools, pool } = world;
  const locks = lockSetOf(decision.plan, playbook, opening.target, world);
  const at = now.toISOString();
  if (request.mode === 'dry-run') {
    const [standing, conflicts, approval] = [
      await standingNow(course, world, opening.target, now),
      await conflictsOf(pool(), request.run, locks, at),
      await approvalOf(pool(), request.run, planHash(decision.plan)),
    ];
    return { answers: judge('before-acting', withInside({ standing, conflicts, approval })) };
  }
  const store = evidenceStore(tools, settings.bucket, request.run);
  const { records: evidence } = await store.load([...phases, ...seen.phases]);
  const intent = {
    ...{ playbook: playbook.id, target: opening.target, decision, locks, at, effect: seen.effect },
    tell: wouldDo(decision, playbook, settings),
    finding: findings?.finding,
    lookedAt: findings?.at ?? at,
    evidence,
    executionArn: opening.executionArn,
    leasedUntil: later(now, settings.limits.leaseMinutes * 60),
    changes: decision.plan.some(({ action }) => declared(playbook, action).changes),
  };
  const claim = await claimAndIntend(pool(), request.run, intent, (inside) =>
    judge('before-acting', withInside(inside)),
  );
  return { claim, answers: claim.answers };
}

export interface StillGranted {
  /** Why not any more. */
  readonly withdrawn?: string;
  readonly answers: readonly Answer[];
  /** The lease was renewed: one more write. */
  readonly renewed: boolean;
}

/** Looked at again right before something is sent: a run may have slept for hours since it was granted. */
export async function stillGranted(
  course: Course,
  decision: Act,
  fence: string,
  world: World,
): Promise<StillGranted> {
  const { request, opening, playbook } = course;
  const now = world.now();
  const at = now.toISOString();
  const needed = later(now, world.settings.pace.jobLimit + AFTER_JOB_SECONDS);
  const leasedUntil = later(now, world.settings.limits.leaseMinutes * 60);
  const renewed = await renewLocks(world.pool(), request.run, { fence, now: at, needed, leasedUntil });
  if (!(await holdsLocks(world.pool(), request.run, fence, at)))
    return { withdrawn: `the lock with fence ${fence} is not held`, answers: [], renewed };
  const [standing, asked, periods, alarm] = await Promise.all([
    fact(true, () => standingNow(course, world, opening.target, now)),
    fact(true, () => approvalOf(world.pool(), request.run, planHash(decision.plan))),
    fact(true, () => gatherPeriods(decision.plan, opening.target, playbook, now, world)),
    fact(true, async () =>
      'alarm' in request.cause ? alarmNow(world.tools, request.cause.alarm.name) : undefined,
    ),
  ]);
  const approval = () => ({ need: needNow(course, decision, standing, world), asked: asked() });
  const facts = factsOf(course, world, now, { granted: true, standing, approval, periods, alarm });
  const answers = judge('before-sending', facts);
  const no = refusal(answers);
  return { answers, renewed, ...(no && { withdrawn: `guard ${no.guard}: ${no.figures}` }) };
}

const later = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1_000).toISOString();
