import { PEOPLES_CHAIN } from '../../lambdas/record/audit-chain.ts';
import { dailyKey } from '../../lambdas/record/audit/anchor-form.ts';
import { OLDEST_ANCHOR_HOURS } from '../../lambdas/record/audit/retention.ts';
import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';
import { DAY_MS, HOUR_MS } from '../../lambdas/domain/milliseconds.ts';
import type { ReadAnchors, StoredObject } from './verify-anchors.ts';

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
  readonly anchors: ReadAnchors;
  readonly chains: ReadonlyMap<string, readonly AuditRow[]>;
  readonly windows: readonly Window[];
  readonly readAt: Date;
  readonly lockedDays: number;
}

/** Days without an anchor that the next anchor itself leaves out: nothing that was anchored is missing. */
export interface Gap {
  /** `YYYY-MM-DD`, the first of them and the last. */
  readonly from: string;
  readonly to: string;
  /** ISO 8601: when the audit was anchored again. */
  readonly until: string;
  /** Entries of the time that no anchor held until then. */
  readonly entries: number;
  /** Of the person who has explained it. */
  readonly order?: { readonly person: string; readonly why: string; readonly at: string };
}

/** What should be there: a missing anchor protects nothing, and changes no hash. */
export function* expectedFaults(expected: Expected, gaps: readonly Gap[]): Generator<Fault> {
  const { anchors, readAt, windows } = expected;
  yield* dayFaults(anchors.daily, readAt);
  for (const { from, to, order } of gaps)
    if (!order)
      yield {
        where: `anchors of ${from === to ? from : `${from} to ${to}`}`,
        what: 'there are none, and nobody has explained why',
        expected: `an anchor each day, or: npm run respond -- explain-gap ${from} ${to} --reason "…"`,
        found: 'neither',
      };
  for (const { day, anchor } of anchors.daily) yield* headFaults(day, anchor, expected);
  for (const anchor of anchors.signed) yield* lockFaults(anchor, expected);
  for (const { chain, since, entries } of windows)
    if (readAt.getTime() - Date.parse(since) > SLACK_MS)
      yield {
        where: `chain ${chain}`,
        what: `${entries === 1 ? 'an entry is' : `${entries} entries are`} in no anchor for longer than ${OLDEST_ANCHOR_HOURS} h`,
        expected: 'a daily anchor that holds its last entry',
        found: `none since ${since}`,
      };
}

/** Each is written on its day and the newest is of today; what lies between two of them is a gap. */
function* dayFaults(daily: ReadAnchors['daily'], readAt: Date): Generator<Fault> {
  for (const { day, anchor } of daily) {
    const from = Date.parse(day);
    const where = `anchor ${anchor.key}`;
    if (from > readAt.getTime()) yield { where, what: 'its day has not come' };
    else if (anchor.modified !== undefined) {
      const written = Date.parse(anchor.modified);
      if (written < from - WRITING_MS || written > from + DAY_MS + WRITING_MS)
        yield { where, what: 'it was not written on its day', expected: day, found: anchor.modified };
    }
  }
  const newest = daily.at(-1)?.day;
  if (newest === undefined) return;
  for (let at = Date.parse(newest) + DAY_MS; at + SLACK_MS - DAY_MS < readAt.getTime(); at += DAY_MS)
    yield {
      where: `anchor ${dailyKey(dayOf(at))}`,
      what: 'the day has none',
      expected: 'one a day: see why the sweep fails',
    };
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The kind of a person's order that explains a gap; its object names the first and the last day. */
const EXPLAINS = 'responder.explain-gap';

/**
 * A gap counts only between two anchors of which the second, signed, names the first as the one before it. So nobody
 * passes an anchor that was there off as one, and only the time until the second was ever unprotected.
 */
export function gapsOf({ anchors: { daily, heads, signed }, chains }: Expected): Gap[] {
  const taken = new Map(signed.map(({ key, modified }) => [key, modified]));
  return daily.flatMap(({ day, anchor, previous }, i): Gap[] => {
    const before = daily[i - 1];
    const from = Date.parse(before?.day ?? day) + DAY_MS;
    if (!before || previous?.key !== before.anchor.key || from >= Date.parse(day)) return [];
    const [since, until] = [before, { day, anchor }].map((one) => one.anchor.modified ?? one.day);
    if (since === undefined || until === undefined) return [];
    const held = new Map<string, number>();
    for (const { chain, seq, by } of heads)
      if ((taken.get(by) ?? '') < until) held.set(chain, Math.max(seq, held.get(chain) ?? 0));
    const entries = [...chains.values()]
      .flat()
      .filter(({ chain, seq, at }) => at >= since && at < until && seq > (held.get(chain) ?? 0)).length;
    const days = { from: dayOf(from), to: dayOf(Date.parse(day) - DAY_MS) };
    const order = explanation(chains.get(PEOPLES_CHAIN) ?? [], days);
    return [{ ...days, until, entries, ...(order && { order }) }];
  });
}

/** Given once the days were over, and for exactly these: no order explains what is to come. */
function explanation(
  rows: readonly AuditRow[],
  { from, to }: { readonly from: string; readonly to: string },
): Gap['order'] {
  for (const { kind, at, body } of rows) {
    if (kind !== EXPLAINS || Date.parse(at) < Date.parse(to) + DAY_MS) continue;
    const { object, person = '', why = '' } = orderIn(body);
    if (object?.id === `${from}/${to}`) return { person, why, at };
  }
  return undefined;
}

function orderIn(body: string): { object?: { id?: string }; person?: string; why?: string } {
  try {
    return JSON.parse(body) as object;
  } catch {
    // Its chain reports it.
    return {};
  }
}

/** A daily anchor holds every chain, with all that is a day older than it. */
function* headFaults(
  day: string,
  { key, modified }: StoredObject,
  { anchors: { heads }, chains }: Expected,
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
