import type { Impact } from '../domain/impact.ts';
import type { Answer } from '../domain/guard-answer.ts';
import { known } from '../domain/known.ts';
import type { Attempt } from '../platform/journal.ts';
import { standingOf } from '../record/standing.ts';
import { claimAndIntend, lockedFacts, type LockedFacts } from '../record/claim.ts';
import * as collect from './collect-facts.ts';
import type { Collected } from './guards/facts.ts';
import { judge, refusal, tellAnswers } from './guards/judge.ts';
import { ledger } from './guards/ledger.ts';
import { actionOf, lockSetOf, wouldDo } from './plans.ts';
import { rehearsed } from './rehearsal.ts';
import type { Noted, RunContext } from './run-context.ts';
import { refusedBy, type Ended, type Granted, type Planned } from './run-state.ts';

/** People see a plan only if nothing but their approval is missing. */
export async function guardBeforeAsking(
  run: RunContext,
  planned: Planned,
): Promise<Planned | Ended<Planned>> {
  const { answers, effect } = await run.step<PlanRound>(
    'guard:before-asking',
    async (attempt) => {
      const now = run.now();
      const facts = await collectForPlan(run, planned, 'before-asking', now, attempt);
      const standing = await attempt.known(() =>
        standingOf(run.pool(), collect.standingFor(run, planned.target, now)),
      );
      const answers = judge('before-asking', { ...collect.settingOf(run, now), ...facts, standing });
      return { answers, ...seenOf(facts) };
    },
    ({ answers }) => tellAnswers(answers),
  );
  const weighed = { ...planned, ...(effect && { effect }) };
  const no = refusal(answers);
  return no ? { ...weighed, end: refusedBy(no) } : weighed;
}

/**
 * The last round before anything is done, in one step:
 * 1. Collect what the guards weigh outside the record.
 * 2. In one transaction, beside which nobody else claims: read what they weigh of the record, ask them all, and where
 *    all allow take the locks, and keep evidence and intent. Without this commit nothing is done.
 *
 * A rehearsal is asked the same, and takes nothing.
 */
export async function guardBeforeActing(
  run: RunContext,
  planned: Planned,
): Promise<Granted | Ended<Planned>> {
  const { answers, effect, fence, changed } = await run.step<PlanRound>(
    'guard:before-acting',
    (attempt) => lastRound(run, planned, attempt),
    ({ answers, fence, changed }) =>
      changed === undefined ? tellAnswers(answers, fence) : { tell: changed },
    // Claimed again after a crash, it is the same claim: at most the announcement is repeated.
    ({ fence }) => fence !== undefined,
  );
  const weighed = { ...planned, ...(effect && { effect }) };
  if (changed !== undefined) return { ...weighed, end: { outcome: 'escalated', why: changed } };
  if (run.request.mode === 'dry-run') return { ...weighed, end: rehearsed(run, weighed) };
  if (fence !== undefined) return { ...weighed, fence };
  const no = refusal(answers);
  if (!no) return { ...weighed, end: { outcome: 'refused', why: 'no lock was granted' } };
  const end = refusedBy(no);
  if (end.outcome !== 'rehearsed' && end.outcome !== 'escalated') return { ...weighed, end };
  const { decision } = planned;
  return { ...weighed, end: { ...end, why: `would ${wouldDo(decision, run)}: ${decision.why}; ${end.why}` } };
}

interface PlanRound extends Noted {
  readonly answers: readonly Answer[];
  readonly effect?: Impact;
  /** Present: the locks were granted. */
  readonly fence?: string;
  /** Present: evidence is not what was seen, so nothing is done. */
  readonly changed?: string;
}

async function lastRound(run: RunContext, planned: Planned, attempt: Attempt): Promise<PlanRound> {
  const { request, playbook, settings, pool, evidence, notes, journal } = run;
  const { decision, target, findings } = planned;
  const now = run.now();
  const setting = collect.settingOf(run, now);
  const facts = await collectForPlan(run, planned, 'before-acting', now, attempt);
  const seen = seenOf(facts);
  const judgeInTransaction = ({ standing, conflicts, changedBy, approval }: LockedFacts): readonly Answer[] =>
    judge('before-acting', {
      ...setting,
      ...facts,
      ledger: known({ away: undefined }),
      standing: known(standing),
      conflicts: known(conflicts),
      changedBy: known(changedBy),
      approval: known({ need: collect.needNow(run, decision, standing), asked: approval }),
    });
  const claim = await attempt.known<Pick<PlanRound, 'answers' | 'fence' | 'changed'>>(async () => {
    const claimed = {
      playbook: playbook.id,
      target,
      decision,
      locks: lockSetOf(decision.plan, target, run),
      lookedAt: findings.at,
      at: now.toISOString(),
    };
    if (request.mode === 'dry-run')
      return { answers: judgeInTransaction(await lockedFacts(pool(), request.run, claimed)) };
    const { records, changed } = await evidence.load([...notes.evidenceSets, ...seen.evidenceSets]);
    if (changed.length > 0) return { answers: [], changed: changed.join('; ') };
    const intent = {
      ...claimed,
      tell: wouldDo(decision, run),
      finding: findings.finding,
      evidence: records,
      executionArn: journal.executionArn,
      leasedUntil: later(now, settings.limits.leaseMinutes * 60),
      changes: decision.plan.some(({ action }) => actionOf(playbook, action).changes),
      effect: seen.effect,
    };
    return claimAndIntend(pool(), request.run, intent, judgeInTransaction);
  });
  if (!claim.ok) {
    const away = `the intent could not be recorded: ${claim.why}`;
    return { ...seen, answers: judge('before-acting', { ...setting, ledger: known({ away }) }, [ledger]) };
  }
  const { answers, fence, changed } = claim.value;
  if (changed !== undefined) return { ...seen, answers, changed };
  return { ...seen, answers, ...(fence !== undefined && { fence, ledgerWrites: 1 }) };
}

/** What guards weigh about a plan, apart from the record. */
async function collectForPlan(
  run: RunContext,
  { decision: { plan }, target }: Planned,
  slot: 'before-asking' | 'before-acting',
  now: Date,
  attempt: Attempt,
): Promise<PlanFacts> {
  const [alarm, periods, effect] = await Promise.all([
    attempt.known(() => collect.alarmAndMetric(run, target, slot, now)),
    attempt.known(() => collect.periodsNow(run, plan, target, now)),
    attempt.known(() => collect.effectOf(run, plan, now)),
  ]);
  return { alarm, periods, effect };
}

type PlanFacts = Required<Pick<Collected, 'alarm' | 'periods' | 'effect'>>;

const seenOf = ({ alarm, effect }: PlanFacts) => ({
  evidenceSets: collect.evidenceSetsOf(alarm),
  ...(effect.ok && { effect: effect.value }),
});

const later = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1_000).toISOString();
