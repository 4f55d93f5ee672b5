import { DuckDBTypeId, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import type { ColumnInfo } from '@aws-sdk/client-athena';

/** A column as GetQueryResults describes it, and as the store keeps it. */
export interface StoredColumn {
  readonly name: string;
  readonly type: string;
  readonly precision: number;
  readonly scale: number;
}

const TYPES: Partial<Record<DuckDBTypeId, [type: string, precision: number]>> = {
  [DuckDBTypeId.BOOLEAN]: ['boolean', 0],
  [DuckDBTypeId.TINYINT]: ['tinyint', 3],
  [DuckDBTypeId.SMALLINT]: ['smallint', 5],
  [DuckDBTypeId.INTEGER]: ['integer', 10],
  [DuckDBTypeId.BIGINT]: ['bigint', 19],
  // DuckDB sums bigints in a wider type; Athena does not.
  [DuckDBTypeId.HUGEINT]: ['bigint', 19],
  [DuckDBTypeId.UBIGINT]: ['bigint', 19],
  [DuckDBTypeId.UINTEGER]: ['bigint', 19],
  [DuckDBTypeId.FLOAT]: ['float', 17],
  [DuckDBTypeId.DOUBLE]: ['double', 17],
  [DuckDBTypeId.DATE]: ['date', 0],
  [DuckDBTypeId.TIMESTAMP]: ['timestamp', 3],
  [DuckDBTypeId.TIMESTAMP_TZ]: ['timestamp with time zone', 3],
  [DuckDBTypeId.LIST]: ['array', 0],
  [DuckDBTypeId.STRUCT]: ['row', 0],
  [DuckDBTypeId.MAP]: ['map', 0],
  [DuckDBTypeId.BLOB]: ['varbinary', 1073741824],
};

/** Athena names columns without an alias `_col0`, `_col1`… and writes names in lower case. */
export function columnOf(name: string, type: DuckDBType, place: number, sql: string): StoredColumn {
  const quoted = sql.includes(`"${name}"`);
  const named = quoted || /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  const shown = named ? (quoted ? name : name.toLowerCase()) : `_col${place}`;
  if (type.typeId === DuckDBTypeId.DECIMAL) {
    return { name: shown, type: 'decimal', precision: type.width, scale: type.scale };
  }
  const [athena, precision] = TYPES[type.typeId] ?? ['varchar', 2147483647];
  return { name: shown, type: athena, precision, scale: 0 };
}

export const describeColumn = ({ name, type, precision, scale }: StoredColumn): ColumnInfo => ({
  CatalogName: 'hive',
  SchemaName: '',
  TableName: '',
  Name: name,
  Label: name,
  Type: type,
  Precision: precision,
  Scale: scale,
  Nullable: 'UNKNOWN',
  CaseSensitive: type === 'varchar',
});

/** A value as Athena prints it; decimals keep the digits of their type. */
export function printValue(value: DuckDBValue, column: StoredColumn): string | null {
  if (value === null) return null;
  const printed = String(value);
  if (column.type === 'double' || column.type === 'float') return printDouble(Number(value));
  if (column.type === 'timestamp') return printTimestamp(printed);
  if (column.type === 'timestamp with time zone')
    return `${printTimestamp(printed.replace(/\+00$/, ''))} UTC`;
  return printed;
}

/** Milliseconds, always: `2025-09-01 00:00:00.000`. */
function printTimestamp(printed: string): string {
  const [whole = '', fraction = ''] = printed.split('.');
  return `${whole}.${fraction.slice(0, 3).padEnd(3, '0')}`;
}

/** As Java prints doubles: `5.0`, `1.0E-5`, `1.0E20`. */
function printDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  const size = Math.abs(value);
  const withPoint = (digits: string) => (digits.includes('.') ? digits : `${digits}.0`);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return withPoint(String(value));
  const [mantissa = '', exponent = ''] = value.toExponential().split('e');
  return `${withPoint(mantissa)}E${Number(exponent)}`;
}
