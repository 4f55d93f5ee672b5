import { writersOf } from '../logins.ts';
import { sha256 } from './anchor-form.ts';

/** As in the ledger: its text is hashed. */
export interface AuditRow {
  readonly chain: string;
  readonly seq: number;
  readonly key: string;
  readonly at: string;
  readonly kind: string;
  readonly body: string;
  /** The database login that wrote it; null: before migration 009. */
  readonly login: string | null;
  readonly previous: string;
  readonly hash: string;
}

/** A part of the audit, its anchors or its evidence that was changed. */
export interface Fault {
  /** e.g. `chain INC-r-1, entry 4` or `anchor daily/2026-11-23.json`. */
  readonly where: string;
  readonly what: string;
  readonly expected?: string;
  readonly found?: string;
}

/** What the first entry of a chain links to. */
const beginningOf = (chain: string): string => sha256(chain);

/** Computed independently of the database's trigger (migration 009). */
const hashOf = ({ previous, chain, seq, key, at, kind, body, login }: AuditRow): string =>
  sha256([previous, chain, seq, key, at, kind, body, ...(login === null ? [] : [login])].join('\n'));

/** Takes the entries of one chain by `seq`, and says which link is the first that is broken. */
export function linksOf(chain: string): (row: AuditRow) => Fault | undefined {
  let [previous, seq, isBroken] = [beginningOf(chain), 0, false];
  return (row) => {
    seq++;
    const broken = isBroken ? undefined : brokenLink(row, { chain, seq, previous });
    previous = row.hash;
    if (!broken) return undefined;
    isBroken = true;
    return { where: `chain ${chain}, entry ${seq}`, ...broken };
  };
}

/** The first invalid link of a chain. @param rows of one chain, by `seq` */
export function firstBrokenLink(chain: string, rows: readonly AuditRow[]): Fault | undefined {
  const linked = linksOf(chain);
  return rows.map(linked).find((fault) => fault !== undefined);
}

function brokenLink(
  row: AuditRow,
  wanted: Pick<AuditRow, 'chain' | 'seq' | 'previous'>,
): Omit<Fault, 'where'> | undefined {
  if (row.chain !== wanted.chain)
    return { what: 'it belongs to another chain', expected: wanted.chain, found: row.chain };
  if (row.seq !== wanted.seq)
    return {
      what: 'an entry is missing or doubled',
      expected: `entry ${wanted.seq}`,
      found: `entry ${row.seq}`,
    };
  if (row.previous !== wanted.previous)
    return {
      what: 'it is not linked to the entry before',
      expected: wanted.previous,
      found: row.previous,
    };
  const hash = hashOf(row);
  if (row.hash === hash) return undefined;
  return { what: 'its text is not what was hashed', expected: row.hash, found: hash };
}

/** A login that writes no entries of its kind: those who administer the ledger can log in as themselves. */
export function writerFault({ chain, seq, kind, login }: AuditRow): Fault | undefined {
  const writers: readonly string[] = writersOf(kind);
  if (login !== null && writers.includes(login)) return undefined;
  return {
    where: `chain ${chain}, entry ${seq}`,
    what: `another login has written "${kind}"`,
    expected: writers.join(' or ') || 'no such entry at all',
    found: login ?? 'none',
  };
}
