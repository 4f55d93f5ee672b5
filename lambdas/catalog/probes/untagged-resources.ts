import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { ledgerProbe } from './ledger-probe.ts';
import { PLAN, RESOURCE, TAGGABLE, TENANT, UNTAGGED } from './tag-coverage.ts';

/**
 * What the inventory says of the resource behind an untagged line. `known`: it names the owner, so
 * tags can be copied. Others it can't help: `unknown` to it; `ownerless`, without tenant or plan;
 * `quarantined`; `contradicted`, when the line names another owner; `nameless`, when the line names no
 * resource.
 */
export const Standing = z.enum(['known', 'unknown', 'ownerless', 'quarantined', 'contradicted', 'nameless']);
export type Standing = z.infer<typeof Standing>;

/** Ids kept for each standing; the counts are complete. */
export const IDS_KEPT = 20;

/** The period's untagged taggable lines, by their resources' standing. */
export const UntaggedResources = z.array(
  z.object({
    standing: Standing,
    lines: z.int(),
    resources: z.int(),
    ids: z.array(z.string()).max(IDS_KEPT),
  }),
);
export type UntaggedResources = z.infer<typeof UntaggedResources>;

/** SQL over a line's `id`, `tenant` and `plan`, and the inventory's `owner`. */
export const STANDING = `
  case when id is null then 'nameless'
       when owner.resource_id is null then 'unknown'
       when owner.quarantined then 'quarantined'
       when owner.tenant_id is null or owner.plan_code is null then 'ownerless'
       when coalesce(tenant, owner.tenant_id) <> owner.tenant_id or coalesce(plan, owner.plan_code) <> owner.plan_code
         then 'contradicted'
       else 'known' end`;

const SQL = `
with line as (
  select ${RESOURCE} as id, ${TENANT} as tenant, ${PLAN} as plan
  from fact_cost_raw
  where bill_billing_period_start_date = $1::timestamptz and ${TAGGABLE} and ${UNTAGGED}
),
judged as (select id, ${STANDING} as standing from line left join resource_inventory owner on owner.resource_id = id)
select standing, count(*)::int as lines, count(distinct id)::int as resources,
       coalesce((array_agg(distinct id order by id) filter (where id is not null))[1:${IDS_KEPT}], '{}') as ids
from judged
group by standing
order by standing`.trim();

export const untaggedResources = ledgerProbe<
  { period: string },
  UntaggedResources,
  UntaggedResources[number]
>({
  name: 'untagged-resources',
  question: 'Which resources are missing tags, and whose are they by the inventory?',
  sql: SQL,
  values: ({ target }) => [`${periodStart(target.period)}T00:00:00Z`],
  value: UntaggedResources,
  read: (rows) => [...rows],
  describe: (untagged) =>
    untagged.length === 0
      ? 'none'
      : untagged
          .map(({ standing, lines, resources }) => `${standing}: ${resources} resources, ${lines} lines`)
          .join('; '),
});
