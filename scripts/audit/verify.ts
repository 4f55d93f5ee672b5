import { PEOPLES_CHAIN } from '../../lambdas/record/audit-chain.ts';
import { headLine, MerkleTree } from '../../lambdas/record/audit/anchor-form.ts';
import type { AuditRow, Fault } from '../../lambdas/record/audit/chain-link.ts';
import { DAYS_OF_A_MONTH } from '../../lambdas/record/audit/retention.ts';
import { byteOrder } from './sorted-lines.ts';
import {
  AnchorReader,
  previousFaults,
  trustedKeys,
  type Anchored,
  type StoredObject,
  type Trusted,
} from './verify-anchors.ts';
import { ChainCheck, daysOf, type Days } from './verify-chain.ts';
import {
  dayFaults,
  explained,
  explanationsIn,
  gapFaults,
  lockFaults,
  windowFaults,
  type Explanation,
  type Gap,
  type Window,
} from './verify-expected.ts';
import { RecordCheck, type RecordRows } from './verify-record.ts';
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
  /** The first of them, and how many more there are. */
  readonly windows: readonly Window[];
  readonly moreWindows: number;
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

/** What a check is given before it begins. */
export interface CheckOptions extends Trusted {
  readonly readAt: Date;
  /** Evidence of runs that ended before may be gone. */
  readonly keptSince: Date;
  /** How long each anchor is promised to be locked. */
  readonly lockedDays: number;
}

/** What lies beside entries of the audit. */
export interface Beside {
  readonly bodies: readonly StoredObject[];
  readonly evidence: readonly EvidenceRow[];
  readonly record?: RecordRows;
}

const KINDS = [
  'links',
  'anchored',
  'writers',
  'anchors',
  'locks',
  'leftOut',
  'windows',
  'evidence',
  'record',
] as const;
/** Of each kind: a ledger of another product has a fault in each entry. */
const MOST_FAULTS = 1_000;

/**
 * Computes every hash again: first it takes the anchors, then the chains by the bytes of their names, each whole or in parts.
 * What it keeps does not grow with the audit, but for the heads that anchors list, which lie in a file.
 */
export class AuditCheck {
  readonly #anchors: AnchorReader;
  readonly #record = new RecordCheck();
  readonly #faults = Object.fromEntries(KINDS.map((kind) => [kind, [] as Fault[]])) as Record<
    (typeof KINDS)[number],
    Fault[]
  >;
  #more = 0;
  #days: Days | undefined;
  #held: Iterator<readonly [string, readonly Anchored[]]> | undefined;
  #next: readonly [string, readonly Anchored[]] | undefined;
  #chain: ChainCheck | undefined;
  readonly #all = new MerkleTree();
  #isWhole = true;
  readonly #windows: Window[] = [];
  #inGaps: number[] = [];
  readonly #explanations: Explanation[] = [];
  readonly #expired: string[] = [];
  readonly #counts = { chains: 0, entries: 0, bodies: 0, windows: 0 };

