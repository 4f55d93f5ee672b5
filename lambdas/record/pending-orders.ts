import type { Trust } from '../domain/limits.ts';
import { allRows, firstRow, type Queryable } from '../platform/ledger/queryable.ts';
import { storableText } from './storable.ts';

/** An order that lets the machine do more than before. `scope` is a playbook or `all`. */
export type Raise =
  | { readonly action: 'trust'; readonly scope: string; readonly trust: Trust }
  | { readonly action: 'resume'; readonly scope: string }
  | { readonly action: 'reset'; readonly scope: string };

/** Waits for a second person. */
export type PendingOrder = Raise & {
  readonly id: string;
  readonly person: string;
  readonly reason: string;
  readonly expiresAt: Date;
};

interface Row {
  readonly id: string;
  readonly action: Raise['action'];
  readonly scope: string;
  readonly trust: Trust | null;
  readonly person: string;
  readonly reason: string;
  readonly expiresAt: Date;
}

const COLUMNS = `order_id as id, action, scope, trust, person, reason, expires_at as "expiresAt"`;

const pendingOf = ({ action, trust, ...row }: Row): PendingOrder =>
  action === 'trust' ? { ...row, action, trust: trust ?? 'shadow' } : { ...row, action };

const PUT = `
insert into responder.pending_order (order_id, action, scope, trust, person, caller_arn, reason, at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

export async function putPendingOrder(
  on: Queryable,
  order: PendingOrder,
  { arn, at }: { arn: string; at: Date },
): Promise<void> {
  const { id, action, scope, person, reason, expiresAt } = order;
  const trust = order.action === 'trust' ? order.trust : null;
  await on.query(PUT, [id, action, scope, trust, person, arn, storableText(reason), at, expiresAt]);
}

/** Those that a second person may confirm now, oldest first. */
export const openPendingOrders = async (on: Queryable, now: Date): Promise<PendingOrder[]> =>
  (
    await allRows<Row>(
      on,
      `select ${COLUMNS} from responder.pending_order where closed_at is null and expires_at > $1 order by at`,
      [now],
    )
  ).map(pendingOf);

const TAKE = `
select ${COLUMNS}, closed_at as "closedAt", closed_by as "closedBy", void_why as "voidWhy"
from responder.pending_order where order_id = $1 for update`;

type Closable = Row & {
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
  readonly voidWhy: string | null;
};

/**
 * Holds the order until the transaction ends.
 * @returns why that person cannot confirm it, if so
 */
export async function takePendingOrder(
  on: Queryable,
  id: string,
  { person, now }: { person: string; now: Date },
): Promise<PendingOrder | { readonly no: string }> {
  const row = await firstRow<Closable>(on, TAKE, [id]);
  if (!row) return { no: 'there is no such order; `list` shows those that wait for a second person' };
  const { closedAt, closedBy, voidWhy, ...open } = row;
  if (voidWhy !== null) return { no: `it is void: ${voidWhy}` };
  if (closedAt) return { no: `${closedBy} has confirmed it already` };
  if (open.expiresAt <= now) return { no: 'it has expired; give the order again' };
  if (open.person === person) return { no: `${person} has given the order; another person must confirm it` };
  return pendingOf(open);
}

const CLOSE = `
update responder.pending_order set closed_at = $2, closed_by = $3, void_why = $4 where order_id = $1`;

/** By the person who has confirmed it; by nobody if it became void before anybody did. */
export async function closePendingOrder(
  on: Queryable,
  id: string,
  at: Date,
  how: { readonly by: string } | { readonly void: string },
): Promise<void> {
  await on.query(CLOSE, [id, at, 'by' in how ? how.by : null, 'void' in how ? storableText(how.void) : null]);
}
