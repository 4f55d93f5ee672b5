import type { Pool } from 'pg';
import type { Impact } from '../domain/impact.ts';
import { planHash, type Decision } from '../domain/decision.ts';
import type { Answer } from '../domain/guard-answer.ts';
import type { Target } from '../domain/run-request.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { approvalOf, type ApprovalState } from './approvals.ts';
import {
  changedSince,
  conflictsOf,
  ONE_CLAIM_AT_A_TIME,
  takeLocks,
  type Conflict,
  type LockSet,
} from './locks.ts';
import { targetKey, type EvidenceRecord } from '../domain/run-record.ts';
import { standingOf, type Standing } from './standing.ts';
import { CLAIM } from './statements.ts';
import { storableJson } from './storable.ts';
import { audit, putEvidence } from './write.ts';

export type Claim =
  | { readonly granted: true; readonly fence: string; readonly answers: readonly Answer[] }
  /** `holder`: the run that this one gives way to, which holds a lock or has written since it looked. */
  | { readonly granted: false; readonly holder?: string; readonly answers: readonly Answer[] };

/** What is read in the transaction that takes the lock: nobody else claims meanwhile. */
export interface Inside {
  readonly standing: Standing;
  readonly conflicts: readonly Conflict[];
  readonly approval: ApprovalState | undefined;
}

export interface Intent {
  readonly playbook: string;
  readonly target: Target;
  readonly decision: Decision & { kind: 'act' };
  /** What is about to be done, for the audit. */
  readonly tell: string;
  readonly finding: unknown;
  /** The moment of the looks that the decision rests on. */
  readonly lookedAt: string;
  readonly evidence: readonly EvidenceRecord[];
  readonly executionArn: string;
  readonly at: string;
  readonly locks: LockSet;
  readonly leasedUntil: string;
  /** It counts for budgets, cooldown and breaker; a plan that only waits does not. */
  readonly changes: boolean;
  readonly effect: Impact | undefined;
}

/**
 * Asks the guards that rest on the record, takes the locks, and keeps what the run saw and means to do, all in one
 * transaction beside which nobody else claims: without this commit nothing is done. Repeatable: a run that holds its
 * locks already gets the same fence.
 */
export function claimAndIntend(
  pool: Pool,
  run: string,
  intent: Intent,
  judge: (inside: Inside) => readonly Answer[],
): Promise<Claim> {
  const { playbook, target, decision, locks, at: now } = intent;
  const planSha256 = planHash(decision.plan);
  return transaction(pool, async (client): Promise<Claim> => {
    await client.query(ONE_CLAIM_AT_A_TIME);
    const standing = await standingOf(client, { run, playbook, targetKey: targetKey(target), now });
    const conflicts = await conflictsOf(client, run, locks, now);
    const answers = judge({ standing, conflicts, approval: await approvalOf(client, run, planSha256) });
    const holder = conflicts[0]?.run;
    if (answers.some(({ answer }) => answer === 'refuse'))
      return { granted: false, answers, ...(holder !== undefined && { holder }) };
    const writer = await changedSince(client, run, locks, intent.lookedAt);
    if (writer !== undefined) {
      const figures = `run ${writer} has changed what the plan touches since it was looked at`;
      return { granted: false, holder: writer, answers: withLock(answers, 'refuse', figures) };
    }
    const { rows } = await client.query<{ fence: string }>(CLAIM, [
      run,
      storableJson(decision),
      planSha256,
      storableJson(intent.finding),
      intent.executionArn,
      intent.changes,
      now,
      intent.effect ? storableJson(intent.effect) : null,
    ]);
    const fence = rows[0]?.fence;
    if (fence === undefined)
      throw new Error(`run ${run} is not on record, has ended, or is another execution's: it may not act`);
    await takeLocks(client, run, locks, { fence, now, leasedUntil: intent.leasedUntil });
    await putEvidence(client, run, intent.evidence);
    await audit(client, run, 'remediation.intended', now, intent.tell, decision.why);
    return { granted: true, fence, answers: withLock(answers, 'allow', `fence ${fence}`) };
  });
}

const withLock = (answers: readonly Answer[], answer: Answer['answer'], figures: string): Answer[] =>
  answers.map((one) => (one.guard === 'lock' ? { ...one, answer, figures } : one));
