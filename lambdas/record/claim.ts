import { firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { askTogether } from '../platform/ledger/together.ts';
import type { Impact } from '../domain/impact.ts';
import { planHash, type Decision } from '../domain/decision.ts';
import type { Answer } from '../domain/guard-answer.ts';
import type { Target } from '../domain/run-request.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { remediationKind } from './audit-keys.ts';
import { approvalAsked, type ApprovalState } from './approvals.ts';
import {
  changedSince,
  conflictsOf,
  ONE_CLAIM_AT_A_TIME,
  taking,
  type Conflict,
  type LockSet,
} from './locks.ts';
import { targetKey, type EvidenceRecord } from '../domain/run-record.ts';
import { standingAsked, type Standing } from './standing.ts';
import { CLAIM, evidencePut } from './statements.ts';
import { storableJson } from './storable.ts';
import { audit } from './write.ts';
import { excerptOf } from './evidence.ts';

export type Claim =
  | { readonly granted: true; readonly fence: string; readonly answers: readonly Answer[] }
  | { readonly granted: false; readonly answers: readonly Answer[] };

/** Read in the transaction that takes the lock: nobody else claims meanwhile. */
export interface LockedFacts {
  readonly standing: Standing;
  readonly conflicts: readonly Conflict[];
  /** A run that has changed what the plan touches since this run probed it. */
  readonly changedBy: string | undefined;
  readonly approval: ApprovalState | undefined;
}

/** What is claimed, and on which evidence. */
export interface Claimed {
  readonly playbook: string;
  readonly target: Target;
  readonly decision: Decision & { kind: 'act' };
  /** When the decision's probes ran. */
  readonly lookedAt: string;
  readonly at: string;
  readonly locks: LockSet;
}

export interface Intent extends Claimed {
  /** The plan in words, for the audit. */
  readonly tell: string;
  readonly finding: unknown;
  readonly evidence: readonly EvidenceRecord[];
  readonly executionArn: string;
  readonly leasedUntil: string;
  /** It counts for budgets, cooldown and breaker; a plan that only waits does not. */
  readonly changes: boolean;
  readonly effect: Impact | undefined;
}

/** The run's claim, its locks and its evidence. */
const CLAIM_AND_LOCK = `
with claimed as (${CLAIM}),
${taking({ writes: '$9', reads: '$10', now: '$7', leasedUntil: '$11' })},
evidence as (${evidencePut('$12')})
select fence::text from claimed`;

/**
 * Checks the guards that need the record, takes the locks, and records what the run saw and intends,
 * in one transaction while nobody else claims: without this commit nothing is done. Repeatable: a run
 * that holds its locks gets the same fence.
 */
export function claimAndIntend(
  pool: Ledger,
  run: string,
  intent: Intent,
  judgeInTransaction: (facts: LockedFacts) => readonly Answer[],
): Promise<Claim> {
  const { decision, locks, at: now } = intent;
  return transaction(pool, async (client): Promise<Claim> => {
    await client.query(ONE_CLAIM_AT_A_TIME);
    const answers = judgeInTransaction(await lockedFacts(client, run, intent));
    if (answers.some(({ answer }) => answer === 'refuse')) return { granted: false, answers };
    const claimed = await firstRow<{ fence: string }>(client, CLAIM_AND_LOCK, [
      run,
      storableJson(decision),
      planHash(decision.plan),
      storableJson(intent.finding),
      intent.executionArn,
      intent.changes,
      now,
      intent.effect ? storableJson(intent.effect) : null,
      locks.writes,
      locks.reads,
      intent.leasedUntil,
      storableJson(intent.evidence.map(excerptOf)),
    ]);
    const fence = claimed?.fence;
    if (fence === undefined)
      throw new Error(`run ${run} is not on record, has ended, or is another execution's: it may not act`);
    await audit(client, run, remediationKind('intended'), now, intent.tell, decision.why);
    return { granted: true, fence, answers };
  });
}

/** The facts of `claimAndIntend`, as of one moment; outside its transaction, for rehearsals. */
export const lockedFacts = (
  client: Queryable,
  run: string,
  { playbook, target, decision, locks, lookedAt, at: now }: Claimed,
): Promise<LockedFacts> =>
  askTogether(client, {
    standing: standingAsked({ run, playbook, targetKey: targetKey(target), now }),
    conflicts: conflictsOf(run, locks, now),
    changedBy: changedSince(run, locks, lookedAt),
    approval: approvalAsked(run, planHash(decision.plan)),
  });
