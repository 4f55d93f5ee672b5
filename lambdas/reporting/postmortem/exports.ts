import type { Evidence } from '../../domain/evidence.ts';
import { csvOf } from '../csv.ts';
import type { Exported } from './draft.ts';
import type { EvidenceSource } from './source.ts';
import { shown, withheldColumns } from './withhold.ts';

const SQL_SOURCES = new Set(['ledger', 'athena']);

/** Evidence with its body; `lacking` says why it is incomplete or doubtful. */
export interface Body {
  readonly source: EvidenceSource;
  readonly evidence: Evidence;
  readonly lacking?: string;
}

export interface ExportedFile {
  /** Below the draft's prefix. */
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** Rows and query of all SQL evidence, one file each. @param folder below the draft's prefix */
export function exportsOf(
  bodies: readonly Body[],
  folder: string,
): { files: ExportedFile[]; exported: Exported } {
  const files: ExportedFile[] = [];
  const exported = new Map<string, { files?: { csv: string; sql: string }; notes: string[] }>();
  for (const body of bodies) {
    const { source, evidence, lacking } = body;
    const notes = lacking === undefined ? [] : [lacking];
    exported.set(source.id, { notes });
    if (!SQL_SOURCES.has(evidence.source)) continue;
    const rows = evidence.rows.map(rowOf);
    const stem = `${folder}/${source.id.slice(1)}-${source.probe.replaceAll(/[^A-Za-z0-9-]/g, '-')}`;
    const withheld = withheldColumns(rows);
    if (withheld.length > 0)
      notes.push(
        `Withheld in the rows: ${withheld.join(', ')}, which can name a tenant; they are in the evidence`,
      );
    const pair = { csv: `${stem}.csv`, sql: `${stem}.sql` };
    exported.set(source.id, { files: pair, notes });
    files.push(
      { name: pair.csv, type: 'text/csv; charset=utf-8', text: csvOf(rows.map(shownRow)) },
      { name: pair.sql, type: 'text/plain; charset=utf-8', text: queryOf(body, notes) },
    );
  }
  return { files, exported };
}

type Row = Readonly<Record<string, unknown>>;
const rowOf = (row: unknown): Row =>
  typeof row === 'object' && row !== null && !Array.isArray(row) ? (row as Row) : { value: row };
const shownRow = (row: Row): Row =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, shown(column, value)]));

/** The query as sent, after a comment that names its evidence. */
function queryOf({ source, evidence }: Body, notes: readonly string[]): string {
  const parameters = Object.entries(evidence.parameters).map(
    ([name, value]) => `parameter ${name} = ${JSON.stringify(shown(name, value))}`,
  );
  const header = [
    `${source.id}: evidence ${source.run}/${source.key}`,
    `asked of ${evidence.source} at ${source.takenAt}; ${source.rows} rows`,
    ...(parameters.length > 0 ? parameters : ['no parameters']),
    `sha256 ${source.sha256}, over source, query, parameters and all rows`,
    `body: ${source.s3Key} in the record bucket`,
    ...notes,
  ];
  return `${header.map((line) => `-- ${line.replaceAll(/\s+/g, ' ')}\n`).join('')}\n${evidence.query.trim()}\n`;
}
