import {
  asDelivered,
  BILLED,
  change,
  FAILED,
  FREE,
  meanwhile,
  NO_EBS_RULE,
  orderedBefore,
  OUTDATED,
  over,
  reconciled,
  running,
  SLIGHTLY,
  spoil,
  UNTAGGED,
  WARNS,
} from './billing-chain.ts';
import { faultsOf, runsOf } from './fault.ts';
import { doesNothing, fails, request, setByHand, sql } from './steps.ts';

const PLAYBOOK = 'recon-failed';
const { fault, control, poisoned, resolved, selfHealed, escalated, ineffective, failed, joined } = faultsOf(
  PLAYBOOK,
  'recon_variance_pct',
);
const allocation = runsOf('allocation-variance');
const RECONCILE = 'lambda:Invoke recon_runner';
const ALLOCATE = 'lambda:Invoke allocation_runner';
const SYNC = 'lambda:Invoke tag_sync';

const REPAIRED = /^reconciliation ok of 23 Nov 2026 \d\d:\d\d UTC, worst 0 % .*; alarm recon-failed is OK$/;
const PROVISIONAL = /^reconciliation provisional of .*, nothing judged .*; alarm recon-failed is OK$/;
/** The month that the world has closed: every invoice is issued. */
const CLOSED = '2025-09';

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

/** The reconciliation warns of totals that include lines without their tags. */
const TAGGING_EXCEPTIONS = [
  change(over, `${UNTAGGED} and product_servicecode = 'AmazonRDS'`),
  reconciled(over),
  change(over, OUTDATED, WARNS),
];

