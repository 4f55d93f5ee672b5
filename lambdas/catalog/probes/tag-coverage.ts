import { percent } from '../../domain/words.ts';
import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { asPrinted } from './as-printed.ts';
import { textOf } from './blank.ts';
import { athenaPermissions, queryAthena } from './athena-query.ts';
import { defineProbe } from './definition.ts';

/** SQL: a tenant's cost line. Taxes, fees and credits belong to no tenant. */
export const TAGGABLE = `line_item_line_item_type in ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')`;
/** SQL: a line's tenant and plan; a blank tag names neither. */
export const TENANT = textOf('resource_tags_user_tenant_id');
export const PLAN = textOf('resource_tags_user_plan_id');
/** SQL: a line without tenant or plan counts as untagged. */
export const UNTAGGED = `(${TENANT} is null or ${PLAN} is null)`;
/** SQL: the resource of a line. */
export const RESOURCE = textOf('line_item_resource_id');
/** SQL: the name of a line's service; lines without one have a name, too. */
export const SERVICE = `coalesce(nullif(product_servicecode, ''), 'Unattributed')`;

/** The period's taggable lines in the ledger's copy. */
export const TagCoverage = z.object({
  lines: z.int(),
  untagged: z.int(),
  /** Those with untagged lines, the worst first. */
  services: z.array(z.object({ service: z.string(), lines: z.int(), untagged: z.int() })),
});
export type TagCoverage = z.infer<typeof TagCoverage>;

/** The runbook's statement: it counts every period, and lines that nobody can tag. */
const RUNBOOK_SQL = `SELECT COUNT(*) FILTER (WHERE resource_tags_user_tenant_id IS NULL) AS untagged,
       COUNT(*) AS total,
       ROUND(100.0 * COUNT(*) FILTER (WHERE resource_tags_user_tenant_id IS NOT NULL) / COUNT(*), 2) AS tag_coverage_pct
FROM fact_cost_raw;`;

const SQL = `
select ${SERVICE} as service, count(*)::int as lines, (count(*) filter (where ${UNTAGGED}))::int as untagged
from fact_cost_raw
where bill_billing_period_start_date = $1::timestamptz and ${TAGGABLE}
group by 1
order by (count(*) filter (where ${UNTAGGED}))::numeric / count(*) desc, 1`.trim();

export const tagCoverage = defineProbe<{ period: string }, TagCoverage>({
  name: 'tag-coverage',
  question: "How many of the period's taggable lines carry tenant and plan, overall and by service?",
  queries: [RUNBOOK_SQL, SQL],
  permissions: athenaPermissions,
  value: TagCoverage,
  async run({ target, settings, tools }) {
    const { rows, evidence } = await tools.ledger.query<TagCoverage['services'][number]>(SQL, [
      `${periodStart(target.period)}T00:00:00Z`,
    ]);
    const printed = await Promise.all([
      asPrinted('ledger', RUNBOOK_SQL, () => tools.ledger.query(RUNBOOK_SQL)),
      asPrinted('athena', RUNBOOK_SQL, async () => queryAthena(await tools.athena(), settings, RUNBOOK_SQL)),
    ]);
    const sum = (of: 'lines' | 'untagged') => rows.reduce((total, row) => total + row[of], 0);
    const services = rows.filter(({ untagged }) => untagged > 0);
    return {
      value: { lines: sum('lines'), untagged: sum('untagged'), services },
      evidence: [evidence, ...printed],
    };
  },
  describe: describeCoverage,
});

/** Services that one line names; the evidence has all. */
const NAMED = 3;

export function describeCoverage({ lines, untagged, services }: TagCoverage): string {
  const overall = `${percentOf(lines, untagged)} of ${lines} taggable lines`;
  if (untagged === 0) return overall;
  const worst = services
    .slice(0, NAMED)
    .map((one) => `${one.service} ${percentOf(one.lines, one.untagged)}`)
    .join(', ');
  const more = services.length > NAMED ? ` and ${services.length - NAMED} more services` : '';
  return `${overall}, ${untagged} untagged (${worst}${more})`;
}

/** The lowest of all services, in percent: what the alarm watches. */
export const worstCoverage = ({ services }: TagCoverage): number =>
  Math.min(100, ...services.map(({ lines, untagged }) => (100 * (lines - untagged)) / lines));

/** Rounded down: 99.999 % is not all of them. */
function percentOf(lines: number, untagged: number): string {
  if (untagged === 0) return '100 %';
  return percent(Math.floor((10_000 * (lines - untagged)) / lines) / 100);
}
