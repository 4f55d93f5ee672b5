import { moment } from '../../domain/words.ts';
import * as z from 'zod';
import { periodStart } from '../../domain/billing-period.ts';
import { ledgerProbe } from './ledger-probe.ts';
import { PLAN, RESOURCE, TAGGABLE, TENANT, UNTAGGED } from './tag-coverage.ts';
import { STANDING } from './untagged-resources.ts';

export const Quarantine = z.object({
  /** All that the inventory knows. */
  resources: z.int(),
  quarantined: z.int(),
  /** Quarantined, but passed by the last validation; all of them if there was none. */
  grown: z.int(),
  /** What the next validation would add, once known tags are on their lines. */
  next: z.int(),
  /** The last validation, over all periods. */
  last: z
    .object({
      run: z.string(),
      at: z.iso.datetime(),
      checked: z.int(),
      quarantined: z.int(),
    })
    .nullable(),
});
export type Quarantine = z.infer<typeof Quarantine>;

const SQL = `
with newest as (
  select run_id, max(checked_at) as at
  from tag_validation_log where checked_at <= $2::timestamptz group by 1 order by at desc, run_id desc limit 1
),
last as (select resource_id, quarantined from tag_validation_log log join newest using (run_id)),
line as (
  select distinct ${RESOURCE} as id, ${UNTAGGED} as untagged, ${TENANT} as tenant, ${PLAN} as plan
  from fact_cost_raw
  where bill_billing_period_start_date = $1::timestamptz and ${TAGGABLE} and ${RESOURCE} is not null
),
judged as (
  select id, untagged, owner.tenant_id as owner, ${STANDING} as standing
  from line left join resource_inventory owner on owner.resource_id = id
)
select (select count(*)::int from resource_inventory) as resources,
       (select count(*)::int from resource_inventory where quarantined) as quarantined,
       (select count(*)::int from resource_inventory held
        where held.quarantined and (not exists (select from last)
          or exists (select from last where last.resource_id = held.resource_id and not last.quarantined))) as grown,
       (select count(distinct id)::int from judged
        where standing <> 'quarantined' and (owner is null or (untagged and standing <> 'known'))) as next,
       (select run_id from newest) as run, (select at from newest) as at,
       (select count(*)::int from last) as checked,
       (select count(*)::int from last where last.quarantined) as "lastQuarantined"`.trim();

interface Row {
  resources: number;
  quarantined: number;
  grown: number;
  next: number;
  run: string | null;
  at: Date | null;
  checked: number;
  lastQuarantined: number;
}

export const quarantine = ledgerProbe<{ period: string }, Quarantine, Row & Record<string, unknown>>({
  name: 'quarantine',
  question: 'How many resources are in quarantine, and how many more than at the last validation?',
  sql: SQL,
  values: ({ target, now }) => [`${periodStart(target.period)}T00:00:00Z`, now.toISOString()],
  value: Quarantine,
  read([row]) {
    const { resources = 0, quarantined = 0, grown = 0, next = 0 } = row ?? {};
    const last =
      row?.run && row.at
        ? { run: row.run, at: row.at.toISOString(), checked: row.checked, quarantined: row.lastQuarantined }
        : null;
    return { resources, quarantined, grown, next, last };
  },
  describe({ resources, quarantined, grown, next, last }) {
    const before = last
      ? `the last validation (${moment(last.at)}) held ${last.quarantined} of ${last.checked}`
      : 'there never was a validation';
    return `${quarantined} of ${resources} in quarantine, ${grown} since the last validation, the next would add ${next}; ${before}`;
  },
});
