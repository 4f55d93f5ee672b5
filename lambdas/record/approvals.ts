import { allRows, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { ask, type Asked } from '../platform/ledger/together.ts';
import { storableJson } from './storable.ts';

export interface ApprovalState {
  readonly id: string;
  readonly state: 'open' | 'approved' | 'refused' | 'expired' | 'void';
  readonly people: number;
  /** Who has approved, by person. */
  readonly approvers: readonly string[];
  /** Those of them whose order is in the incident's audit: only they count. */
  readonly audited: readonly string[];
  /** ISO 8601. */
  readonly expiresAt: string;
  /** The request is for the plan that is about to be carried out. */
  readonly samePlan: boolean;
  readonly why: string | null;
  readonly callbackId: string | null;
}

export interface ApprovalRequest {
  readonly id: string;
  readonly run: string;
  readonly planSha256: string;
  readonly evidenceSha256: string;
  /** As people were shown it. */
  readonly shown: Readonly<Record<string, unknown>>;
  readonly people: 1 | 2;
  readonly requester: string | null;
  readonly requestedAt: string;
  readonly expiresAt: string;
}

/** One request a run, however often it is made. */
export const approvalIdOf = (run: string): string => `A-${run}`;

const ASK = `
insert into responder.approval (approval_id, run_id, plan_sha256, evidence_sha256, shown, people, requester,
                                requested_at, expires_at, state)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open')
on conflict (approval_id) do nothing`;

export async function putApproval(pool: Ledger, request: ApprovalRequest): Promise<void> {
  const { id, run, planSha256, evidenceSha256, shown, people, requester, requestedAt, expiresAt } = request;
  await pool.query(ASK, [
    id,
    run,
    planSha256,
    evidenceSha256,
    storableJson(shown),
    people,
    requester,
    requestedAt,
    expiresAt,
  ]);
}

const STATE = `
select approval_id as id, state, people, expires_at as "expiresAt", approval.plan_sha256 = $2 as "samePlan",
       decided_why as why, callback_id as "callbackId",
       array(select person from responder.approver where approver.approval_id = approval.approval_id order by at) as approvers,
       array(select person from responder.approver where approver.approval_id = approval.approval_id
             and exists (select from responder.audit where chain = run.incident_id and kind = 'responder.approve'
                         and body::jsonb @> jsonb_build_object('person', approver.person,
                           'object', jsonb_build_object('type', 'approval', 'id', approval.approval_id)))
             order by at) as audited
from responder.approval join responder.run using (run_id) where run_id = $1`;

type StateRow = Omit<ApprovalState, 'expiresAt'> & { readonly expiresAt: Date | string };

/** The run's request, compared with the plan that is about to be carried out. */
export const approvalAsked = (run: string, planSha256: string): Asked<ApprovalState | undefined> => ({
  sql: STATE,
  values: [run, planSha256],
  read: ([row]: readonly StateRow[]) => row && { ...row, expiresAt: new Date(row.expiresAt).toISOString() },
});

export const approvalOf = (
  on: Queryable,
  run: string,
  planSha256: string,
): Promise<ApprovalState | undefined> => ask(on, approvalAsked(run, planSha256));

const OFFER = `update responder.approval set callback_id = $2 where approval_id = $1 returning state`;

/** Stores the callback that wakes the run. @returns whether it was decided already */
export async function offerCallback(pool: Ledger, id: string, callbackId: string): Promise<boolean> {
  const { rows } = await pool.query<{ state: string }>(OFFER, [id, callbackId]);
  return rows[0]?.state !== 'open';
}

/** A decision made meanwhile is not overwritten. */
const CLOSE = `
update responder.approval set state = $2, decided_at = $3, decided_why = $4
where approval_id = $1 and (state = 'open' or (state = 'approved' and $2 = 'void'))`;

/** Nobody can approve any more, and earlier approvals end. @returns false when it was decided meanwhile */
export async function closeApproval(
  pool: Ledger,
  id: string,
  state: 'expired' | 'void',
  { at, why }: { at: string; why: string },
): Promise<boolean> {
  const { rowCount } = await pool.query(CLOSE, [id, state, at, why]);
  return rowCount === 1;
}

const OPEN = `
select approval_id as id, approval.plan_sha256 as "planSha256", people, expires_at as "expiresAt", shown ->> 'plan' as plan,
       (select count(*)::int from responder.approver where approver.approval_id = approval.approval_id) as given
from responder.approval join responder.run using (run_id)
where state = 'open' and expires_at > $1 and ended_at is null order by expires_at`;

export interface OpenApproval {
  readonly id: string;
  readonly planSha256: string;
  readonly people: number;
  readonly expiresAt: Date;
  /** As people were shown it. */
  readonly plan: string;
  readonly given: number;
}

export const openApprovals = (on: Queryable, now: Date): Promise<OpenApproval[]> =>
  allRows<OpenApproval>(on, OPEN, [now]);
