import { KEYS } from '../../lambdas/record/audit/anchor-form.ts';
import {
  firstBrokenLink,
  writerFault,
  type AuditRow,
  type Fault,
} from '../../lambdas/record/audit/chain-link.ts';
import { DAYS_OF_A_MONTH } from '../../lambdas/record/audit/retention.ts';
import {
  againstChain,
  readAnchors,
  trustedKeys,
  type Anchored,
  type StoredObject,
} from './verify-anchors.ts';
import { expectedFaults, gapsOf, type Gap, type Window } from './verify-expected.ts';
import { recordFaults, type RecordRows } from './verify-record.ts';
import { answersOf, endedRuns, verifyEvidence, type EvidenceRow } from './verify-evidence.ts';

/** Everything that is verified, wherever it was read. */
export interface AuditCopy {
  /** ISO 8601: when it was read. */
  readonly readAt: string;
  /** Of the anchors: their bucket's name. */
  readonly log: string;
  /** Of every chain, by chain and `seq`. */
  readonly rows: readonly AuditRow[];
  readonly anchors: readonly StoredObject[];
  readonly bodies: readonly StoredObject[];
  readonly evidence: readonly EvidenceRow[];
  /** Missing in a copy of the chains alone. */
  readonly record?: RecordRows;
}

export interface Verdict {
  /** None: everything is unchanged. */
  readonly faults: readonly Fault[];
  readonly windows: readonly Window[];
  readonly gaps: readonly Gap[];
  /** Objects among the anchors that we have not signed. */
  readonly forged: readonly string[];
  /** Whose signatures count. */
  readonly keys: readonly string[];
  /** Bodies that are gone, as they may be. */
  readonly expired: readonly string[];
  readonly counts: {
    readonly chains: number;
    readonly entries: number;
    readonly anchors: number;
    readonly bodies: number;
  };
}

/**
 * Computes every hash again from the copy alone: it asks neither the ledger nor AWS.
 * @param keptSince evidence of runs that ended before may be gone
 * @param lockedDays how long each anchor is promised to be locked
 * @param kept keys of the anchors that you have kept; by default the first that their bucket holds
 */
export function verifyAudit(
  { rows, anchors, bodies, evidence, readAt, record, log }: AuditCopy,
  keptSince: Date,
  lockedDays = 24 * DAYS_OF_A_MONTH,
  kept: readonly string[] = [],
): Verdict {
  const chains = Map.groupBy(rows, ({ chain }) => chain);
  const keys = trustedKeys(log, anchors, kept);
  const anchored = readAnchors(anchors, { log, keys });
  const ended = endedRuns(rows);
  const seen = verifyEvidence(ended, { bodies, evidence, keptSince });
  const windows = windowsOf(chains, anchored.heads);
  const expected = { anchors: anchored, chains, windows, readAt: new Date(readAt), lockedDays };
  const gaps = gapsOf(expected);
  const faults = [
    ...[...chains].flatMap(([chain, own]) => firstBrokenLink(chain, own) ?? []),
    ...oneEach(anchored.heads.flatMap((head) => againstChain(head, chains.get(head.chain)) ?? [])),
    ...rows.flatMap((row) => writerFault(row) ?? []),
    ...anchored.faults,
    ...expectedFaults(expected, gaps),
    ...seen.faults,
    ...(record ? recordFaults(rows, record, answersOf(ended, bodies)) : []),
  ];
  return {
    faults,
    expired: seen.expired,
    windows,
    gaps,
    forged: anchored.forged,
    keys,
    counts: {
      chains: chains.size,
      entries: rows.length,
      anchors: anchored.signed.filter(({ key }) => !key.startsWith(KEYS)).length,
      bodies: bodies.length,
    },
  };
}

/** A broken chain is reported once, not by every anchor that it disagrees with. */
const oneEach = (faults: readonly Fault[]): Fault[] => [
  ...new Map(faults.toReversed().map((fault) => [fault.where, fault])).values(),
];

function windowsOf(chains: ReadonlyMap<string, readonly AuditRow[]>, heads: readonly Anchored[]): Window[] {
  const last = new Map<string, number>();
  for (const { chain, seq } of heads) last.set(chain, Math.max(seq, last.get(chain) ?? 0));
  return [...chains].flatMap(([chain, rows]) => {
    const open = rows.filter(({ seq }) => seq > (last.get(chain) ?? 0));
    const [first] = open;
    return first ? [{ chain, entries: open.length, since: first.at }] : [];
  });
}
