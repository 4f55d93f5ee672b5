import {
  ask,
  BADLY,
  BILLED,
  change,
  expect,
  meanwhile,
  orderedBefore,
  over,
  running,
  SLIGHTLY,
  spoil,
} from './billing-chain.ts';
import { setByHand, type ExpectedRun, type Fault } from './fault.ts';

const PLAYBOOK = 'allocation-variance';
const METRIC = 'allocation_variance_pct';
const ALLOCATE = 'lambda:Invoke allocation_runner';
const SYNC = 'lambda:Invoke tag_sync';

const REPAIRED = /^worst allocation variance 0\.00 % \(limit 0\.5 %\); alarm allocation-variance is OK$/;
const of = (outcome: ExpectedRun['outcome'], branch: string | null, why?: RegExp) =>
  expect(PLAYBOOK, outcome, branch, why);
const common = { kind: 'fault', metric: METRIC } as const;

/** By somebody, just now. */
const CLOSE = `
  update period_state set state = 'closed', changed_at = (select max(opened_at) from responder.run)
  where period_start = {period}`;

/** The current month's storage is split by nothing: no tenant has used any. */
const NO_STORAGE = `
  delete from usage_snapshot_daily
  where metric_code = 'storage_gb_peak' and usage_date >= {period} and usage_date < {period} + interval '1 month'`;

/** A rule of the NAT gateways that took effect on the tenth. */
const NEW_NAT_RULE = `
  insert into rule_version_map (rule_id, version, category, key_metric, effective_from)
  values ('ALLOC-NAT', 2, 'NAT', 'runner_hours', {period} + 9)`;

