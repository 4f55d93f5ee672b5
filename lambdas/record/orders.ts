import { oneLine } from '../domain/foreign-text.ts';
import { countRows, firstRow, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { appendAudit, PEOPLES_CHAIN } from './audit-chain.ts';
import type { Caller } from '../domain/run-request.ts';
import { transaction } from '../platform/ledger/transaction.ts';
import type { Trust } from '../domain/limits.ts';
import { storableJson, storableText } from './storable.ts';

/** A person's command, for the audit (rule 6): who, what, on what, why. */
export interface Order {
  readonly caller: Caller;
  readonly action: string;
  readonly object: { readonly type: string; readonly id: string };
  /** ISO 8601. */
  readonly at: string;
  readonly why: string;
  /** Of an order about trust: the level. */
  readonly trust?: Trust;
  /** Repeated commands share one event. */
  readonly once?: boolean;
}

const AUDIT = `
insert into audit_event (event_id, occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
values (case when $7 then md5($3::text || '/' || $5::text)::uuid else gen_random_uuid() end,
        $1, 'operator_user', $2, $3, $4, $5, $6)
on conflict (event_id) do nothing
returning event_id as event`;

/** In the domain's audit trail and on the responder's chain, in the command's transaction. */
export async function auditOrder(
  client: Queryable,
  { caller: { person, arn }, action, object, at, why, trust, once = false }: Order,
): Promise<void> {
  const metadata = storableJson({ caller: arn, why });
  const values = [at, person, action, object.type, object.id, metadata, once];
  const event = (await firstRow<{ event: string }>(client, AUDIT, values))?.event;
  if (event === undefined) return;
  await appendAudit(client, {
    chain: await chainOf(client, object),
    key: `${action}/${event}`,
    at,
    kind: action,
    body: { person, caller: arn, object, why, event, ...(trust && { trust }) },
  });
}

/**
 * A refused command: the sender according to STS, and who they claim to be. One entry an hour for each
 * sender and command, so that nobody can fill the audit.
 */
export function auditRefusal(
  pool: Queryable,
  {
    command,
    arn,
    says,
    at,
  }: { command: string; arn: string | undefined; says: string | undefined; at: Date },
): Promise<void> {
  const hour = at.toISOString().slice(0, 13);
  return appendAudit(pool, {
    chain: PEOPLES_CHAIN,
    key: `responder.refused/${arn ?? 'unproven'}/${command}/${hour}`,
    at: at.toISOString(),
    kind: 'responder.refused',
    body: { command, caller: arn ?? null, says: says?.slice(0, 256) ?? null },
  });
}

/**
 * An order that its executor refuses, from any sender. One entry an hour for each executor: its dead letters keep
 * them all.
 */
export const auditRefusedOrder = (
  pool: Queryable,
  {
    executor,
    id,
    fault,
    at,
  }: { executor: 'run' | 'rehearsal' | 'episode'; id: string; fault: string; at: Date },
): Promise<void> =>
  appendAudit(pool, {
    chain: PEOPLES_CHAIN,
    key: `order.refused/${executor}/${at.toISOString().slice(0, 13)}`,
    at: at.toISOString(),
    kind: 'order.refused',
    body: { executor, id: oneLine(id, 100), fault: oneLine(fault, 500) },
  });

const INCIDENT_OF_APPROVAL = `
select incident_id as incident from responder.approval join responder.run using (run_id) where approval_id = $1`;

/** A command about an incident or its run's plan belongs to the incident. */
async function chainOf(client: Queryable, { type, id }: Order['object']): Promise<string> {
  if (type === 'incident') return id;
  if (type !== 'approval') return PEOPLES_CHAIN;
  return (
    (await firstRow<{ incident: string }>(client, INCIDENT_OF_APPROVAL, [id]))?.incident ?? PEOPLES_CHAIN
  );
}

/** Before the run is started: nothing begins that is not in the audit. */
export const auditRun = (
  pool: Ledger,
  order: { caller: Caller; action: string; run: string; at: string; why: string },
): Promise<void> => {
  const { run, ...rest } = order;
  return transaction(pool, (client) =>
    auditOrder(client, { ...rest, object: { type: 'run', id: run }, once: true }),
  );
};

const ORDERED = `
select from responder.audit
where chain = '${PEOPLES_CHAIN}' and kind like 'responder.%' and body::jsonb #>> '{object,id}' = $1
  and body::jsonb @> jsonb_build_object('person', $2::text, 'caller', $3::text, 'object', jsonb_build_object('type', 'run'))
limit 1`;

/** Whether that person's command to start the run is in the audit, which only the function that proves people adds it to. */
export async function wasOrdered(pool: Ledger, run: string, { person, arn }: Caller): Promise<boolean> {
  return (await countRows(pool, ORDERED, [run, person, arn])) === 1;
}

const SWITCH = `
insert into responder.switch (scope, paused, since, by, reason) values ($1, $2, $3, $4, $5)
on conflict (scope) do update set paused = excluded.paused, since = excluded.since, by = excluded.by, reason = excluded.reason
where switch.paused <> excluded.paused`;

/** Whether a statement that changed one row did so; then the order is audited in the same transaction. */
async function ordered(
  on: Queryable,
  order: Order,
  sql: string,
  values: readonly unknown[],
): Promise<boolean> {
  const did = (await countRows(on, sql, values)) === 1;
  if (did) await auditOrder(on, order);
  return did;
}

/** In a transaction. @returns false when it stood so before: who did it first stays on record */
export const putSwitch = (
  on: Queryable,
  order: Order,
  { scope, paused }: { scope: string; paused: boolean },
): Promise<boolean> =>
  ordered(on, order, SWITCH, [scope, paused, order.at, order.caller.person, storableText(order.why)]);

const RESET = `
update responder.standing set breaker_since = null, breaker_why = null, reset_at = $2, reset_by = $3
where playbook = $1 and breaker_since is not null`;

/** In a transaction. Closes the breaker; what was in a row before counts no more. @returns false when it is not open */
export const closeBreaker = (on: Queryable, playbook: string, order: Order): Promise<boolean> =>
  ordered(on, order, RESET, [playbook, order.at, order.caller.person]);

const TRUST = `
insert into responder.standing (playbook, trust, trust_since, trust_by) values ($1, $2, $3, $4)
on conflict (playbook) do update
set trust = excluded.trust, trust_since = excluded.trust_since, trust_by = excluded.trust_by
where standing.breaker_since is null`;

/** In a transaction. @returns false while the breaker is open: first a person has to have looked at it */
export const putTrust = (on: Queryable, playbook: string, trust: Trust, order: Order): Promise<boolean> =>
  ordered(on, order, TRUST, [playbook, trust, order.at, order.caller.person]);
