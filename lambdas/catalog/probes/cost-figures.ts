import { Period } from '../../domain/billing-period.ts';
import { quoted } from '../../domain/foreign-text.ts';
import { dollars, number, plural } from '../../domain/words.ts';
import { TAGGABLE } from './tag-coverage.ts';

/** Lines and their cost, an exact decimal as text. */
export interface Sum {
  readonly lines: number;
  readonly usd: string;
}

/** What one copy of `fact_cost_raw` holds of one month. */
export interface Figures extends Sum {
  /** End of the month's newest `Usage` line that has ended, and when lines were last loaded. */
  readonly newest: Date | null;
  readonly loadedAt: Date | null;
  /** Of the deliveries that the lines came from: one, unless something went wrong. */
  readonly digests: readonly string[];
  /** By service and line type. */
  readonly services: ReadonlyMap<string, Sum>;
  /** Taggable lines by tenant; `''` without one. */
  readonly tenants: ReadonlyMap<string, Sum>;
}

/** A row of `figuresSql`: numbers as text. */
export interface FigureRow {
  readonly period: string;
  /** Text `0` for a tenant's row, `1` for that of a service and line type. */
  readonly tenant_row: string;
  readonly service: string | null;
  readonly type: string | null;
  readonly tenant: string | null;
  readonly lines: string;
  readonly usd: string;
  readonly taggable: string;
  readonly taggable_usd: string;
  readonly first_digest: string;
  readonly last_digest: string;
}

/**
 * One scan of a month's lines, on either engine, grouped to at most services × types + tenants rows. Every figure is an
 * exact decimal as text.
 */
export const figuresSql = (of: {
  month: string;
  where: string;
  digests: string;
  /** Further columns, each an aggregate `max(…)` by its name. */
  newest?: Readonly<Record<string, string>>;
}): string =>
  `
with line as (
  select ${of.month} as month, product_servicecode as code, line_item_line_item_type as type,
         resource_tags_user_tenant_id as tag, count(*) as lines, sum(line_item_unblended_cost) as usd,
         ${[of.digests, ...Object.entries(of.newest ?? {}).map(([name, value]) => `max(${value}) as ${name}`)].join(',\n         ')}
  from fact_cost_raw
  where ${of.where}
  group by 1, 2, 3, 4
),
named as (
  select line.*, coalesce(nullif(code, ''), 'Unattributed') as service, coalesce(tag, '') as tenant,
         ${TAGGABLE.replace('line_item_line_item_type', 'type')} as taggable
  from line
)
select month as period, cast(grouping(tenant) as varchar) as tenant_row, service, type, tenant,
       cast(sum(lines) as varchar) as lines, cast(coalesce(sum(usd), 0) as varchar) as usd,
       cast(sum(case when taggable then lines else 0 end) as varchar) as taggable,
       cast(coalesce(sum(case when taggable then usd end), 0) as varchar) as taggable_usd,
       min(first_digest) as first_digest, max(last_digest) as last_digest${Object.keys(of.newest ?? {})
         .map((name) => `, max(${name}) as ${name}`)
         .join('')}
from named
group by grouping sets ((month, service, type), (month, tenant))
order by 1, 2, 3, 4, 5`.trim();

export const NOTHING: Figures = {
  lines: 0,
  usd: '0',
  newest: null,
  loadedAt: null,
  digests: [],
  services: new Map(),
  tenants: new Map(),
};

/** When a month's lines were loaded, and the end of its newest usage. */
export type Times = Pick<Figures, 'newest' | 'loadedAt'>;

/** The figures of one month, which are none without rows. */
export function figuresOf(rows: readonly FigureRow[], times: Times): Figures {
  if (rows.length === 0) return NOTHING;
  const services = rows.filter(({ tenant_row }) => tenant_row === '1');
  const tenants = rows.filter(({ tenant_row }) => tenant_row === '0');
  return {
    lines: services.reduce((sum, row) => sum + Number(row.lines), 0),
    usd: decimal(services.map(({ usd }) => usd)),
    ...times,
    digests: [...new Set(services.flatMap((row) => [row.first_digest, row.last_digest]))].sort(),
    services: new Map(
      services.map((row) => [
        `${row.service ?? ''} (${row.type ?? 'no line type'})`,
        { lines: Number(row.lines), usd: decimal([row.usd]) },
      ]),
    ),
    tenants: new Map(
      [...Map.groupBy(tenants, ({ tenant }) => withoutBlanks(tenant ?? ''))]
        .map(([tenant, of]): [string, Sum] => [
          tenant,
          {
            lines: of.reduce((sum, row) => sum + Number(row.taggable), 0),
            usd: decimal(of.map((row) => row.taggable_usd)),
          },
        ])
        .filter(([, { lines }]) => lines > 0),
    ),
  };
}

/** As `textOf` reads a tag: one of nothing but blanks names nobody. */
const withoutBlanks = (tag: string): string => tag.replaceAll(/^[ \t\r\n\u00a0]+|[ \t\r\n\u00a0]+$/g, '');

const DIGITS = 40;

/** PostgreSQL keeps these as numbers: a copy that holds one differs from any that does not. */
const isNoNumber = (text: string): boolean => /^(NaN|-?Infinity)$/.test(text);

