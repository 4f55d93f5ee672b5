import { allRows, countRows, type Ledger, type Queryable } from '../platform/ledger/queryable.ts';
import { ask, type Asked } from '../platform/ledger/together.ts';

/** Writes are exclusive, reads shared. */
export interface LockSet {
  readonly writes: readonly string[];
  readonly reads: readonly string[];
}

export interface Conflict {
  readonly resource: string;
  readonly run: string;
  readonly leasedUntil: string;
}

/** Claims are few and quick: one at a time, so that limits and locks are checked and taken together. */
export const ONE_CLAIM_AT_A_TIME = `select pg_advisory_xact_lock(7301995)`;

const wanted = (writes: string, reads: string): string => `
wanted as (select resource, 'write' as mode from unnest(${writes}::text[]) resource
           union all select resource, 'read' from unnest(${reads}::text[]) resource)`;
const WANTED = wanted('$2', '$3');

/** The same thing, or one a part of the other: see `domain/lock-names.ts`. */
const OVERLAP = `
(starts_with(lock.resource || '/', wanted.resource || '/') or starts_with(wanted.resource || '/', lock.resource || '/'))
and (lock.mode = 'write' or wanted.mode = 'write')`;

const CONFLICTS = `
with ${WANTED}
select lock.resource, lock.run_id as run, lock.leased_until as "leasedUntil"
from responder.lock join wanted on ${OVERLAP}
where lock.run_id <> $1 and released_at is null and leased_until > $4::timestamptz
order by lock.run_id, lock.resource limit 10`;

type ConflictRow = Omit<Conflict, 'leasedUntil'> & { readonly leasedUntil: Date | string };

/** Who holds what the run wants, now. */
export const conflictsOf = (
  run: string,
  { writes, reads }: LockSet,
  now: string,
): Asked<readonly Conflict[]> => ({
  sql: CONFLICTS,
  values: [run, writes, reads, now],
  read: (rows: readonly ConflictRow[]) =>
    rows.map((row) => ({ ...row, leasedUntil: new Date(row.leasedUntil).toISOString() })),
});

/**
 * Somebody changed what this run wants since it probed: its decision is outdated. If a lock was
 * released in the very millisecond of the probe, the order is unknown: it counts, unless the run came
 * on record no earlier than that, and so probed after it. A lease ends before the millisecond it names.
 */
const CHANGED_SINCE = `
with ${WANTED}
select lock.run_id as run from responder.lock join wanted on ${OVERLAP}
where lock.run_id <> $1 and lock.mode = 'write' and coalesce(released_at, leased_until) >= $4::timestamptz
  and (coalesce(released_at, leased_until) > $4::timestamptz
  or (released_at = $4::timestamptz
      and not exists (select from responder.run mine where mine.run_id = $1 and mine.opened_at >= $4::timestamptz)))
order by coalesce(released_at, leased_until) desc limit 1`;

export const changedSince = (
  run: string,
  { writes, reads }: LockSet,
  lookedAt: string,
): Asked<string | undefined> => ({
  sql: CHANGED_SINCE,
  values: [run, writes, reads, lookedAt],
  read: ([row]: readonly { readonly run: string }[]) => row?.run,
});

/**
 * Takes the set for the run that `claimed` gives a fence: only after `conflictsOf` found nobody, in the same transaction.
 * Repeatable. Expired leases end: the former holder has an older fence, and is refused wherever it still acts.
 */
export const taking = (of: Readonly<Record<'writes' | 'reads' | 'now' | 'leasedUntil', string>>): string => `
${wanted(of.writes, of.reads)},
over as (
  update responder.lock set released_at = ${of.now}::timestamptz from wanted
  where ${OVERLAP} and lock.run_id <> $1 and released_at is null and leased_until <= ${of.now}::timestamptz
  returning lock.run_id),
overtaken as (
  update responder.run set acting = false where run_id in (select run_id from over) and acting),
taken as (
  insert into responder.lock (resource, mode, run_id, fence, leased_until)
  select resource, max(mode), $1, claimed.fence, ${of.leasedUntil}::timestamptz from wanted, claimed
  group by resource, claimed.fence
  on conflict (resource, run_id) do nothing)`;

/** The lease was given up or has expired: the run holds nothing. */
const HOLDS = `
select true as holds from responder.run
where run_id = $1 and acting and fence = $2::bigint and ended_at is null and not exists (
  select from responder.lock where lock.run_id = run.run_id and (released_at is not null or leased_until <= $3::timestamptz))`;

/** Whether the run still holds all its locks, with this fence. */
export const holdsAsked = (run: string, fence: string, now: string): Asked<boolean> => ({
  sql: HOLDS,
  values: [run, fence, now],
  read: (rows) => rows.length === 1,
});

export const holdsLocks = (on: Queryable, run: string, fence: string, now: string): Promise<boolean> =>
  ask(on, holdsAsked(run, fence, now));

const RENEW = `
update responder.lock set leased_until = $4::timestamptz
where run_id = $1 and fence = $2::bigint and released_at is null and leased_until > $3::timestamptz and leased_until < $5::timestamptz`;

/** Renews the lease if it ends before `needed`. @returns whether anything was written */
export async function renewLocks(
  pool: Ledger,
  run: string,
  { fence, now, needed, leasedUntil }: { fence: string; now: string; needed: string; leasedUntil: string },
): Promise<boolean> {
  return (await countRows(pool, RENEW, [run, fence, now, leasedUntil, needed])) > 0;
}

export const RELEASE = `
update responder.lock set released_at = $2::timestamptz where run_id = $1 and released_at is null`;

const HELD = `
select resource, mode, run_id as run, leased_until as "leasedUntil" from responder.lock
where released_at is null and leased_until > $1 order by resource`;

export interface HeldLock {
  readonly resource: string;
  readonly mode: 'write' | 'read';
  readonly run: string;
  readonly leasedUntil: Date;
}

export const heldLocks = (on: Queryable, now: Date): Promise<HeldLock[]> =>
  allRows<HeldLock>(on, HELD, [now]);
