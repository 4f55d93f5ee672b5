import type { NormalizedSchema } from '@smithy/core/schema';
import { readText } from './codecs.ts';

/**
 * awsQuery's parameters as a tree: `Tags.member.1.Key=x` is Tags → member → 1 → Key. The SDK has
 * no reader for it.
 */
interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

export function readQueryParameters(schema: NormalizedSchema, parameters: URLSearchParams): unknown {
  const root: Node = { children: new Map() };
  for (const [path, value] of parameters) {
    let node = root;
    for (const part of path.split('.')) {
      let child = node.children.get(part);
      if (!child) node.children.set(part, (child = { children: new Map() }));
      node = child;
    }
    node.value = value;
  }
  return read(schema, root);
}

function read(schema: NormalizedSchema, node: Node): unknown {
  if (schema.isStructSchema()) return readStructure(schema, node);
  if (schema.isListSchema()) return readList(schema, node);
  if (schema.isMapSchema()) return readMap(schema, node);
  return readText(schema, node.value ?? '');
}

function readStructure(schema: NormalizedSchema, node: Node): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, member] of schema.structIterator()) {
    const child = node.children.get(member.getMergedTraits().xmlName ?? name);
    if (child) out[name] = read(member, child);
  }
  return out;
}

/** An empty list arrives as `Name=`, a node without children. */
function readList(schema: NormalizedSchema, node: Node): unknown[] {
  const member = schema.getValueSchema();
  const flat = schema.getMergedTraits().xmlFlattened;
  const items = flat ? node : node.children.get(member.getMergedTraits().xmlName ?? 'member');
  return numbered(items).map((item) => read(member, item));
}

function readMap(schema: NormalizedSchema, node: Node): Record<string, unknown> {
  const keyName = schema.getKeySchema().getMergedTraits().xmlName ?? 'key';
  const member = schema.getValueSchema();
  const valueName = member.getMergedTraits().xmlName ?? 'value';
  const entries = schema.getMergedTraits().xmlFlattened ? node : node.children.get('entry');
  return Object.fromEntries(
    numbered(entries).map((entry) => [
      entry.children.get(keyName)?.value ?? '',
      read(member, entry.children.get(valueName) ?? { children: new Map() }),
    ]),
  );
}

const numbered = (node: Node | undefined): Node[] =>
  [...(node?.children ?? [])]
    .filter(([index]) => /^\d+$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, item]) => item);