  readonly #options: CheckOptions;

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#anchors = new AnchorReader(options);
  }

  #add(kind: (typeof KINDS)[number], faults: Iterable<Fault>): void {
    for (const fault of faults)
      if (this.#faults[kind].length < MOST_FAULTS) this.#faults[kind].push(fault);
      else this.#more++;
  }

  /** Before the first chain. */
  anchor(object: StoredObject): void {
    if (this.#anchors.read(object)) this.#add('locks', lockFaults(object, this.#options));
  }

  /** Entries of a chain by `seq`, after those of the chains before it and after its own before these. */
  entries(chain: string, rows: readonly AuditRow[]): void {
    if (this.#chain?.chain !== chain) {
      this.#endChain();
      this.#vanishedBefore(byteOrder(chain));
      const [name, heads] = this.#next ?? ['', []];
      if (name === chain) this.#advance();
      this.#chain = new ChainCheck(chain, name === chain ? heads : [], this.days);
      this.#counts.chains++;
    }
    this.#chain.add(rows);
    this.#counts.entries += rows.length;
    if (chain === PEOPLES_CHAIN) this.#explanations.push(...explanationsIn(rows));
  }

  /** What lies beside these entries. */
  beside(rows: readonly AuditRow[], { bodies, evidence, record }: Beside): void {
    const ended = endedRuns(rows);
    const seen = verifyEvidence(ended, { bodies, evidence, keptSince: this.#options.keptSince });
    this.#add('evidence', seen.faults);
    this.#expired.push(...seen.expired);
    this.#counts.bodies += bodies.length;
    if (record) this.#add('record', this.#record.add(rows, record, answersOf(ended, bodies)));
  }

  /** After all that lies beside a chain. */
  endBeside(): void {
    this.#add('record', this.#record.end());
  }

  get days(): Days {
    if (this.#days) return this.#days;
    const { daily } = this.#anchors;
    const faults = previousFaults(daily);
    this.#add('anchors', faults);
    this.#isWhole = faults.length === 0;
    this.#days = daysOf(daily);
    this.#inGaps = this.#days.gaps.map(() => 0);
    this.#held = this.#anchors.chains();
    this.#advance();
    return this.#days;
  }

  #advance(): void {
    const next = this.#held?.next();
    this.#next = next?.done === false ? next.value : undefined;
  }

  /** Chains that anchors hold and that have no entry at all. */
  #vanishedBefore(name?: string): void {
    for (const { days } = this; this.#next && (name === undefined || byteOrder(this.#next[0]) < name);) {
      this.#chain = new ChainCheck(...this.#next, days);
      this.#advance();
      this.#endChain();
    }
  }

  #endChain(): void {
    const chain = this.#chain;
    if (!chain) return;
    this.#chain = undefined;
    this.#add('links', chain.links);
    this.#add('anchored', oneEach([...chain.anchored, ...chain.missing()]));
    this.#add('writers', chain.writers);
    this.#add('leftOut', chain.leftOut());
    if (chain.window) {
      this.#add('windows', windowFaults([chain.window], this.#options.readAt));
      if (this.#windows.length < MOST_FAULTS) this.#windows.push(chain.window);
      this.#counts.windows++;
    }
    this.#inGaps = this.#inGaps.map((entries, i) => entries + (chain.inGaps[i] ?? 0));
    const head = chain.headThen();
    if (head) this.#all.add(headLine(head));
  }

  /** The newest daily anchor signs the heads of all chains, also of those that it does not list. One that is gone has been named. */
  *#rootFaults(): Generator<Fault> {
    const newest = this.#isWhole ? this.days.daily.at(-1) : undefined;
    const found = this.#all.root();
    if (newest?.all && newest.all.root !== found)
      yield {
        where: `anchor ${newest.anchor.key}`,
        what: 'the heads of all chains that it signs are not those that the anchors list',
        expected: newest.all.root,
        found,
      };
  }

  /** Once, at the end. */
  end(): Verdict {
    this.#endChain();
    this.#vanishedBefore();
    const { chains, entries, bodies, windows: all } = this.#counts;
    const { readAt, keys } = this.#options;
    const { daily, gaps: unanchored } = this.days;
    const gaps = unanchored.map(({ since: _, ...gap }, i): Gap => {
      const order = explained(gap, this.#explanations);
      return { ...gap, entries: this.#inGaps[i] ?? 0, ...(order && { order }) };
    });
    const { links, anchored, writers, anchors, locks, leftOut, windows, evidence, record } = this.#faults;
    const faults = [
      ...links,
      ...anchored,
      ...writers,
      ...anchors,
      ...dayFaults(daily, readAt),
      ...gapFaults(gaps),
      ...leftOut,
      ...this.#rootFaults(),
      ...locks,
      ...windows,
      ...evidence,
      ...record,
      ...(this.#more > 0 ? [{ where: 'the audit', what: `${this.#more} more faults are not listed` }] : []),
    ];
    return {
      faults,
      expired: this.#expired,
      windows: this.#windows,
      gaps,
      forged: this.#anchors.forged,
      keys,
      counts: { chains, entries, bodies, anchors: this.#anchors.count },
      moreWindows: all - this.#windows.length,
    };
  }

  /** Removes its files. */
  close(): void {
    this.#anchors.close();
  }
}

/**
 * Checks a copy, which asks neither the ledger nor AWS.
 * @param keptSince evidence of runs that ended before may be gone
 * @param lockedDays how long each anchor is promised to be locked
 * @param kept keys of the anchors that you have kept; by default the first that their bucket holds
 */
export function verifyAudit(
  { rows, anchors, readAt, log, ...beside }: AuditCopy,
  keptSince: Date,
  lockedDays = 24 * DAYS_OF_A_MONTH,
  kept: readonly string[] = [],
): Verdict {
  const keys = trustedKeys(log, anchors, kept);
  const check = new AuditCheck({ log, keys, readAt: new Date(readAt), keptSince, lockedDays });
  try {
    for (const anchor of anchors) check.anchor(anchor);
    const chains = Map.groupBy(rows, ({ chain }) => chain);
    for (const chain of inByteOrder([...chains.keys()])) check.entries(chain, chains.get(chain) ?? []);
    check.beside(rows, beside);
    check.endBeside();
    return check.end();
  } finally {
    check.close();
  }
}

const inByteOrder = (names: readonly string[]): string[] =>
  names.toSorted((a, b) => (byteOrder(a) < byteOrder(b) ? -1 : 1));

/** A broken chain is reported once, not by every anchor that it disagrees with. */
const oneEach = (faults: readonly Fault[]): Fault[] => [
  ...new Map(faults.toReversed().map((fault) => [fault.where, fault])).values(),
];
