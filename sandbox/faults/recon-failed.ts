import type { Sandbox } from '../sandbox.ts';
import {
  ask,
  BILLED,
  change,
  expect,
  meanwhile,
  orderedBefore,
  OUTDATED,
  over,
  reconciled,
  running,
  SLIGHTLY,
  spoil,
  WARNS,
} from './billing-chain.ts';
import { setByHand, type ExpectedRun, type Fault } from './fault.ts';

const PLAYBOOK = 'recon-failed';
const METRIC = 'recon_variance_pct';
const RECONCILE = 'lambda:Invoke recon_runner';
const ALLOCATE = 'lambda:Invoke allocation_runner';
const SYNC = 'lambda:Invoke tag_sync';

const of = (outcome: ExpectedRun['outcome'], branch: string | null, why?: RegExp) =>
  expect(PLAYBOOK, outcome, branch, why);
const REPAIRED = /^reconciliation ok of 2026-11-23T\d\d:\d\dZ, worst 0\.00 % .*; alarm recon-failed is OK$/;
const PROVISIONAL = /^reconciliation provisional of .*, nothing judged .*; alarm recon-failed is OK$/;
/** The month that the world has closed: every invoice is issued. */
const CLOSED = '2025-09';
const common = { kind: 'fault', metric: METRIC } as const;

/** An invoice that somebody issued by hand before the month was closed, over a dollar that was never allocated. */
const INVOICE = `
  with header as (
    insert into invoice_header
      (invoice_id, tenant_id, period_start, period_end, status, subtotal_usd, tax_usd, total_usd, issued_at)
    select 'INV-BY-HAND', 'TEN-00112', {period}, {period} + interval '1 month', 'issued', sum(round(cost, 2)) + 1, 0,
           sum(round(cost, 2)) + 1, {period} + interval '1 month'
    from (select sum(allocated_cost_usd) as cost from fact_cost_allocated
          where period_start = {period} and tenant_id = 'TEN-00112' group by service) by_service
    returning invoice_id)
  insert into invoice_detail (invoice_id, line_type, metric_code, quantity, unit, unit_price_usd, amount_usd)
  select invoice_id, 'allocation', service, 1, 'month', amount, amount
  from header, (select service, round(sum(allocated_cost_usd), 2) + case service when 'AmazonEC2' then 1 else 0 end as amount
                from fact_cost_allocated where period_start = {period} and tenant_id = 'TEN-00112' group by service) part`;

