import type { ReportColumn } from './cost-columns.ts';

/** Where CUR 2.0 keeps tags: a map in Parquet, JSON in CSV. */
export const TAG_MAPS = ['resource_tags', 'tags'] as const;
export type TagMap = (typeof TAG_MAPS)[number];

/** Our tags, and the keys that mean them, written as Athena writes a column. */
const KEYS = {
  resource_tags_user_tenant_id: ['user_tenant_id', 'resource_tags_user_tenant_id', 'tenant_id'],
  resource_tags_user_plan_id: ['user_plan_id', 'resource_tags_user_plan_id', 'plan_id'],
} as const satisfies Partial<Record<ReportColumn, readonly string[]>>;
export type TagColumn = keyof typeof KEYS;
export const TAG_COLUMNS = Object.keys(KEYS) as TagColumn[];

export const isTag = (column: string): column is TagColumn => column in KEYS;

/** SQL: the map, null where the text is none: no JSON object, or one with a key twice. */
export const asMap = (column: TagMap): string =>
  `try_cast(try_cast(${column} as json) as map(varchar, varchar))`;

/** SQL: every value that a line has for the tag, in its own column and in its maps. */
export function valuesOf(tag: TagColumn, maps: readonly TagMap[]): string {
  const keys = KEYS[tag].map((key) => `'${key}'`).join(', ');
  const own = `[${tag}]`;
  const inMaps = maps.map(
    (map) =>
      `list_transform(list_filter(coalesce(map_entries(${asMap(map)}), []), lambda e: ${athenaKey('e.key')} in (${keys})), ` +
      `lambda e: nullif(trim(e.value), ''))`,
  );
  const all = [own, ...inMaps].reduce((joined, list) => `list_concat(${joined}, ${list})`);
  return `list_sort(list_distinct(list_filter(${all}, lambda v: v is not null)))`;
}

/** SQL: as `athenaName` does it. */
const athenaKey = (key: string): string =>
  `lower(regexp_replace(regexp_replace(trim(${key}), '([a-z0-9])([A-Z])', '\\1_\\2', 'g'), '[^A-Za-z0-9]+', '_', 'g'))`;

/** SQL: what a line says of the tag; several values have been refused. */
export const tagOf = (tag: TagColumn, maps: readonly TagMap[]): string => `${valuesOf(tag, maps)}[1]`;
