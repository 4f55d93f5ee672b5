import {
  asDelivered,
  BADLY,
  BILLED,
  change,
  FREE,
  meanwhile,
  NO_EBS_RULE,
  orderedBefore,
  over,
  running,
  SLIGHTLY,
  spoil,
  UNTAGGED,
} from './billing-chain.ts';
import { faultsOf } from './fault.ts';
import { doesNothing, fails, request, setByHand } from './steps.ts';

const PLAYBOOK = 'allocation-variance';
const { fault, control, compound, poisoned, resolved, selfHealed, escalated, ineffective, failed, joined } =
  faultsOf(PLAYBOOK, 'allocation_variance_pct');
const ALLOCATE = 'lambda:Invoke allocation_runner';
const SYNC = 'lambda:Invoke tag_sync';

const REPAIRED = /^worst allocation variance 0 % \(limit 0\.5 %\); alarm allocation-variance is OK$/;

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

/** The allocation does not match the costs: what stands behind it, and whether a re-run can help. */
export const allocationVarianceFaults = [
  fault('allocation-off', 'What is allocated of one service is 0.7 % less than it cost.')
    .inject(change(running, spoil(SLIGHTLY)))
    .expect(resolved('out-of-step', REPAIRED), ALLOCATE),

  fault('allocation-off-last-month', 'The variance is in last month, which is over but not closed.')
    .inject(change(over, spoil(SLIGHTLY)))
    .expect(resolved('out-of-step', REPAIRED), ALLOCATE),

  fault('allocation-missing', 'One service is not allocated at all: both alarms fire, and one run acts.')
    .inject(
      change(
        running,
        `delete from fact_cost_allocated where period_start = {period} and service = 'AmazonS3'`,
      ),
    )
    .expect([resolved('out-of-step'), joined], ALLOCATE),

  fault('allocation-closed-meanwhile', 'The month is closed between the alarm and the probes.')
    .inject(meanwhile(over, CLOSE), change(over, spoil(SLIGHTLY)))
    .expect(escalated('closed', /2026-10 is closed/)),

  fault('allocation-of-unknown-month', 'Somebody requests a run on a month that the ledger does not know.')
    .inject(request(PLAYBOOK, { period: '2027-03' }))
    .expect(escalated('unknown-period', /does not know the state of 2027-03/)),

  control(
    'allocation-alarm-by-hand',
    'Somebody sets the alarm by hand, while every service is allocated to the last cent.',
  )
    .inject(setByHand(PLAYBOOK))
    .expect(selfHealed('within', /worst allocation variance 0 %/)),

  control(
    'allocation-nearly-right',
    'What is allocated of one service is 0.4 % less than it cost: within the tolerance.',
  )
    .inject(change(running, spoil(0.996)))
    .expectNothing(),

  poisoned(
    'allocation-of-no-costs',
    'Every cost line of the month says zero, and the allocation still stands.',
  )
    .inject(change(running, FREE), asDelivered(running))
    .expect([escalated('no-costs', /come to nothing, but [\d,.]+ USD are allocated/), joined]),

  poisoned('allocation-of-negative-usage', 'The usage of one service cost less than nothing.')
    .inject(
      change(
        running,
        `update fact_cost_raw set line_item_unblended_cost = -line_item_unblended_cost
         where ${BILLED} and product_servicecode = 'AmazonRDS'`,
      ),
      asDelivered(running),
    )
    .expect([
      escalated('negative-usage', /usage of AmazonRDS \(-[\d,.]+ USD raw\) cost less than nothing/),
      joined,
    ]),

  poisoned(
    'allocation-with-empty-pools',
    'A service that cost nothing, a shared pool of zero, and a key total of zero stand next to a real variance.',
  )
    .inject(
      change(
        running,
        `${FREE} and (product_servicecode = 'AWSLambda'
                      or product_servicecode = 'AmazonS3' and resource_tags_user_tenant_id is null)`,
        NO_STORAGE,
      ),
      asDelivered(running),
      (sandbox) => sandbox.services.commercialOps.allocate(running(sandbox)),
      change(running, spoil(SLIGHTLY)),
    )
    .expect(resolved('out-of-step', REPAIRED), ALLOCATE),

  fault('allocation-off-again', 'It was re-run from here half an hour ago, and is off again.')
    .inject(orderedBefore('allocation', running), change(running, spoil(SLIGHTLY)))
    .expect(escalated('rerun-in-vain', /re-run from here at 23 Nov 2026 \d\d:\d\d UTC/)),

  fault(
    'allocation-rules-unclear',
    'One rule changed within the month, and another category has a version of its own.',
  )
    .inject(
      change(
        running,
        NEW_NAT_RULE,
        `update rule_version_map set version = 3 where category = 'S3'`,
        spoil(SLIGHTLY),
      ),
    )
    .expect(escalated('version-unclear', /rules of NAT changed within the period/)),

  fault('allocation-rule-missing', 'A category has no rule any more.')
    .inject(change(running, NO_EBS_RULE, spoil(SLIGHTLY)))
    .expect(escalated('rule-missing', /no rule with a key metric for EBS/)),

  fault('allocation-metric-unmapped', 'A rule splits by a metric that no plan knows.')
    .inject(
      change(
        running,
        `update rule_version_map set key_metric = 'gpu_hours' where category = 'S3'`,
        spoil(SLIGHTLY),
      ),
    )
    .expect(
      escalated('metric-unmapped', /No plan in plan_metric_map knows the key metric of S3 by gpu_hours/),
    ),

  fault('allocation-by-nothing', 'Nobody used anything of the metric by which shared cost is split.')
    .inject(change(running, NO_STORAGE, spoil(SLIGHTLY)))
    .expect(escalated('key-total-zero', /key total is zero for the shared cost of S3 by storage_gb_peak/)),

  fault('allocation-rule-changed', 'A rule changed within the month: the version of its beginning is used.')
    .inject(change(running, NEW_NAT_RULE, spoil(SLIGHTLY)))
    .expect(resolved('rule-changed', REPAIRED), ALLOCATE),

  compound(
    'allocation-with-tag-gap',
    'The allocation is off, and cost lines are missing a tenant that the inventory knows.',
  )
    .inject(change(over, `${UNTAGGED} and product_servicecode = 'AmazonRDS'`, spoil(SLIGHTLY)))
    .expect(resolved('tag-gap', REPAIRED), SYNC, ALLOCATE),

  fault('allocation-still-off', 'The re-run says that it completed, and has changed nothing.')
    .inject(doesNothing('allocation'), change(running, spoil(SLIGHTLY)))
    .expect(ineffective('out-of-step', /did not help: worst allocation variance 0\.7\d* %/), ALLOCATE),

  fault(
    'allocation-badly-off-still',
    'Both alarms fire, the re-run changes nothing, and it is not tried twice.',
  )
    .inject(doesNothing('allocation'), change(running, spoil(BADLY)))
    .expect([ineffective('out-of-step', /did not help: worst allocation variance 4 %/), joined], ALLOCATE),

  fault('allocation-fails', 'The re-run fails.')
    .inject(fails('allocation', 'out of memory'), change(running, spoil(SLIGHTLY)))
    .expect(failed('out-of-step', /allocation_runner failed \(out of memory\)/), ALLOCATE),
];
