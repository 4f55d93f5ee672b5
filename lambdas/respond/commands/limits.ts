import * as z from 'zod';
import { Limits, limitsOf } from '../../limits.ts';
import { playbookIds } from '../../playbooks/registry.ts';
import { command } from '../definition.ts';

interface Shown {
  readonly path: string;
  readonly value: string;
  readonly unit: string;
}

type Node = {
  description?: string;
  properties?: Record<string, Node>;
  additionalProperties?: Node | boolean;
};

/** Every value with its unit, as the schema describes it. Of playbooks each is listed, with what holds for it. */
export function shownLimits(limits: Limits): Shown[] {
  const all = Object.fromEntries(playbookIds.map((id) => [id, limitsOf(limits, id)]));
  const { others: _others, ...rest } = limits;
  return shown(
    { ...rest, playbooks: all },
    z.toJSONSchema(Limits, { io: 'output', unrepresentable: 'any' }) as Node,
    [],
  );
}

function shown(value: unknown, node: Node | undefined, path: readonly string[]): Shown[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [
      { path: path.join('.'), value: JSON.stringify(value) ?? 'nothing', unit: node?.description ?? '' },
    ];
  }
  const others = typeof node?.additionalProperties === 'object' ? node.additionalProperties : undefined;
  return Object.entries(value).flatMap(([key, inner]) =>
    shown(inner, node?.properties?.[key] ?? others, [...path, key]),
  );
}

export const limitsTable = (limits: Limits): string => {
  const rows = shownLimits(limits);
  const width = Math.max(...rows.map(({ path }) => path.length));
  return rows
    .map(({ path, value, unit }) => `${path.padEnd(width)}  ${value.padStart(10)}  ${unit}`.trimEnd())
    .join('\n');
};

export const limits = command({
  about: 'every limit that is in force, with its unit',
  usage: 'limits',
  schema: z.strictObject({}),
  identity: false,
  answer: async ({ settings }) => ({ ok: true, text: limitsTable(settings.limits), data: settings.limits }),
});
