import * as z from 'zod';
import { Limits, limitsOf } from '../../domain/limits.ts';
import { playbooks } from '../../catalog/playbooks/registry.ts';
import { EVERYBODY, command } from '../definition.ts';
import { aligned } from '../../platform/text-table.ts';

type Node = {
  description?: string;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
};

/** A value by its path, with its unit from the schema. */
type Shown = readonly [path: string, value: string, unit: string];

function shown(value: unknown, node: Node | undefined, path: readonly string[] = []): Shown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [[path.join('.'), tell(value), node?.description ?? '']];
  return Object.entries(value).flatMap(([key, inner]) =>
    shown(inner, node?.properties?.[key], [...path, key]),
  );
}

const tell = (value: unknown): string => {
  if (typeof value === 'number') return value.toLocaleString('en-US');
  if (Array.isArray(value) && value.length === 0) return 'none';
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
};

/** General limits, then a table of each playbook's, with units explained once. */
export function limitsTable(limits: Limits): string {
  const schema = z.toJSONSchema(Limits, { io: 'output', unrepresentable: 'any' }) as Node;
  const { playbooks: _each, others: _rest, ...everything } = limits;
  const each = playbooks.map(
    (playbook) => [playbook.id, shown(limitsOf(limits, playbook), schema.properties?.['others'])] as const,
  );
  const columns = each[0]?.[1] ?? [];
  return [
    'For everything:',
    ...aligned(shown(everything, schema).map(([path, value, unit]) => [path, value, unit])),
    '',
    'For each playbook (playbooks.<id>, or others):',
    ...table([
      ['', ...columns.map((_column, i) => LETTERS[i] ?? '')],
      ...each.map(([id, own]) => [id, ...own.map(([, value]) => value)]),
    ]),
    '',
    ...aligned(columns.map(([path, , unit], i) => [LETTERS[i] ?? '', path, unit])),
  ].join('\n');
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Numbers are right-aligned. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_cell, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows.map(
    (row) =>
      '  ' +
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
  );
}

export const limits = command({
  about: 'every limit that is in force, with its unit',
  usage: 'limits',
  schema: z.strictObject({}),
  may: EVERYBODY,
  answer: async ({ settings: { limits } }) => ({
    ok: true,
    text: limitsTable(limits),
    data: {
      ...limits,
      playbooks: Object.fromEntries(playbooks.map((one) => [one.id, limitsOf(limits, one)])),
    },
  }),
});