/** The allocation is not that of the costs: what stands behind it, and whether a re-run can help. */
export const allocationVarianceFaults: readonly Fault[] = [
  {
    ...common,
    name: 'allocation-off',
    about: 'What is allocated of one service is 0.7 % less than it cost.',
    runs: [of('resolved', 'out-of-step', REPAIRED)],
    actions: [ALLOCATE],
    inject: (sandbox) => change(sandbox, running(sandbox), spoil(SLIGHTLY)),
  },
  {
    ...common,
    name: 'allocation-off-last-month',
    about: 'The variance is in last month, which is over but not closed.',
    runs: [of('resolved', 'out-of-step', REPAIRED)],
    actions: [ALLOCATE],
    inject: (sandbox) => change(sandbox, over(sandbox), spoil(SLIGHTLY)),
  },
  {
    ...common,
    name: 'allocation-missing',
    about: 'One service is not allocated at all: both alarms fire, and one run acts.',
    runs: [of('resolved', 'out-of-step'), of('refused', null, /^guard open-run: /)],
    actions: [ALLOCATE],
    inject: (sandbox) =>
      change(
        sandbox,
        running(sandbox),
        `delete from fact_cost_allocated where period_start = {period} and service = 'AmazonS3'`,
      ),
  },
  {
    ...common,
    name: 'allocation-closed-meanwhile',
    about: 'The month is closed between the alarm and the look at it.',
    runs: [of('escalated', 'closed', /2026-10 is closed/)],
    actions: [],
    async inject(sandbox) {
      const month = over(sandbox);
      await meanwhile(sandbox, month, CLOSE);
      await change(sandbox, month, spoil(SLIGHTLY));
    },
  },
  {
    ...common,
    name: 'allocation-of-unknown-month',
    about: 'Somebody asks for a run on a month that the ledger does not know.',
    runs: [of('escalated', 'unknown-period', /does not know the state of 2027-03/)],
    actions: [],
    inject: (sandbox) => ask(sandbox, PLAYBOOK, '2027-03'),
  },
  {
    ...common,
    name: 'allocation-alarm-by-hand',
    about: 'Somebody sets the alarm by hand, while every service is allocated to the last cent.',
    kind: 'control',
    runs: [of('self-healed', 'within', /worst allocation variance 0\.00 %/)],
    actions: [],
    inject: (sandbox) => setByHand(sandbox, PLAYBOOK),
  },
  {
    ...common,
    name: 'allocation-nearly-right',
    about: 'What is allocated of one service is 0.4 % less than it cost: within the tolerance.',
    kind: 'control',
    runs: [],
    actions: [],
    inject: (sandbox) => change(sandbox, running(sandbox), spoil(0.996)),
  },
  {
    ...common,
    name: 'allocation-of-no-costs',
    about: 'Every cost line of the month says zero, and the allocation still stands.',
    kind: 'poisoned',
    runs: [
      of('escalated', 'no-costs', /come to nothing, but \d+\.\d+ USD are allocated/),
      of('refused', null, /^guard open-run: /),
    ],
    actions: [],
    inject: (sandbox) =>
      change(
        sandbox,
        running(sandbox),
        `update fact_cost_raw set line_item_unblended_cost = 0 where ${BILLED}`,
      ),
  },
  {
    ...common,
    name: 'allocation-of-negative-usage',
    about: 'The usage of one service cost less than nothing.',
    kind: 'poisoned',
    runs: [
      of('escalated', 'negative-usage', /usage of AmazonRDS \(-\d+\.\d+ USD raw\) cost less than nothing/),
      of('refused', null, /^guard open-run: /),
    ],
    actions: [],
    inject: (sandbox) =>
      change(
        sandbox,
        running(sandbox),
        `update fact_cost_raw set line_item_unblended_cost = -line_item_unblended_cost
         where ${BILLED} and product_servicecode = 'AmazonRDS'`,
      ),
  },
  {
    ...common,
    name: 'allocation-with-empty-pools',
    about:
      'A service that cost nothing, a shared pool of zero, and a key total of zero lie beside a real variance.',
    kind: 'poisoned',
    runs: [of('resolved', 'out-of-step', REPAIRED)],
    actions: [ALLOCATE],
    async inject(sandbox) {
      const month = running(sandbox);
      await change(
        sandbox,
        month,
        `update fact_cost_raw set line_item_unblended_cost = 0
         where ${BILLED} and (product_servicecode = 'AWSLambda'
                              or product_servicecode = 'AmazonS3' and resource_tags_user_tenant_id is null)`,
        NO_STORAGE,
      );
      await sandbox.services.commercialOps.allocate(month);
      await change(sandbox, month, spoil(SLIGHTLY));
    },
  },
  {
    ...common,
    name: 'allocation-off-again',
    about: 'It was re-run from here half an hour ago, and is off again.',
    runs: [of('escalated', 'rerun-in-vain', /re-run from here at 2026-11-23T\d\d:\d\dZ/)],
    actions: [],
    async inject(sandbox) {
      await orderedBefore(sandbox, sandbox.services.estate.jobs.allocation, running(sandbox));
      await change(sandbox, running(sandbox), spoil(SLIGHTLY));
    },
  },
  {
    ...common,
    name: 'allocation-rules-unclear',
    about: 'One rule changed within the month, and another category has a version of its own.',
    runs: [of('escalated', 'version-unclear', /rules of NAT changed within the period/)],
    actions: [],
    inject: (sandbox) =>
      change(
        sandbox,
        running(sandbox),
        NEW_NAT_RULE,
        `update rule_version_map set version = 3 where category = 'S3'`,
        spoil(SLIGHTLY),
      ),
  },
  {
    ...common,
    name: 'allocation-rule-missing',
    about: 'A category has no rule any more.',
    runs: [of('escalated', 'rule-missing', /no rule with a key metric for EBS/)],
    actions: [],
    inject: (sandbox) =>
      change(
        sandbox,
        running(sandbox),
        `delete from rule_version_map where category = 'EBS'`,
        spoil(SLIGHTLY),
      ),
  },
  {
    ...common,
    name: 'allocation-metric-unmapped',
    about: 'A rule splits by a metric that no plan knows.',
    runs: [
      of(
        'escalated',
        'metric-unmapped',
        /No plan in plan_metric_map knows the key metric of S3 by gpu_hours/,
      ),
    ],
    actions: [],
    inject: (sandbox) =>
      change(
        sandbox,
        running(sandbox),
        `update rule_version_map set key_metric = 'gpu_hours' where category = 'S3'`,
        spoil(SLIGHTLY),
      ),
  },
  {
    ...common,
    name: 'allocation-by-nothing',
    about: 'Nobody used anything of the metric by which shared cost is split.',
    runs: [
      of('escalated', 'key-total-zero', /key total is zero for the shared cost of S3 by storage_gb_peak/),
    ],
    actions: [],
    inject: (sandbox) => change(sandbox, running(sandbox), NO_STORAGE, spoil(SLIGHTLY)),
  },
  {
    ...common,
    name: 'allocation-rule-changed',
    about: 'A rule changed within the month: the version of its beginning is used.',
    runs: [of('resolved', 'rule-changed', REPAIRED)],
    actions: [ALLOCATE],
    inject: (sandbox) => change(sandbox, running(sandbox), NEW_NAT_RULE, spoil(SLIGHTLY)),
  },
  {
    ...common,
    name: 'allocation-with-tag-gap',
    about: 'The allocation is off, and cost lines lack a tenant that the inventory knows.',
    kind: 'compound',
    runs: [of('resolved', 'tag-gap', REPAIRED)],
    actions: [SYNC, ALLOCATE],
    inject: (sandbox) =>
      change(
        sandbox,
        over(sandbox),
        `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null
         where ${BILLED} and product_servicecode = 'AmazonRDS'`,
        spoil(SLIGHTLY),
      ),
  },
  {
    ...common,
    name: 'allocation-still-off',
    about: 'The re-run says that it completed, and has changed nothing.',
    runs: [of('ineffective', 'out-of-step', /did not help: worst allocation variance 0\.70 %/)],
    actions: [ALLOCATE],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await commercialOps.behave(estate.jobs.allocation, { kind: 'noop' });
      await change(sandbox, running(sandbox), spoil(SLIGHTLY));
    },
  },
  {
    ...common,
    name: 'allocation-badly-off-still',
    about: 'Both alarms fire, the re-run changes nothing, and it is not tried twice.',
    runs: [
      of('ineffective', 'out-of-step', /did not help: worst allocation variance 4\.00 %/),
      of('refused', null, /^guard open-run: /),
    ],
    actions: [ALLOCATE],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await commercialOps.behave(estate.jobs.allocation, { kind: 'noop' });
      await change(sandbox, running(sandbox), spoil(BADLY));
    },
  },
  {
    ...common,
    name: 'allocation-fails',
    about: 'The re-run fails.',
    runs: [of('failed', 'out-of-step', /allocation_runner failed \(out of memory\)/)],
    actions: [ALLOCATE],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await commercialOps.behave(estate.jobs.allocation, { kind: 'fail', message: 'out of memory' });
      await change(sandbox, running(sandbox), spoil(SLIGHTLY));
    },
  },
];