/** The exact sum of decimals, written without the zeros that an engine pads them with. */
export function decimal(texts: readonly string[]): string {
  if (texts.some(isNoNumber)) return 'NaN';
  const sum = texts.map(scaled).reduce((a, b) => a + b, 0n);
  const digits = String(sum < 0n ? -sum : sum).padStart(DIGITS + 1, '0');
  const fraction = digits.slice(-DIGITS).replace(/0+$/, '');
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -DIGITS)}${fraction && `.${fraction}`}`;
}

/** The exact sum of decimals in dollars, rounded up to the cent. */
export function centsUp(texts: readonly string[]): string {
  const cent = 10n ** BigInt(DIGITS - 2);
  const sum = texts.map(scaled).reduce((a, b) => a + b, 0n);
  const cents = sum / cent + (sum % cent > 0n ? 1n : 0n);
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function scaled(text: string): bigint {
  const [, sign = '', whole = '0', fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(text) ?? [];
  if (!/\d/.test(text) || `${sign}${whole}${fraction}`.length < text.length - 1 || fraction.length > DIGITS)
    throw new TypeError(
      `"${text}" is no sum of costs; wanted a decimal of at most ${DIGITS} digits after the point`,
    );
  return BigInt(`${sign}${whole}${fraction.padEnd(DIGITS, '0')}`);
}

/**
 * Lines that Athena holds under another name of a month beside its own, `2026-6` of `2026-06`, or of no month at all: another
 * tool has written them, and no load replaces them.
 */
export function strayLines(
  rows: readonly Pick<FigureRow, 'period' | 'lines' | 'tenant_row'>[],
  month: string,
  isNewest: boolean,
): string[] {
  const odd = rows.filter(
    ({ period, tenant_row }) => tenant_row === '1' && !Period.safeParse(period).success,
  );
  const names = Map.groupBy(odd, ({ period }) => String(period));
  return [...names].flatMap(([name, of]) => {
    const [, year = '', number = ''] = /^\s*(\d{4})\D?(\d{1,2})\s*$/.exec(name) ?? [];
    const meant = `${year}-${number.padStart(2, '0')}`;
    if (Period.safeParse(meant).success ? meant !== month : !isNewest) return [];
    const lines = of.reduce((sum, row) => sum + Number(row.lines), 0);
    return [
      `Athena holds ${plural(lines, 'line')} in a partition ${quoted(name)}: delete it, no load replaces it`,
    ];
  });
}

interface Copies {
  readonly athena: Figures;
  readonly ledger: Figures;
}

/**
 * Where the copies of a month differ from each other, or from what the ingestion log says of their delivery; empty
 * where they agree. Athena's copy is as AWS delivered it. In the ledger's, tags are copied onto untagged lines, and lines
 * may have lost theirs: that is the tags' own fault, and no line has changed its owner.
 * @param logged rows of the ingestion log by digest
 */
export function differencesOf({ athena, ledger }: Copies, logged: ReadonlyMap<string, number>): string[] {
  return [
    ...againstLog('Athena', athena, logged),
    ...againstLog('the ledger', ledger, logged),
    ...between(athena.services, ledger.services).map(tellDifference),
    ...moved(athena.tenants, ledger.tenants),
  ];
}

function againstLog(
  copy: string,
  { digests, lines }: Figures,
  logged: ReadonlyMap<string, number>,
): string[] {
  if (digests.length > 1) return [`${copy} holds lines of ${digests.length} deliveries at once`];
  const wanted = logged.get(digests[0] ?? '');
  return wanted === undefined || wanted === lines
    ? []
    : [`${copy} holds ${number(lines)} of the ${plural(wanted, 'line')} that its delivery was loaded with`];
}

type Sums = ReadonlyMap<string, Sum>;
const NONE: Sum = { lines: 0, usd: '0' };

interface Difference {
  readonly name: string;
  readonly left: Sum;
  readonly right: Sum;
}

/** The most money first. */
const between = (left: Sums, right: Sums): Difference[] =>
  [...new Set([...left.keys(), ...right.keys()])]
    .sort()
    .map((name) => ({ name, left: left.get(name) ?? NONE, right: right.get(name) ?? NONE }))
    .filter(({ left, right }) => left.lines !== right.lines || left.usd !== right.usd)
    .sort((a, b) => apart(b) - apart(a));

function apart({ left, right }: Difference): number {
  const usd = Math.abs(Number(left.usd) - Number(right.usd));
  return Number.isNaN(usd) ? Infinity : usd;
}

function tellDifference({ name, left, right }: Difference): string {
  if (left.lines !== right.lines)
    return `${name} has ${plural(left.lines, 'line')} in Athena, ${number(right.lines)} in the ledger`;
  const [athena, ledger] = [dollars(left.usd), dollars(right.usd)];
  // A difference that rounding hides is one.
  return athena === ledger
    ? `${name} is ${left.usd} USD in Athena, ${right.usd} USD in the ledger`
    : `${name} is ${athena} in Athena, ${ledger} in the ledger`;
}

/** Lines that changed their tenant: what neither copied tags nor lost ones explain. */
function moved(athena: Sums, ledger: Sums): string[] {
  const differ = between(athena, ledger).filter(({ name }) => name !== '');
  const count = (lines: readonly number[]): number => lines.reduce((sum, one) => sum + Math.max(0, one), 0);
  const gained = count(differ.map(({ left, right }) => right.lines - left.lines));
  const lost = count(differ.map(({ left, right }) => left.lines - right.lines));
  const changed = differ.filter(({ left, right }) => left.lines === right.lines);
  const explained =
    changed.length === 0 && gained <= (athena.get('')?.lines ?? 0) && lost <= (ledger.get('')?.lines ?? 0);
  if (explained) return [];
  return differ.map((one) => tellDifference({ ...one, name: `tenant ${one.name}` }));
}
