import { dailyKey, DAILY } from '../../lambdas/record/audit/anchor-form.ts';
import { OLDEST_ANCHOR_HOURS } from '../../lambdas/record/audit/retention.ts';
import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';
import { DAY_MS, HOUR_MS } from '../../lambdas/domain/milliseconds.ts';
import type { Anchored, StoredObject } from './verify-anchors.ts';

const SLACK_MS = OLDEST_ANCHOR_HOURS * HOUR_MS;
/** Between the reading of the heads and S3's own moment; a sweep may pass midnight. */
const WRITING_MS = HOUR_MS;

/** What no anchor holds yet: of these entries a change by a person who may change the ledger would not show. */
export interface Window {
  readonly chain: string;
  readonly entries: number;
  /** ISO 8601: of the first of them. */
  readonly since: string;
}

export interface Expected {
  readonly anchors: readonly StoredObject[];
  readonly heads: readonly Anchored[];
  readonly chains: ReadonlyMap<string, readonly AuditRow[]>;
  readonly windows: readonly Window[];
  readonly readAt: Date;
  readonly lockedDays: number;
}

/** What should be there: a missing anchor protects nothing, and changes no hash. */
export function* expectedFaults(expected: Expected): Generator<Fault> {
  const { anchors, readAt, windows } = expected;
  const days = anchors.flatMap((anchor) => dayOf(anchor) ?? []);
  yield* dayFaults(days, readAt);
  for (const { day, anchor } of days) yield* headFaults(day, anchor, expected);
  for (const anchor of anchors) yield* lockFaults(anchor, expected);
  for (const { chain, since, entries } of windows)
    if (readAt.getTime() - Date.parse(since) > SLACK_MS)
      yield {
        where: `chain ${chain}`,
        what: `${entries === 1 ? 'an entry is' : `${entries} entries are`} in no anchor for longer than ${OLDEST_ANCHOR_HOURS} h`,
        expected: 'a daily anchor that holds its last entry',
        found: `none since ${since}`,
      };
}

interface Day {
  readonly day: string;
  readonly anchor: StoredObject;
}

function dayOf(anchor: StoredObject): Day | undefined {
  if (!anchor.key.startsWith(DAILY) || !anchor.key.endsWith('.json')) return undefined;
  const day = anchor.key.slice(DAILY.length, -'.json'.length);
  return Number.isNaN(Date.parse(day)) ? undefined : { day, anchor };
}

/** Each day from the first to today has its anchor, written on that day; the future has none. */
function* dayFaults(days: readonly Day[], readAt: Date): Generator<Fault> {
  const there = new Map(days.map((one) => [one.day, one]));
  for (const { day, anchor } of days) {
    const from = Date.parse(day);
    const where = `anchor ${anchor.key}`;
    if (from > readAt.getTime()) yield { where, what: 'its day has not come' };
    else if (anchor.modified !== undefined) {
      const written = Date.parse(anchor.modified);
      if (written < from - WRITING_MS || written > from + DAY_MS + WRITING_MS)
        yield { where, what: 'it was not written on its day', expected: day, found: anchor.modified };
    }
  }
  const [first] = [...there.keys()].sort();
  if (first === undefined) return;
  for (let at = Date.parse(first); at + SLACK_MS - DAY_MS < readAt.getTime(); at += DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (!there.has(day))
      yield { where: `anchor ${dailyKey(day)}`, what: 'the day has none', expected: 'one a day' };
  }
}

/** A daily anchor holds every chain, with all that is a day older than it. */
function* headFaults(
  day: string,
  { key, modified }: StoredObject,
  { heads, chains }: Expected,
): Generator<Fault> {
  const until = (modified === undefined ? Date.parse(day) : Date.parse(modified)) - SLACK_MS;
  const held = new Map(heads.filter(({ by }) => by === key).map(({ chain, seq }) => [chain, seq]));
  for (const [chain, rows] of chains) {
    const last = rows.findLast(({ at }) => Date.parse(at) < until);
    const seq = held.get(chain);
    if (!last || (seq !== undefined && seq >= last.seq)) continue;
    yield {
      where: `anchor ${key}`,
      what: `it leaves out what chain ${chain} held then`,
      expected: `entry ${last.seq} of ${last.at}`,
      found: seq === undefined ? 'nothing of the chain' : `entry ${seq}`,
    };
  }
}

/** Each anchor is locked for as long as promised, whatever the bucket's settings say today. */
function* lockFaults(
  { key, modified, lockedUntil }: StoredObject,
  { lockedDays, readAt }: Expected,
): Generator<Fault> {
  if (modified === undefined) return;
  // A second is S3's own precision.
  const promised = Date.parse(modified) + lockedDays * DAY_MS - 1_000;
  if (promised < readAt.getTime()) return;
  if (lockedUntil === undefined || lockedUntil === null || Date.parse(lockedUntil) < promised)
    yield {
      where: `anchor ${key}`,
      what: 'it is not locked for as long as promised',
      expected: new Date(promised).toISOString(),
      found: lockedUntil ?? 'no lock',
    };
}
