import { periodOf, shiftPeriod } from '../../lambdas/domain/billing-period.ts';
import type { Sandbox } from '../sandbox.ts';
import { ask } from './billing-chain.ts';
import { hoursAgo, setByHand, type ExpectedRun, type Fault } from './fault.ts';

const PLAYBOOK = 'tag-coverage-drop';
const METRIC = 'tag_coverage_pct';
const SYNC = 'lambda:Invoke tag_sync';
const VALIDATE = 'lambda:Invoke tag_validator';
const TELL = 'sns:Publish provisioning-requests';

const run = (outcome: ExpectedRun['outcome'], branch: string, why: RegExp): ExpectedRun => ({
  playbook: PLAYBOOK,
  outcome,
  branch,
  why,
});
const COMPLETE = /^100 % of \d+ taggable lines; alarm tag-coverage-drop is OK$/;
/** What AWS Config should ask for is proposed with every resource that came without tags. */
const PROPOSED = 'proposed, for a person to apply: the AWS Config rule required-tags';

/** Lines without their tags: too few of a service for the critical alarm, unless said otherwise. */
const FEW = 2;

/** Cost lines that nobody can be charged with, by what the inventory knows of their resources. */
export const tagCoverageDropFaults: readonly Fault[] = [
  {
    name: 'tags-missing',
    about: 'Lines came without tags, of a resource whose owner the inventory knows.',
    kind: 'fault',
    metric: METRIC,
    actions: [SYNC, VALIDATE],
    runs: [run('resolved', 'inventory-knows', COMPLETE)],
    inject: async (sandbox) => untag(sandbox, await resource(sandbox, 0)),
  },
  {
    name: 'tags-unknown-resource',
    about: 'Lines came without tags, of a resource that the inventory does not know.',
    kind: 'fault',
    metric: METRIC,
    actions: [VALIDATE, TELL],
    runs: [
      run(
        'escalated',
        'beyond-inventory',
        new RegExp(`^provisioning must tag 1 resources \\(1 unknown\\); ${PROPOSED}`),
      ),
    ],
    async inject(sandbox) {
      const id = await resource(sandbox, 0);
      await untag(sandbox, id);
      await forget(sandbox, id);
    },
  },
  {
    name: 'tags-ownerless-resource',
    about: 'Lines came without tags, of a resource that belongs to nobody in the inventory.',
    kind: 'fault',
    metric: METRIC,
    actions: [VALIDATE, TELL],
    runs: [run('escalated', 'beyond-inventory', /^provisioning must tag 1 resources \(1 ownerless\); /)],
    async inject(sandbox) {
      const id = await resource(sandbox, 0);
      await untag(sandbox, id);
      await sandbox.pool.query('update resource_inventory set tenant_id = null where resource_id = $1', [id]);
    },
  },
  {
    name: 'tags-partly-unknown',
    about: 'Of two resources without tags the inventory knows one.',
    kind: 'compound',
    metric: METRIC,
    actions: [SYNC, VALIDATE, TELL],
    runs: [
      run(
        'escalated',
        'beyond-inventory',
        /^provisioning must tag 1 resources \(1 unknown\); .*the inventory knows the owners of 1 resources \(2 lines\)/,
      ),
    ],
    async inject(sandbox) {
      await untag(sandbox, await resource(sandbox, 0));
      const id = await resource(sandbox, 1);
      await untag(sandbox, id);
      await forget(sandbox, id);
    },
  },
  {
    name: 'tags-told-already',
    about: 'Provisioning was told of the resource two hours ago, and has not tagged it.',
    kind: 'fault',
    metric: METRIC,
    actions: [],
    runs: [
      run(
        'escalated',
        'told-already',
        /provisioning was told of the same 1 resources at 2026-11-23T1\d:\d\dZ/,
      ),
    ],
    async inject(sandbox) {
      const id = await resource(sandbox, 0);
      await untag(sandbox, id);
      await forget(sandbox, id);
      await toldOf(sandbox, id);
    },
  },
  {
    name: 'tags-nameless-lines',
    about: 'Lines came without tags, and without a resource.',
    kind: 'fault',
    metric: METRIC,
    actions: [],
    runs: [run('escalated', 'nameless', /, 2 untagged .*; 2 lines name no resource$/)],
    inject: (sandbox) => untagNameless(sandbox, FEW),
  },
  {
    name: 'tags-missing-critical',
    about: 'Many lines of a service came without tags, and somebody has switched off the lesser alarm.',
    kind: 'fault',
    metric: METRIC,
    actions: [SYNC, VALIDATE],
    runs: [run('resolved', 'inventory-knows', /; alarm tag-coverage-drop-critical is OK$/)],
    async inject(sandbox) {
      const { alarms } = sandbox.services.cloudwatch;
      const lesser = alarms.get(PLAYBOOK);
      if (!lesser) throw new Error(`the sandbox has no alarm ${PLAYBOOK}`);
      await alarms.put(PLAYBOOK, { ...lesser, settings: { ...lesser.settings, actionsEnabled: false } });
      await untag(sandbox, await resource(sandbox, 0), { count: 40 });
    },
  },
  {
    name: 'tags-partly-nameless',
    about: 'Lines came without tags: some of a resource that the inventory knows, others of none.',
    kind: 'compound',
    metric: METRIC,
    actions: [SYNC, VALIDATE],
    runs: [run('escalated', 'partly-nameless', /^2 lines name no resource: a person looks at the report; /)],
    async inject(sandbox) {
      await untag(sandbox, await resource(sandbox, 0));
      await untagNameless(sandbox, FEW);
    },
  },
  {
    name: 'tags-quarantine-grows',
    about: 'Half of the inventory went into quarantine, and lines came without tags.',
    kind: 'compound',
    metric: METRIC,
    actions: [],
    runs: [
      run(
        'escalated',
        'quarantine-grows',
        /; 7 of 14 resources are in quarantine, 7 of them since the last validation/,
      ),
    ],
    async inject(sandbox) {
      await untag(sandbox, await resource(sandbox, 0));
      await sandbox.pool.query(
        `update resource_inventory set quarantined = true
         where resource_id in (select resource_id from resource_inventory order by 1 limit
                               (select count(*) / 2 from resource_inventory))`,
      );
    },
  },
  {
    name: 'tags-contradicted',
    about: 'A line without a tenant bears a plan that is not the plan of its resource.',
    kind: 'poisoned',
    metric: METRIC,
    actions: [VALIDATE, TELL],
    runs: [run('escalated', 'beyond-inventory', /^provisioning must tag 1 resources \(1 contradicted\); /)],
    async inject(sandbox) {
      const id = await resource(sandbox, 0);
      await untag(sandbox, id);
      await sandbox.pool.query(
        `update fact_cost_raw set resource_tags_user_plan_id = 'PLAN-OF-NOBODY'
         where line_item_resource_id = $1 and resource_tags_user_tenant_id is null`,
        [id],
      );
    },
  },
  {
    name: 'tags-sync-fails',
    about: 'The job that copies the tags fails.',
    kind: 'fault',
    metric: METRIC,
    actions: [SYNC],
    runs: [run('failed', 'inventory-knows', /^run tag_sync for 2026-11: tag_sync failed \(timed out\)$/)],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await untag(sandbox, await resource(sandbox, 0));
      await commercialOps.behave(estate.jobs.tagSync, { kind: 'fail', message: 'timed out' });
    },
  },
  {
    name: 'tags-sync-does-nothing',
    about: 'The job that copies the tags says that it completed, and has copied none.',
    kind: 'fault',
    metric: METRIC,
    actions: [SYNC, VALIDATE],
    runs: [
      run('ineffective', 'inventory-knows', /^the plan was carried out, but it did not help: 99\.\d\d % of/),
    ],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await untag(sandbox, await resource(sandbox, 0));
      await commercialOps.behave(estate.jobs.tagSync, { kind: 'noop' });
    },
  },
  {
    name: 'tags-period-closed',
    about: 'Lines of a closed month lack their tags, and somebody calls for a run.',
    kind: 'fault',
    metric: METRIC,
    actions: [],
    runs: [run('escalated', 'closed', /^\d{4}-\d\d is closed: its lines are never tagged again/)],
    async inject(sandbox) {
      await untag(sandbox, await resource(sandbox, 0), { state: 'closed' });
      const { rows } = await sandbox.pool.query<{ period: string }>(
        `select to_char(period_start, 'YYYY-MM') as period from period_state where state = 'closed' limit 1`,
      );
      await ask(sandbox, PLAYBOOK, rows[0]?.period ?? '');
    },
  },
  {
    name: 'tags-period-unknown',
    about: 'Somebody calls for a run on a month that the ledger does not know.',
    kind: 'poisoned',
    metric: METRIC,
    actions: [],
    runs: [run('escalated', 'unknown-period', /^the ledger does not know the state of 2027-03/)],
    inject: (sandbox) => ask(sandbox, PLAYBOOK, shiftPeriod(periodOf(sandbox.clock.now()), 4)),
  },
  {
    name: 'tags-of-tax',
    about: 'Twenty more lines came that nobody tags: taxes and credits.',
    kind: 'control',
    metric: METRIC,
    runs: [],
    actions: [],
    async inject({ pool }) {
      await pool.query(
        `insert into fact_cost_raw
           (line_item_line_item_type, source_file, source_row, bill_billing_period_start_date, bill_billing_period_end_date,
            line_item_usage_start_date, line_item_usage_end_date, product_servicecode, line_item_unblended_cost, ingested_at, source_digest)
         select case number % 2 when 0 then 'Tax' else 'Credit' end, 'taxes', number, bill_billing_period_start_date,
                bill_billing_period_end_date, line_item_usage_start_date, line_item_usage_end_date, product_servicecode, 0, ingested_at, source_digest
         from (select * from fact_cost_raw where line_item_line_item_type = 'Tax'
               order by bill_billing_period_start_date desc, source_row limit 1) tax, generate_series(1, 20) number`,
      );
    },
  },
  {
    name: 'tags-of-last-month',
    about: 'Lines of the month that is closing lack their tags: its coverage is not asked for any more.',
    kind: 'control',
    metric: METRIC,
    runs: [],
    actions: [],
    inject: async (sandbox) => untag(sandbox, await resource(sandbox, 0), { state: 'closing' }),
  },
  {
    name: 'tags-alarm-by-hand',
    about: 'Somebody sets the alarm by hand, while every line is tagged.',
    kind: 'control',
    metric: METRIC,
    actions: [],
    runs: [run('self-healed', 'complete', /^100 % of \d+ taggable lines; .*alarm tag-coverage-drop is OK$/)],
    inject: (sandbox) => setByHand(sandbox, PLAYBOOK),
  },
];

