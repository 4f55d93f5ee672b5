import { periodOf, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import type { Sandbox } from '../sandbox.ts';
import { faultsOf, type Step } from './fault.ts';
import { ago, doesNothing, fails, request, setByHand, sql } from './steps.ts';

const PLAYBOOK = 'tag-coverage-drop';
const { fault, control, compound, poisoned, ...tags } = faultsOf(PLAYBOOK, 'tag_coverage_pct');
const { resolved, escalated } = tags;
const SYNC = 'lambda:Invoke tag_sync';
const VALIDATE = 'lambda:Invoke tag_validator';
const NOTIFY = 'sns:Publish provisioning-requests';

const COMPLETE = /^100 % of \d+ taggable lines; alarm tag-coverage-drop is OK$/;
/** What AWS Config should check is proposed with every resource that came without tags. */
const PROPOSED = 'proposed, for a person to apply: the AWS Config rule required-tags';

/** One of the resources of the service with the most lines. */
const resource =
  (place: number) =>
  async ({ pool }: Sandbox): Promise<string> => {
    const { rows } = await pool.query<{ id: string }>(
      `select distinct line_item_resource_id as id from fact_cost_raw
       join resource_inventory on resource_id = line_item_resource_id
       where product_servicecode = 'AmazonEC2' and line_item_line_item_type = 'Usage' order by 1 offset $1 limit 1`,
      [place],
    );
    if (!rows[0]) throw new Error(`the sandbox's costs name no AmazonEC2 resource number ${place}`);
    return rows[0].id;
  };
export const FIRST = resource(0);
export const SECOND = resource(1);

/** SQL for `count` taggable lines of a month in that state, of the service with the most lines. */
const lines = (count: number, state: string, which = 'true'): string => `
  (bill_billing_period_start_date, source_file, source_row) in (
    select bill_billing_period_start_date, source_file, source_row
    from fact_cost_raw
    join period_state on bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' and state = '${state}'
    where line_item_line_item_type = 'Usage' and product_servicecode = 'AmazonEC2' and line_item_resource_id is not null
      and resource_tags_user_tenant_id is not null and ${which}
    order by source_file, source_row limit ${count})`;

/** Lines without their tags: too few of a service for the critical alarm, unless said otherwise. */
const FEW = 2;

export const untag = (id: typeof FIRST, { count = FEW, state = 'open' } = {}): Step =>
  sql(
    `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null
     where ${lines(count, state, 'line_item_resource_id = $1')}`,
    id,
  );

const UNTAG_NAMELESS = sql(
  `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null, line_item_resource_id = null
   where ${lines(FEW, 'open')}`,
);

export const forget = (id: typeof FIRST): Step =>
  sql('delete from resource_inventory where resource_id = $1', id);

/** Two hours ago, as the responder's own notice leaves it. */
const NOTIFIED = ['an-earlier-run-3', 'responder.notify-provisioning', ago(2)] as const;
const notifiedOf = (id: typeof FIRST): readonly Step[] => [
  sql(
    `insert into job_run (run_id, job, period, status, started_at, finished_at, result)
     select $1, $2, to_char(period_start, 'YYYY-MM'), 'completed', $3, $3, '{"message_id": "earlier"}' from period_state where state = 'open'`,
    ...NOTIFIED,
  ),
  sql(
    `insert into audit_event (event_id, occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
     select md5($1::text || '/' || $2::text)::uuid, $3, 'system', 'an-earlier-run', $2, 'period', to_char(period_start, 'YYYY-MM'),
            jsonb_build_object('params', jsonb_build_object('count', '1', 'resources', $4::text))
     from period_state where state = 'open'`,
    ...NOTIFIED,
    id,
  ),
];

async function switchOffLesserAlarm({ services: { cloudwatch } }: Sandbox): Promise<void> {
  const lesser = cloudwatch.alarms.get(PLAYBOOK);
  if (!lesser) throw new Error(`the sandbox has no alarm ${PLAYBOOK}`);
  await cloudwatch.alarms.put(PLAYBOOK, {
    ...lesser,
    settings: { ...lesser.settings, actionsEnabled: false },
  });
}

async function closedMonth({ pool }: Sandbox): Promise<{ period: string }> {
  const { rows } = await pool.query<{ period: string }>(
    `select to_char(period_start, 'YYYY-MM') as period from period_state where state = 'closed' limit 1`,
  );
  return { period: rows[0]?.period ?? '' };
}

/** Cost lines that nobody can be charged with, by what the inventory knows of their resources. */
export const tagCoverageDropFaults = [
  fault('tags-missing', 'Lines came without tags, of a resource whose owner the inventory knows.')
    .inject(untag(FIRST))
    .expect(resolved('inventory-knows', COMPLETE), SYNC, VALIDATE),

  fault('tags-unknown-resource', 'Lines came without tags, of a resource that the inventory does not know.')
    .inject(untag(FIRST), forget(FIRST))
    .expect(
      escalated(
        'beyond-inventory',
        new RegExp(`^provisioning must tag 1 resources \\(1 unknown\\); ${PROPOSED}`),
      ),
      VALIDATE,
      NOTIFY,
    ),

  fault(
    'tags-ownerless-resource',
    'Lines came without tags, of a resource that belongs to nobody in the inventory.',
  )
    .inject(untag(FIRST), sql('update resource_inventory set tenant_id = null where resource_id = $1', FIRST))
    .expect(
      escalated('beyond-inventory', /^provisioning must tag 1 resources \(1 ownerless\); /),
      VALIDATE,
      NOTIFY,
    ),

  compound('tags-partly-unknown', 'Of two resources without tags the inventory knows one.')
    .inject(untag(FIRST), untag(SECOND), forget(SECOND))
    .expect(
      escalated(
        'beyond-inventory',
        /^provisioning must tag 1 resources \(1 unknown\); .*the inventory knows the owners of 1 resources \(2 lines\)/,
      ),
      SYNC,
      VALIDATE,
      NOTIFY,
    ),

  fault(
    'tags-told-already',
    'Provisioning was notified of the resource two hours ago, and has not tagged it.',
  )
    .inject(untag(FIRST), ...notifiedOf(FIRST), forget(FIRST))
    .expect(
      escalated(
        'told-already',
        /provisioning was notified of the same 1 resources at 23 Nov 2026 1\d:\d\d UTC/,
      ),
    ),

  fault('tags-nameless-lines', 'Lines came without tags, and without a resource.')
    .inject(UNTAG_NAMELESS)
    .expect(escalated('nameless', /, 2 untagged .*; 2 lines name no resource$/)),

  fault(
    'tags-missing-critical',
    'Many lines of a service came without tags, and somebody has switched off the lesser alarm.',
  )
    .inject(switchOffLesserAlarm, untag(FIRST, { count: 40 }))
    .expect(resolved('inventory-knows', /; alarm tag-coverage-drop-critical is OK$/), SYNC, VALIDATE),

  compound(
    'tags-partly-nameless',
    'Lines came without tags: some of a resource that the inventory knows, others of none.',
  )
    .inject(untag(FIRST), UNTAG_NAMELESS)
    .expect(
      escalated('partly-nameless', /^2 lines name no resource: a person looks at the report; /),
      SYNC,
      VALIDATE,
    ),

  compound(
    'tags-quarantine-grows',
    'Half of the inventory went into quarantine, and lines came without tags.',
  )
    .inject(
      untag(FIRST),
      sql(`update resource_inventory set quarantined = true
           where resource_id in (select resource_id from resource_inventory order by 1 limit
                                 (select count(*) / 2 from resource_inventory))`),
    )
    .expect(
      escalated(
        'quarantine-grows',
        /; 7 of 14 resources are in quarantine, 7 of them since the last validation/,
      ),
    ),

  poisoned('tags-contradicted', 'A line without a tenant bears a plan that is not the plan of its resource.')
    .inject(
      untag(FIRST),
      sql(
        `update fact_cost_raw set resource_tags_user_plan_id = 'PLAN-OF-NOBODY'
         where line_item_resource_id = $1 and resource_tags_user_tenant_id is null`,
        FIRST,
      ),
    )
    .expect(
      escalated('beyond-inventory', /^provisioning must tag 1 resources \(1 contradicted\); /),
      VALIDATE,
      NOTIFY,
    ),

  fault('tags-sync-fails', 'The job that copies the tags fails.')
    .inject(untag(FIRST), fails('tagSync', 'timed out'))
    .expect(
      tags.failed('inventory-knows', /^run tag_sync for 2026-11: tag_sync failed \(timed out\)$/),
      SYNC,
    ),

  fault('tags-sync-does-nothing', 'The job that copies the tags says that it completed, and has copied none.')
    .inject(untag(FIRST), doesNothing('tagSync'))
    .expect(
      tags.ineffective('inventory-knows', /^the plan was carried out, but it did not help: 99\.\d+ % of/),
      SYNC,
      VALIDATE,
    ),

  fault('tags-period-closed', 'Lines of a closed month have no tags, and somebody requests a run.')
    .inject(untag(FIRST, { state: 'closed' }), request(PLAYBOOK, closedMonth))
    .expect(escalated('closed', /^\d{4}-\d\d is closed: its lines are never tagged again/)),

  poisoned('tags-period-unknown', 'Somebody requests a run on a month that the ledger does not know.')
    .inject(request(PLAYBOOK, ({ clock }) => ({ period: shiftPeriod(periodOf(clock.now()), 4) })))
    .expect(escalated('unknown-period', /^the ledger does not know the state of 2027-03/)),

  control('tags-of-tax', 'Twenty more lines came that nobody tags: taxes and credits.')
    .inject(
      sql(
        `insert into fact_cost_raw
           (line_item_line_item_type, source_file, source_row, bill_billing_period_start_date, bill_billing_period_end_date,
            line_item_usage_start_date, line_item_usage_end_date, product_servicecode, line_item_unblended_cost, ingested_at, source_digest)
         select case number % 2 when 0 then 'Tax' else 'Credit' end, 'taxes', number, bill_billing_period_start_date,
                bill_billing_period_end_date, line_item_usage_start_date, line_item_usage_end_date, product_servicecode, 0, ingested_at, source_digest
         from (select * from fact_cost_raw where line_item_line_item_type = 'Tax'
               order by bill_billing_period_start_date desc, source_row limit 1) tax, generate_series(1, 20) number`,
      ),
    )
    .expectNothing(),

  control(
    'tags-of-last-month',
    'Lines of the month that is closing have no tags: its coverage is not checked any more.',
  )
    .inject(untag(FIRST, { state: 'closing' }))
    .expectNothing(),

  control('tags-alarm-by-hand', 'Somebody sets the alarm by hand, while every line is tagged.')
    .inject(setByHand(PLAYBOOK))
    .expect(tags.selfHealed('complete', /^100 % of \d+ taggable lines; .*alarm tag-coverage-drop is OK$/)),
];