/** The reconciliation failed, or is over its limits: why, and who can help. */
export const reconFailedFaults: readonly Fault[] = [
  {
    ...common,
    name: 'recon-out-of-date',
    about: 'The reconciliation warns of totals that have been put right since.',
    runs: [of('resolved', 'out-of-date', REPAIRED)],
    actions: [RECONCILE],
    inject: (sandbox) => change(sandbox, over(sandbox), OUTDATED, WARNS),
  },
  {
    ...common,
    name: 'recon-failed-outright',
    about: 'The reconciliation failed on old totals: both alarms fire, and one run acts.',
    runs: [of('resolved', 'out-of-date'), of('refused', null, /^guard open-run: /)],
    actions: [RECONCILE],
    inject: (sandbox) =>
      change(
        sandbox,
        over(sandbox),
        OUTDATED,
        `update recon_summary set status = 'failed' where period_start = {period} and service is null`,
      ),
  },
  {
    ...common,
    name: 'recon-of-closed-month',
    about: 'The reconciliation of a closed month warns.',
    runs: [of('escalated', 'closed', /2025-09 is closed: it is never reconciled again .*worst 0\.70 %/)],
    actions: [],
    inject: (sandbox) => change(sandbox, CLOSED, WARNS),
  },
  {
    ...common,
    name: 'recon-of-unknown-month',
    about: 'Somebody asks for a run on a month that the ledger does not know.',
    runs: [of('escalated', 'unknown-period', /does not know the state of 2027-03/)],
    actions: [],
    inject: (sandbox) => ask(sandbox, PLAYBOOK, '2027-03'),
  },
  {
    ...common,
    name: 'recon-alarm-by-hand',
    about: 'Somebody sets the alarm by hand, while the last reconciliation was in balance.',
    kind: 'control',
    runs: [of('self-healed', 'balanced', /reconciliation ok of .* worst 0\.00 %/)],
    actions: [],
    async inject(sandbox) {
      await reconciled(sandbox, over(sandbox));
      await setByHand(sandbox, PLAYBOOK);
    },
  },
  {
    ...common,
    name: 'recon-provisional-and-off',
    about: 'A provisional reconciliation shows a variance: the month is not final, so nobody is called.',
    kind: 'control',
    runs: [],
    actions: [],
    async inject(sandbox) {
      await reconciled(sandbox, running(sandbox));
      await change(
        sandbox,
        running(sandbox),
        `update recon_summary set variance_pct = 3 where period_start = {period} and service is null`,
      );
    },
  },
  {
    ...common,
    name: 'recon-provisional',
    about: 'Somebody asks for a reconciliation of the running month, which is provisional already.',
    kind: 'control',
    runs: [
      of('self-healed', 'provisional', /as far as 2026-11-22T.*looked at again after the next delivery/),
    ],
    actions: [],
    async inject(sandbox) {
      await reconciled(sandbox, running(sandbox));
      await ask(sandbox, PLAYBOOK, running(sandbox));
    },
  },
  {
    ...common,
    name: 'recon-of-no-costs',
    about: 'The costs of the month turn to nothing while the reconciliation is looked at.',
    kind: 'poisoned',
    runs: [
      of('escalated', 'nothing-charged', /there is no variance against nothing/),
      expect('allocation-variance', 'escalated', 'no-costs'),
      expect('allocation-variance', 'refused', null, /^guard open-run: /),
    ],
    actions: [],
    async inject(sandbox) {
      const month = over(sandbox);
      await meanwhile(
        sandbox,
        month,
        `update fact_cost_raw set line_item_unblended_cost = 0 where ${BILLED}`,
      );
      await change(sandbox, month, WARNS);
    },
  },
  {
    ...common,
    name: 'recon-gap-meanwhile',
    about: 'An allocation gap opens after the chain was found healthy: it is repaired first.',
    runs: [of('resolved', 'allocation-gap', REPAIRED)],
    actions: [ALLOCATE, RECONCILE],
    async inject(sandbox) {
      await meanwhile(sandbox, over(sandbox), spoil(SLIGHTLY));
      await change(sandbox, over(sandbox), WARNS);
    },
  },
  {
    ...common,
    name: 'recon-invoice-mismatch',
    about: 'An invoice was issued by hand over more than was allocated: a person decides.',
    runs: [
      of('escalated', 'invoice-mismatch', /open exceptions: Invoice 1\. What was invoiced/),
      of('refused', null, /^guard open-run: /),
    ],
    actions: [],
    async inject(sandbox) {
      await change(sandbox, over(sandbox), INVOICE);
      await reconciled(sandbox, over(sandbox));
    },
  },
  {
    ...common,
    name: 'recon-fx-mismatch',
    about: 'Somebody has opened an FX exception.',
    runs: [of('escalated', 'fx-mismatch', /open exceptions: FX 1\. A person decides on the rate/)],
    actions: [],
    inject: (sandbox) =>
      change(
        sandbox,
        over(sandbox),
        WARNS,
        `insert into recon_exceptions (exception_id, recon_id, category, description, status, created_at)
         values ('EXC-FX-1', 'RECON-' || to_char({period}, 'YYYY-MM'), 'FX', 'Invoiced in EUR', 'open', {period})`,
      ),
  },
  {
    ...common,
    name: 'recon-by-hand',
    about:
      'People have brought the totals into balance and resolved the exceptions; only the status still warns.',
    runs: [of('resolved', 'reconciled-by-hand', /^reconciliation resolved of .*alarm recon-failed is OK$/)],
    actions: ['ledger:mark-reconciled'],
    inject: (sandbox) => change(sandbox, over(sandbox), WARNS),
  },
  {
    ...common,
    name: 'recon-without-cause',
    about: 'The overhead that people entered does not fit, and everything else does.',
    runs: [of('escalated', 'no-cause', /off by 0\.70 %, and the allocation is not the cause/)],
    actions: [],
    async inject(sandbox) {
      await reconciled(sandbox, over(sandbox));
      await change(
        sandbox,
        over(sandbox),
        `update recon_summary set operator_overhead_usd = round(aws_total_usd * 0.007, 6)
         where period_start = {period} and service = 'AmazonEC2'`,
        `delete from job_run where job = 'recon_runner'`,
      );
      await reconciled(sandbox, over(sandbox));
    },
  },
  {
    ...common,
    name: 'recon-off-again',
    about: 'It was re-run from here half an hour ago, and warns again.',
    runs: [of('escalated', 'rerun-in-vain', /re-run from here at 2026-11-23T\d\d:\d\dZ/)],
    actions: [],
    async inject(sandbox) {
      await orderedBefore(sandbox, sandbox.services.estate.jobs.reconciliation, over(sandbox));
      await change(sandbox, over(sandbox), OUTDATED, WARNS);
    },
  },
  {
    ...common,
    name: 'recon-not-final',
    about: 'The reconciliation of the running month was judged as if it were final.',
    runs: [of('resolved', 'not-final', PROVISIONAL)],
    actions: [RECONCILE],
    async inject(sandbox) {
      await reconciled(sandbox, running(sandbox));
      await change(sandbox, running(sandbox), WARNS);
    },
  },
  {
    ...common,
    name: 'recon-with-tagging-exceptions',
    about: 'Cost lines lack their tenant: tags first, then the allocation, then the reconciliation.',
    runs: [of('resolved', 'tagging-exceptions', REPAIRED)],
    actions: [SYNC, ALLOCATE, RECONCILE],
    inject: withTaggingExceptions,
  },
  {
    ...common,
    name: 'recon-rules-unfit',
    about:
      'Cost lines lack their tenant, and a category has lost its rule: allocating would lose its shared cost.',
    runs: [of('escalated', 'rules-unfit', /there is no rule for EBS$/)],
    actions: [],
    async inject(sandbox) {
      await withTaggingExceptions(sandbox);
      await change(sandbox, over(sandbox), `delete from rule_version_map where category = 'EBS'`);
    },
  },
  {
    ...common,
    name: 'recon-never-run',
    about: 'Somebody asks for last month, which is over and was never reconciled.',
    runs: [of('resolved', 'never-run', REPAIRED)],
    actions: [RECONCILE],
    async inject(sandbox) {
      await change(sandbox, over(sandbox), `delete from recon_summary where period_start = {period}`);
      await ask(sandbox, PLAYBOOK, over(sandbox));
    },
  },
  {
    ...common,
    name: 'recon-final-now',
    about:
      'Somebody asks for last month, whose reconciliation is provisional although everything is reported.',
    runs: [of('resolved', 'final-now', REPAIRED)],
    actions: [RECONCILE],
    inject: (sandbox) => ask(sandbox, PLAYBOOK, over(sandbox)),
  },
  {
    ...common,
    name: 'recon-fails',
    about: 'The re-run fails.',
    runs: [of('failed', 'out-of-date', /recon_runner failed \(out of memory\)/)],
    actions: [RECONCILE],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await commercialOps.behave(estate.jobs.reconciliation, { kind: 'fail', message: 'out of memory' });
      await change(sandbox, over(sandbox), OUTDATED, WARNS);
    },
  },
  {
    ...common,
    name: 'recon-still-off',
    about: 'The re-run says that it completed, and has changed nothing.',
    runs: [of('ineffective', 'out-of-date', /did not help: reconciliation warning of .* worst 0\.70 %/)],
    actions: [RECONCILE],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await commercialOps.behave(estate.jobs.reconciliation, { kind: 'noop' });
      await change(sandbox, over(sandbox), OUTDATED, WARNS);
    },
  },
];

async function withTaggingExceptions(sandbox: Sandbox): Promise<void> {
  const month = over(sandbox);
  await change(
    sandbox,
    month,
    `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null
     where ${BILLED} and product_servicecode = 'AmazonRDS'`,
  );
  await reconciled(sandbox, month);
  await change(sandbox, month, OUTDATED, WARNS);
}