/** One of the resources of the service with the most lines. */
async function resource({ pool }: Sandbox, place: number): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `select distinct line_item_resource_id as id from fact_cost_raw
     join resource_inventory on resource_id = line_item_resource_id
     where product_servicecode = 'AmazonEC2' and line_item_line_item_type = 'Usage' order by 1 offset $1 limit 1`,
    [place],
  );
  if (!rows[0]) throw new Error(`the sandbox's costs name no AmazonEC2 resource number ${place}`);
  return rows[0].id;
}

/** SQL for `count` taggable lines of a month in that state, of the service with the most lines. */
const lines = (count: number, state: string, which = 'true'): string => `
  (bill_billing_period_start_date, source_file, source_row) in (
    select bill_billing_period_start_date, source_file, source_row
    from fact_cost_raw
    join period_state on bill_billing_period_start_date = period_start::timestamp at time zone 'UTC' and state = '${state}'
    where line_item_line_item_type = 'Usage' and product_servicecode = 'AmazonEC2' and line_item_resource_id is not null
      and resource_tags_user_tenant_id is not null and ${which}
    order by source_file, source_row limit ${count})`;

async function untag({ pool }: Sandbox, id: string, { count = FEW, state = 'open' } = {}): Promise<void> {
  await pool.query(
    `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null
     where ${lines(count, state, 'line_item_resource_id = $1')}`,
    [id],
  );
}

