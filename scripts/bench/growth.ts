import type { Pool } from 'pg';
import { SEARCHED } from '../../lambdas/record/desk.ts';
import {
  allRows,
  type Answered,
  type Connection,
  type Ledger,
  type Queryable,
} from '../../lambdas/platform/ledger/queryable.ts';
import { operations } from './operations.ts';

/** What an operation costs on a record of some size. */
export interface Measured {
  readonly name: string;
  /** Milliseconds, the median of all tries. */
  readonly median: number;
  readonly plans: readonly Plan[];
}

/** How PostgreSQL answers one statement. */
export interface Plan {
  readonly statement: string;
  /** Blocks of 8 KB, read or found in memory. */
  readonly blocks: number;
  /** Tables that were read whole. */
  readonly whole: readonly string[];
  /** Rows that were read and thrown away, more than 1,000: by table. */
  readonly thrownAway: Readonly<Record<string, number>>;
}

/**
 * Does each operation some times, then asks how its statements were answered.
 * @param ledger with all rights on the record
 */
export async function measure(ledger: Pool, tries: number): Promise<Measured[]> {
  const times = new Map<string, number[]>();
  const said = new Map<string, Map<string, readonly unknown[]>>();
  const all = operations();
  for (let i = 0; i < tries; i++)
    for (const operation of all) {
      const { name } = operation;
      const statements = said.get(name) ?? new Map<string, readonly unknown[]>();
      said.set(name, statements);
      const began = performance.now();
      await operation.work(listening(ledger, statements));
      times.set(name, [...(times.get(name) ?? []), performance.now() - began]);
    }
  const measured: Measured[] = [];
  for (const { name } of all) {
    const plans: Plan[] = [];
    for (const [statement, values] of said.get(name) ?? [])
      if (/^\s*(select|with|insert|update|delete)/i.test(statement))
        plans.push(await planOf(ledger, statement, values));
    measured.push({ name, median: median(times.get(name) ?? []), plans });
  }
  return measured;
}

/** One row for each run, incident or entry at least. */
const GROWING: readonly string[] = [
  'approval',
  'approver',
  'audit',
  'audit_event',
  'audit_head',
  'command',
  'episode',
  'evidence',
  'guard',
  'incident',
  'lock',
  'postmortem',
  'run',
  'shadow',
  'step',
  'told',
  'transition',
];
/** Less than the runs of one playbook. The report looks back a fortnight, which has 2,333 incidents. */
const mostRows = (operation: string): number =>
  operation === 'desk: search' ? SEARCHED : operation === 'report' ? 3_000 : 1_000;
/** Of each incident of the fortnight the report looks up its run, its end and who was called. */
const mostBlocks = (operation: string): number => (operation === 'report' ? 20_000 : 5_000);

/** For people: each statement that costs more as the record grows. */
export const wasteful = (measured: readonly Measured[]): string[] =>
  measured.flatMap(({ name, plans }) =>
    plans.flatMap(({ statement, blocks, whole, thrownAway }) => [
      ...whole
        .filter((table) => GROWING.includes(table))
        .map((table) => `${name} reads responder.${table} whole: ${statement}`),
      ...Object.entries(thrownAway)
        .filter(([, rows]) => rows > mostRows(name))
        .map(([table, rows]) => `${name} reads ${rows} rows of ${table} for nothing: ${statement}`),
      ...(blocks > mostBlocks(name) ? [`${name} reads ${blocks} blocks: ${statement}`] : []),
    ]),
  );

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Remembers each statement with the values that it first had. */
function listening(ledger: Ledger, statements: Map<string, readonly unknown[]>): Ledger {
  const heard = (of: Queryable): Queryable => ({
    query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Answered<Row>> {
      if (!statements.has(sql)) statements.set(sql, values ?? []);
      return of.query<Row>(sql, values);
    },
  });
  return {
    ...heard(ledger),
    async connect(): Promise<Connection> {
      const client = await ledger.connect();
      return { ...heard(client), release: (broken) => client.release(broken) };
    },
  };
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Shared Hit Blocks'?: number;
  readonly 'Shared Read Blocks'?: number;
  readonly Plans?: readonly Node[];
}

/** Runs it for real, and takes it back. */
async function planOf(ledger: Pool, statement: string, values: readonly unknown[]): Promise<Plan> {
  const client = await ledger.connect();
  try {
    await client.query('begin');
    type Explained = { 'QUERY PLAN': readonly { Plan: Node }[] };
    const explain = (how: string) => allRows<Explained>(client, `explain (${how}) ${statement}`, values);
    const [row] = await explain('analyze, buffers, format json').catch(async (error: unknown) => {
      // What it inserts is there already.
      if ((error as { code?: string }).code !== '23505') throw error;
      await client.query('rollback');
      return explain('format json');
    });
    const root = row?.['QUERY PLAN'][0]?.Plan;
    if (!root) throw new Error(`PostgreSQL explains nothing of: ${statement}`);
    const nodes = nodesOf(root);
    const thrownAway: Record<string, number> = {};
    for (const node of nodes) {
      const count = (node['Rows Removed by Filter'] ?? 0) * (node['Actual Loops'] ?? 1);
      if (count > 1_000) thrownAway[node['Relation Name'] ?? node['Node Type']] = count;
    }
    return {
      statement: statement.trim().replace(/\s+/g, ' '),
      blocks: (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0),
      whole: nodes.flatMap((node) =>
        node['Node Type'] === 'Seq Scan' && node['Relation Name'] ? [node['Relation Name']] : [],
      ),
      thrownAway,
    };
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
