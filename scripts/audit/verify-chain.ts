import { MerkleTree, type Head } from '../../lambdas/record/audit/anchor-form.ts';
import { linksOf, writerFault, type AuditRow, type Fault } from '../../lambdas/record/audit/chain-link.ts';
import { gapsBetween, SLACK_MS, type Unanchored, type Window } from './verify-expected.ts';
import type { Anchored, Daily } from './verify-anchors.ts';

/** What all chains are held to. */
export interface Days {
  /** By day. */
  readonly daily: readonly Daily[];
  readonly gaps: readonly Unanchored[];
  /** The place of each in `daily`, by its key. */
  readonly places: ReadonlyMap<string, number>;
  /** The places of those that list all chains. */
  readonly whole: readonly number[];
}

export const daysOf = (daily: readonly Daily[]): Days => ({
  daily,
  gaps: gapsBetween(daily),
  places: new Map(daily.map(({ anchor }, i) => [anchor.key, i])),
  whole: daily.flatMap(({ all }, i) => (all?.lists === 'changed' ? [] : [i])),
});

/** Checks one chain, a part of its entries after the other, against its links and all that was anchored of it. */
export class ChainCheck {
  readonly chain: string;
  readonly #heads: readonly Anchored[];
  readonly #days: Days;
  readonly links: Fault[] = [];
  readonly anchored: Fault[] = [];
  readonly writers: Fault[] = [];
  readonly #linked: ReturnType<typeof linksOf>;
  readonly #tree = new MerkleTree();
  readonly #places: Map<number, Anchored[]>;
  /** The last place that an anchor holds. */
  readonly #held: number;
  /** Of each gap: the last place that was held before it was over. */
  readonly #heldInGap: readonly number[];
  /** By daily anchor: the last entry that it is the first to owe. */
  readonly #owed = new Map<number, AuditRow>();
  readonly #until: readonly { at: number; i: number }[];
  #count = 0;
  #last: AuditRow | undefined;
  #open: Window | undefined;
  readonly inGaps: number[];

  /** @param heads by their places */
  constructor(chain: string, heads: readonly Anchored[], days: Days) {
    [this.chain, this.#heads, this.#days] = [chain, heads, days];
    this.#linked = linksOf(chain);
    this.#places = Map.groupBy(heads, ({ seq }) => seq);
    this.#held = heads.at(-1)?.seq ?? 0;
    this.#heldInGap = days.gaps.map(({ until }) =>
      heads.reduce((most, { seq, taken }) => (taken < until ? Math.max(most, seq) : most), 0),
    );
    this.inGaps = days.gaps.map(() => 0);
    this.#until = days.daily
      .map(({ day, anchor }, i) => ({ at: Date.parse(anchor.modified ?? day) - SLACK_MS, i }))
      .sort((a, b) => a.at - b.at);
  }

  add(rows: readonly AuditRow[]): void {
    for (const row of rows) {
      const broken = this.#linked(row);
      if (broken) this.links.push(broken);
      const written = writerFault(row);
      if (written) this.writers.push(written);
      this.#tree.add(Buffer.from(row.hash, 'hex'));
      for (const head of this.#places.get(row.seq) ?? []) this.#compare(head, row);
      this.#places.delete(row.seq);
      this.#owe(row);
      this.#count++;
      this.#last = row;
    }
  }

  #compare({ hash, root, by }: Anchored, row: AuditRow): void {
    const where = `chain ${this.chain}, entry ${row.seq}`;
    if (row.hash !== hash) {
      this.anchored.push({ where, what: `it is not what ${by} holds`, expected: hash, found: row.hash });
      return;
    }
    const found = root && this.#tree.root();
    if (root !== undefined && found !== undefined && found !== root)
      this.anchored.push({
        where,
        what: `the entries before it are not what ${by} holds`,
        expected: root,
        found,
      });
  }

  #owe(row: AuditRow): void {
    const { seq, at } = row;
    const moment = Date.parse(at);
    let [from, to] = [0, this.#until.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#until[middle]?.at ?? 0) > moment) to = middle;
      else from = middle + 1;
    }
    const first = this.#until[from];
    if (first) this.#owed.set(first.i, row);
    if (seq > this.#held)
      this.#open = {
        chain: this.chain,
        entries: (this.#open?.entries ?? 0) + 1,
        since: this.#open?.since ?? at,
      };
    for (const [i, { since, until }] of this.#days.gaps.entries())
      if (at >= since && at < until && seq > (this.#heldInGap[i] ?? 0))
        this.inGaps[i] = (this.inGaps[i] ?? 0) + 1;
  }

  get window(): Window | undefined {
    return this.#open;
  }

  /** What anchors hold of it and is not there. */
  *missing(): Generator<Fault> {
    const [first] = this.#places.values();
    if (!first?.[0]) return;
    const { seq, by } = first[0];
    const where = `chain ${this.chain}`;
    if (!this.#last) yield { where, what: `it has vanished, although ${by} holds its entry ${seq}` };
    else
      yield {
        where,
        what: `it is cut before what ${by} holds`,
        expected: `entry ${seq}`,
        found: `${this.#count} entries, the last is ${this.#last.seq}`,
      };
  }

  /** A daily anchor lists each chain that has changed, and one that lists all each; with all that is a day older than it. */
  *leftOut(): Generator<Fault> {
    const { daily, whole } = this.#days;
    const listed = this.#listed();
    let [held, owed, next]: [number, AuditRow | undefined, number] = [0, undefined, 0];
    for (const i of [...new Set([...this.#owed.keys(), ...whole])].sort((a, b) => a - b)) {
      const listsAll = whole.includes(i);
      for (let one; (one = listed[next]) && one.i <= i; next++)
        held = listsAll && one.i < i ? 0 : Math.max(held, one.seq);
      if (listsAll && listed[next - 1]?.i !== i) held = 0;
      const newly = this.#owed.get(i);
      if (newly && newly.seq > (owed?.seq ?? 0)) owed = newly;
      if (!owed || held >= owed.seq) continue;
      yield {
        where: `anchor ${daily[i]?.anchor.key}`,
        what: `it leaves out what chain ${this.chain} held then`,
        expected: `entry ${owed.seq} of ${owed.at}`,
        found: held === 0 ? 'nothing of the chain' : `entry ${held}`,
      };
    }
  }

  /** Its heads in daily anchors, by day. */
  #listed(): (Anchored & { readonly i: number })[] {
    return this.#heads
      .flatMap((head) => {
        const i = this.#days.places.get(head.by);
        return i === undefined ? [] : [{ ...head, i }];
      })
      .sort((a, b) => a.i - b.i);
  }

  /** Its head when the newest daily anchor was written. */
  headThen(): Head | undefined {
    return this.#listed().at(-1);
  }
}