async function untagNameless({ pool }: Sandbox, count: number): Promise<void> {
  await pool.query(
    `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null, line_item_resource_id = null
     where ${lines(count, 'open')}`,
  );
}

async function forget({ pool }: Sandbox, id: string): Promise<void> {
  await pool.query('delete from resource_inventory where resource_id = $1', [id]);
}

/** As the responder's own notice leaves it. */
async function toldOf(sandbox: Sandbox, id: string): Promise<void> {
  const job = 'responder.notify-provisioning';
  const values = ['an-earlier-run-3', job, hoursAgo(sandbox, 2)];
  await sandbox.pool.query(
    `insert into job_run (run_id, job, period, status, started_at, finished_at, result)
     select $1, $2, to_char(period_start, 'YYYY-MM'), 'completed', $3, $3, '{"message_id": "earlier"}' from period_state where state = 'open'`,
    values,
  );
  await sandbox.pool.query(
    `insert into audit_event (event_id, occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
     select md5($1::text || '/' || $2::text)::uuid, $3, 'system', 'an-earlier-run', $2, 'period', to_char(period_start, 'YYYY-MM'),
            jsonb_build_object('params', jsonb_build_object('count', '1', 'resources', $4::text))
     from period_state where state = 'open'`,
    [...values, id],
  );
}
