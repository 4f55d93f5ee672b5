import { randomUUID } from 'node:crypto';
import { allRows, type Queryable } from '../platform/ledger/queryable.ts';
import type { Raise } from './pending-orders.ts';
import { storableText } from './storable.ts';

/** What everybody who may approve is notified of: who has ordered what. */
export interface Announcement {
  readonly says: string;
  readonly reason: string;
  /** What to type, if somebody is to do something. */
  readonly command: string | null;
}

const PUT = `
insert into responder.announcement (announcement_id, action, scope, at, awaited, says, reason, command)
values ($1, $2, $3, $4, $5, $6, $7, $8)`;

/**
 * In the order's transaction, so that none is announced that does not stand, and none stands that
 * nobody announces.
 * @param order `at`: of its entry in the audit; `awaited`: it takes effect once this is sent
 */
export async function putAnnouncement(
  on: Queryable,
  { says, reason, command }: Announcement,
  {
    raise,
    at,
    awaited,
  }: { readonly raise: Pick<Raise, 'action' | 'scope'>; readonly at: string; readonly awaited: boolean },
): Promise<void> {
  await on.query(PUT, [
    randomUUID(),
    raise.action,
    raise.scope,
    at,
    awaited,
    says,
    storableText(reason),
    command,
  ]);
}

const UNSENT = `
select announcement_id as id, says, reason, command from responder.announcement where sent_at is null order by at`;

/** Oldest first. */
export const unsentAnnouncements = (on: Queryable): Promise<(Announcement & { readonly id: string })[]> =>
  allRows(on, UNSENT);

const SENT = `update responder.announcement set sent_at = $2 where announcement_id = $1 and sent_at is null`;

export async function markAnnounced(on: Queryable, id: string, at: Date): Promise<void> {
  await on.query(SENT, [id, at]);
}

const WAITING = 'from responder.announcement where awaited and sent_at is null';

/** Whether the scope is ordered to do more, and people are not notified of it yet: until then it does not. */
export const orderWaits = (action: Raise['action'], scope: string): string =>
  `exists (select ${WAITING} and action = '${action}' and announcement.scope = ${scope})`;

/** For entries of the audit: those whose order is not in effect yet, because people are not notified of it. */
export const UNANNOUNCED = `
  exists (select ${WAITING} and audit.kind = 'responder.' || announcement.action
          and audit.body::jsonb #>> '{object,id}' = announcement.scope and audit.at = announcement.at)`;
