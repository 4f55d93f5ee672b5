import { PEOPLES_CHAIN } from '../../lambdas/record/audit-chain.ts';
import { dailyKey } from '../../lambdas/record/audit/anchor-form.ts';
import { OLDEST_ANCHOR_HOURS } from '../../lambdas/record/audit/retention.ts';
import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';
import { DAY_MS, HOUR_MS } from '../../lambdas/domain/milliseconds.ts';
import type { Daily, StoredObject } from './verify-anchors.ts';

export const SLACK_MS = OLDEST_ANCHOR_HOURS * HOUR_MS;
/** Between the reading of the heads and S3's own moment; a sweep may pass midnight. */
const WRITING_MS = HOUR_MS;

/** What no anchor holds yet: of these entries a change by a person who may change the ledger would not show. */
export interface Window {
  readonly chain: string;
  readonly entries: number;
  /** ISO 8601: of the first of them. */
  readonly since: string;
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

/** Of a gap, before the chains are read. */
export type Unanchored = Omit<Gap, 'entries' | 'order'> & {
  /** ISO 8601: when the anchor before it was taken. */
  readonly since: string;
};

/** A gap that nobody has explained. */
export const gapFaults = (gaps: readonly Gap[]): Fault[] =>
  gaps
    .filter(({ order }) => !order)
    .map(({ from, to }) => ({
      where: `anchors of ${from === to ? from : `${from} to ${to}`}`,
      what: 'there are none, and nobody has explained why',
      expected: `an anchor each day, or: npm run respond -- explain-gap ${from} ${to} --reason "…"`,
      found: 'neither',
    }));

/** What no anchor holds, and one should by now. */
export const windowFaults = (windows: readonly Window[], readAt: Date): Fault[] =>
  windows
    .filter(({ since }) => readAt.getTime() - Date.parse(since) > SLACK_MS)
    .map(({ chain, since, entries }) => ({
      where: `chain ${chain}`,
      what: `${entries === 1 ? 'an entry is' : `${entries} entries are`} in no anchor for longer than ${OLDEST_ANCHOR_HOURS} h`,
      expected: 'a daily anchor that holds its last entry',
      found: `none since ${since}`,
    }));

/** Each is written on its day and the newest is of today; what lies between two of them is a gap. */
export function* dayFaults(daily: readonly Daily[], readAt: Date): Generator<Fault> {
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
export const gapsBetween = (daily: readonly Daily[]): Unanchored[] =>
  daily.flatMap(({ day, anchor, previous }, i): Unanchored[] => {
    const before = daily[i - 1];
    const from = Date.parse(before?.day ?? day) + DAY_MS;
    if (!before || previous?.key !== before.anchor.key || from >= Date.parse(day)) return [];
    const days = { from: dayOf(from), to: dayOf(Date.parse(day) - DAY_MS) };
    return [{ ...days, since: before.anchor.modified ?? before.day, until: anchor.modified ?? day }];
  });

/** A person's order about a gap, as the audit has it. */
export interface Explanation {
  readonly days: string;
  readonly person: string;
  readonly why: string;
  readonly at: string;
}

export function explanationsIn(rows: readonly AuditRow[]): Explanation[] {
  return rows.flatMap(({ chain, kind, at, body }) => {
    if (chain !== PEOPLES_CHAIN || kind !== EXPLAINS) return [];
    const { object, person = '', why = '' } = orderIn(body);
    return [{ days: object?.id ?? '', person, why, at }];
  });
}

/** Given once the days were over, and for exactly these: no order explains what is to come. */
export function explained({ from, to }: Pick<Gap, 'from' | 'to'>, all: readonly Explanation[]): Gap['order'] {
  const found = all.find(
    ({ days, at }) => days === `${from}/${to}` && Date.parse(at) >= Date.parse(to) + DAY_MS,
  );
  return found && { person: found.person, why: found.why, at: found.at };
}

function orderIn(body: string): { object?: { id?: string }; person?: string; why?: string } {
  try {
    return JSON.parse(body) as object;
  } catch {
    // Its chain reports it.
    return {};
  }
}

/** Each anchor is locked for as long as promised, whatever the bucket's settings say today. */
export function* lockFaults(
  { key, modified, lockedUntil }: StoredObject,
  { lockedDays, readAt }: { readonly lockedDays: number; readonly readAt: Date },
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
