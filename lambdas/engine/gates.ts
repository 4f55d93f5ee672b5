import type { GuardRecord } from '../record/model.ts';
import { holdsLock } from '../record/read.ts';
import { claimAndIntend, openRun, type Claim, type Opened } from '../record/write.ts';
import { wouldDo, type Course, type Ending, type World } from './course.ts';
import type { Decision } from './decision.ts';
import { evidenceStore } from './evidence-store.ts';
import { askGuards, type GuardContext } from './guards.ts';
import { LOOK_ATTEMPTS, type Journal } from './journal.ts';

/** Opens the run in the record, then asks the first round. Without the ledger nothing may go on. */
export async function guardBeforeDiagnosing(
  course: Course,
  journal: Journal,
  world: World,
): Promise<Ending | undefined> {
  type Round = { openedAt: string; opened?: Opened; answers: GuardRecord[] };
  const { openedAt, opened, answers } = await journal.repeatable<Round>(
    'guard:before-diagnosing',
    async (attempt) => {
      const now = world.now();
      const openedAt = now.toISOString();
      const ledger = { slot: 'before-diagnosing' as const, guard: 'ledger', checkedAt: openedAt };
      let opened: Opened;
      try {
        opened = await openRun(world.pool(), { ...course.opening, openedAt });
      } catch (error) {
        if (attempt < LOOK_ATTEMPTS) throw error;
        const figures = `the ledger did not answer ${attempt} times: ${(error as Error).message}`;
        return { openedAt, answers: [{ ...ledger, answer: 'refuse', figures }] };
      }
      const asked = await askGuards('before-diagnosing', guardContext(course, world, opened.otherRun));
      const allowed: GuardRecord = { ...ledger, answer: 'allow', figures: 'the run is on record' };
      return { openedAt, opened, answers: [allowed, ...asked] };
    },
    ({ answers }) => tellGuards(answers),
  );
  course.opening = { ...course.opening, openedAt };
  course.guards.push(...answers);
  if (opened) {
    course.incident = opened.incident;
    course.ledgerWrites += 1;
  }
  const no = answers.find(({ answer }) => answer === 'refuse');
  if (!no) return undefined;
  const joined = no.guard === 'open-run' && opened?.otherRun ? { joinedRun: opened.otherRun } : {};
  return { outcome: 'refused', why: `guard ${no.guard}: ${no.figures}`, ...joined };
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
  type Round = { answers: GuardRecord[]; claim?: Claim };
  const { answers, claim } = await journal.repeatable<Round>(
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
          at: now.toISOString(),
        });
        const figures = claim.granted ? `fence ${claim.fence}` : claim.reason;
        return {
          claim,
          answers: [...answers, { ...lock, answer: claim.granted ? 'allow' : 'refuse', figures }],
        };
      } catch (error) {
        if (attempt < LOOK_ATTEMPTS) throw error;
        const figures = `the intent could not be recorded: ${(error as Error).message}`;
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
  otherRun: string | undefined,
): GuardContext {
  return {
    cause: course.request.cause,
    target: course.opening.target,
    settings,
    tools,
    now: now(),
    otherRun,
  };
}

const tellGuards = (answers: readonly GuardRecord[]) => ({
  tell: answers.map(({ guard, answer, figures }) => `${guard}: ${answer} (${figures})`).join('; '),
});
