import { firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import { auditOrder, type Order } from './orders.ts';
import { storableText } from './storable.ts';

/** The result of a person's decision on a plan. */
export type Approving =
  | {
      readonly done: true;
      readonly state: 'open' | 'approved' | 'refused';
      readonly people: number;
      readonly given: number;
      readonly callbackId: string | null;
    }
  | {
      readonly done: false;
      readonly why: string;
      /** Decided; this wakes the run, in case the person who decided did not get that far. */
      readonly callbackId: string | null;
    };

interface Asked {
  readonly state: string;
  readonly plan: string;
  readonly people: number;
  readonly requester: string | null;
  readonly expires: Date;
  readonly callback: string | null;
  readonly ended: boolean;
}

const ASKED = `
select state, approval.plan_sha256 as plan, people, requester, expires_at as expires, callback_id as callback,
       run.ended_at is not null as ended
from responder.approval join responder.run using (run_id) where approval_id = $1 for update of approval`;

const GIVEN = `select person from responder.approver where approval_id = $1 order by at`;

const DECIDE = `
update responder.approval set state = $2, decided_at = $3, decided_why = $4 where approval_id = $1`;

const no = (why: string, callbackId: string | null = null): Approving => ({ done: false, why, callbackId });

/** The shortest accepted part of a plan's hash. */
export const SHORTEST_PREFIX = 8;

/** One person's approval of one plan. All that voids it is checked under the row's lock. */
export function approve(pool: Ledger, id: string, plan: string, order: Order): Promise<Approving> {
  return transaction(pool, async (client): Promise<Approving> => {
    const found = await asked(client, id, order);
    if ('done' in found) return found;
    const { person, arn } = order.caller;
    if (plan.length < SHORTEST_PREFIX || !found.plan.startsWith(plan.toLowerCase()))
      return no(
        `its plan is ${found.plan.slice(0, 12)}…, not ${plan}; look at it again, and approve of what it is now`,
      );
    if (found.requester === person)
      return no(`${person} has requested this run; somebody else must approve of its plan`);
    const given = (await client.query<{ person: string }>(GIVEN, [id])).rows.map((row) => row.person);
    if (given.includes(person))
      return no(
        `${person} has approved already (${given.length} of ${found.people}); another person is needed`,
      );
    await client.query(
      'insert into responder.approver (approval_id, person, caller_arn, at) values ($1, $2, $3, $4)',
      [id, person, arn, order.at],
    );
    const count = given.length + 1;
    const state = count >= found.people ? 'approved' : 'open';
    if (state === 'approved') {
      await client.query(DECIDE, [id, state, order.at, `approved by ${[...given, person].join(' and ')}`]);
    }
    await auditOrder(client, order);
    return { done: true, state, people: found.people, given: count, callbackId: found.callback };
  });
}

/** One person's refusal ends it. */
export function refuse(pool: Ledger, id: string, order: Order): Promise<Approving> {
  return transaction(pool, async (client): Promise<Approving> => {
    const found = await asked(client, id, order);
    if ('done' in found) return found;
    const why = storableText(`${order.caller.person}: ${order.why}`);
    await client.query(DECIDE, [id, 'refused', order.at, why]);
    await auditOrder(client, order);
    return { done: true, state: 'refused', people: found.people, given: 0, callbackId: found.callback };
  });
}

async function asked(client: Queryable, id: string, { at }: Order): Promise<Asked | Approving> {
  const found = await firstRow<Asked>(client, ASKED, [id]);
  if (!found) return no(`there is no request "${id}"; \`npm run respond -- list\` shows those that are open`);
  if (found.ended) return no(`its run has ended, and it is ${found.state}`);
  if (found.state !== 'open') return no(`it is ${found.state} already`, found.callback);
  if (found.expires.getTime() <= Date.parse(at)) return no(`it expired at ${found.expires.toISOString()}`);
  return found;
}
