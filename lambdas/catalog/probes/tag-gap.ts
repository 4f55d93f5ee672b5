import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { ledgerProbe } from './ledger-probe.ts';
import { PLAN, RESOURCE, TAGGABLE, TENANT, UNTAGGED } from './tag-coverage.ts';

/** Lines of one period that belong to a tenant and do not say to which. */
export const TagGap = z.object({
  taggable: z.int(),
  untagged: z.int(),
  /** Untagged lines whose owner the inventory knows: what a synchronisation would tag. */
  fromInventory: z.int(),
});
export type TagGap = z.infer<typeof TagGap>;

const SQL = `
with line as (
  select ${RESOURCE} as resource, ${TENANT} as tenant, ${PLAN} as plan, ${UNTAGGED} as untagged
  from fact_cost_raw
  where bill_billing_period_start_date = $1::date::timestamp at time zone 'UTC'
    and ${TAGGABLE}
)
select count(*)::int as taggable, count(*) filter (where untagged)::int as untagged,
       count(*) filter (where untagged and owner.tenant_id is not null and owner.plan_code is not null
                          and not owner.quarantined and coalesce(tenant, owner.tenant_id) = owner.tenant_id
                          and coalesce(plan, owner.plan_code) = owner.plan_code)::int as "fromInventory"
from line left join resource_inventory owner on owner.resource_id = line.resource`.trim();

export const tagGap = ledgerProbe<{ period: string }, TagGap, TagGap>({
  name: 'tag-gap',
  question: 'Are cost lines of the period missing a tenant that the inventory knows?',
  sql: SQL,
  values: ({ target }) => [periodStart(target.period)],
  value: TagGap,
  read: ([row]) => row ?? { taggable: 0, untagged: 0, fromInventory: 0 },
  describe: ({ taggable, untagged, fromInventory }) =>
    `${untagged} of ${taggable} taggable lines are missing a tag; the inventory knows the owner of ${fromInventory}`,
});