/** The reconciliation failed, or is over its limits: why, and who can help. */
export const reconFailedFaults = [
  fault('recon-out-of-date', 'The reconciliation warns of totals that have been put right since.')
    .inject(change(over, OUTDATED, WARNS))
    .expect(resolved('out-of-date', REPAIRED), RECONCILE),

  fault(
    'recon-restated',
    'AWS has restated last month by 0.7 % after it was reconciled, and it is loaded and allocated: the reconciliation is of other costs.',
  )
    .inject(
      reconciled(over),
      change(
        over,
        `update fact_cost_raw set line_item_unblended_cost = round(line_item_unblended_cost * 1.007, 12) where ${BILLED}`,
      ),
      asDelivered(over),
      (sandbox) => sandbox.services.commercialOps.allocate(over(sandbox)),
    )
    .expect(resolved('out-of-date', REPAIRED), RECONCILE),

  fault(
    'recon-failed-outright',
    'The reconciliation failed on old totals: both alarms fire, and one run acts.',
  )
    .inject(change(over, OUTDATED, FAILED))
    .expect([resolved('out-of-date'), joined], RECONCILE),

  fault('recon-of-closed-month', 'The reconciliation of a closed month warns.')
    .inject(change(CLOSED, WARNS))
    .expect(escalated('closed', /2025-09 is closed: it is never reconciled again .*worst 0\.7 %/)),

  fault('recon-of-unknown-month', 'Somebody requests a run on a month that the ledger does not know.')
    .inject(request(PLAYBOOK, { period: '2027-03' }))
    .expect(escalated('unknown-period', /does not know the state of 2027-03/)),

  control(
    'recon-alarm-by-hand',
    'Somebody sets the alarm by hand, while the last reconciliation was in balance.',
  )
    .inject(reconciled(over), setByHand(PLAYBOOK))
    .expect(selfHealed('balanced', /reconciliation ok of .* worst 0 %/)),

  control(
    'recon-balanced-by-person',
    'Somebody sets the alarm by hand, while every reconciliation is one that a person has balanced.',
  )
    .inject(sql(`update recon_summary set status = 'resolved'`), setByHand(PLAYBOOK))
    .expect(selfHealed('balanced-by-person', /reconciliation resolved of .*, a person has balanced it/)),

  control(
    'recon-provisional-and-off',
    'A provisional reconciliation shows a variance: the month is not final, so nobody is called.',
  )
    .inject(
      reconciled(running),
      change(
        running,
        `update recon_summary set variance_pct = 3 where period_start = {period} and service is null`,
      ),
    )
    .expectNothing(),

  control(
    'recon-provisional',
    'Somebody requests a reconciliation of the running month, which is provisional already.',
  )
    .inject(
      reconciled(running),
      request(PLAYBOOK, (sandbox) => ({ period: running(sandbox) })),
    )
    .expect(selfHealed('provisional', /as far as 2026-11-22T.*looked at again after the next delivery/)),

  poisoned('recon-of-no-costs', 'The costs of the month turn to nothing while the reconciliation is checked.')
    .inject(meanwhile(over, FREE), change(over, WARNS))
    .expect([
      escalated('nothing-charged', /there is no variance against nothing/),
      allocation.refused(
        null,
        /^guard upstream: the link costs is unhealthy .*; the copies of 2026-10 differ: /,
      ),
      allocation.refused(null),
    ]),

  fault(
    'recon-gap-meanwhile',
    'An allocation gap opens after the chain was found healthy: it is repaired first.',
  )
    .inject(meanwhile(over, spoil(SLIGHTLY)), change(over, WARNS))
    .expect(resolved('allocation-gap', REPAIRED), ALLOCATE, RECONCILE),

  fault(
    'recon-invoice-mismatch',
    'An invoice was issued by hand over more than was allocated: a person decides.',
  )
    .inject(change(over, INVOICE), reconciled(over))
    .expect([escalated('invoice-mismatch', /open exceptions: Invoice 1\. What was invoiced/), joined]),

  fault('recon-fx-mismatch', 'Somebody has opened an FX exception.')
    .inject(
      change(
        over,
        WARNS,
        `insert into recon_exceptions (exception_id, recon_id, category, description, status, created_at)
         values ('EXC-FX-1', 'RECON-' || to_char({period}, 'YYYY-MM'), 'FX', 'Invoiced in EUR', 'open', {period})`,
      ),
    )
    .expect(escalated('fx-mismatch', /open exceptions: FX 1\. A person decides on the rate/)),

  fault(
    'recon-by-hand',
    'People have brought the totals into balance and resolved the exceptions; only the status still warns.',
  )
    .inject(change(over, WARNS))
    .expect(
      resolved('reconciled-by-hand', /^reconciliation resolved of .*alarm recon-failed is OK$/),
      'ledger:mark-reconciled',
    ),

  fault('recon-without-cause', 'The overhead that people entered does not fit, and everything else does.')
    .inject(
      reconciled(over),
      change(
        over,
        `update recon_summary set operator_overhead_usd = round(aws_total_usd * 0.007, 6)
         where period_start = {period} and service = 'AmazonEC2'`,
        `delete from job_run where job = 'recon_runner'`,
      ),
      reconciled(over),
    )
    .expect(escalated('no-cause', /off by 0\.7 %, and the allocation is not the cause/)),

  fault('recon-off-again', 'It was re-run from here half an hour ago, and warns again.')
    .inject(orderedBefore('reconciliation', over), change(over, OUTDATED, WARNS))
    .expect(escalated('rerun-in-vain', /re-run from here at 23 Nov 2026 \d\d:\d\d UTC/)),

  fault('recon-not-final', 'The reconciliation of the running month was judged as if it were final.')
    .inject(reconciled(running), change(running, WARNS))
    .expect(resolved('not-final', PROVISIONAL), RECONCILE),

  fault(
    'recon-with-tagging-exceptions',
    'Cost lines have no tenant: tags first, then the allocation, then the reconciliation.',
  )
    .inject(...TAGGING_EXCEPTIONS)
    .expect(resolved('tagging-exceptions', REPAIRED), SYNC, ALLOCATE, RECONCILE),

  fault(
    'recon-rules-unfit',
    'Cost lines have no tenant, and a category has lost its rule: allocating would lose its shared cost.',
  )
    .inject(...TAGGING_EXCEPTIONS, change(over, NO_EBS_RULE))
    .expect(escalated('rules-unfit', /there is no rule for EBS$/)),

  fault('recon-never-run', 'Somebody requests last month, which is over and was never reconciled.')
    .inject(
      change(over, `delete from recon_summary where period_start = {period}`),
      request(PLAYBOOK, (sandbox) => ({ period: over(sandbox) })),
    )
    .expect(resolved('never-run', REPAIRED), RECONCILE),

  fault(
    'recon-final-now',
    'Somebody requests last month, whose reconciliation is provisional although everything is reported.',
  )
    .inject(request(PLAYBOOK, (sandbox) => ({ period: over(sandbox) })))
    .expect(resolved('final-now', REPAIRED), RECONCILE),

  fault('recon-fails', 'The re-run fails.')
    .inject(fails('reconciliation', 'out of memory'), change(over, OUTDATED, WARNS))
    .expect(failed('out-of-date', /recon_runner failed \(out of memory\)/), RECONCILE),

  fault('recon-still-off', 'The re-run says that it completed, and has changed nothing.')
    .inject(doesNothing('reconciliation'), change(over, OUTDATED, WARNS))
    .expect(ineffective('out-of-date', /did not help: reconciliation warning of .* worst 0\.7 %/), RECONCILE),
];
