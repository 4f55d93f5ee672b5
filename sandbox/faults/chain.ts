import {
  BADLY,
  beforeTheThird,
  BILLED,
  change,
  FAILED,
  OUTDATED,
  over,
  reconciled,
  running,
  SLIGHTLY,
  spoil,
  UNTAGGED,
  WARNS,
} from './billing-chain.ts';
import { loaded, STALE_HOURS } from './costs-world.ts';
import { faultsOf, runsOf, type Step } from './fault.ts';
import { ofClosedPeriod, withoutInvoices } from './invoice-world.ts';
import { ago, atStep, hoursAgo, sql } from './steps.ts';

const LOAD = 'glue:StartJobRun';
const ALLOCATE = 'lambda:Invoke allocation_runner';
const RECONCILE = 'lambda:Invoke recon_runner';
const SYNC = 'lambda:Invoke tag_sync';
const VALIDATE = 'lambda:Invoke tag_validator';

const { compound, ...allocation } = faultsOf('allocation-variance', 'allocation_variance_pct');
const { compound: warning, ...reconciliation } = faultsOf('recon-failed', 'recon_variance_pct');

/** The running month's costs are stale. */
const stale =
  (copies?: readonly ['athena']): Step =>
  (sandbox) =>
    sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, STALE_HOURS), copies, [running(sandbox)]);

/** Its costs are loaded, but not from the newest delivery. */
const deliveredAgain: Step = (sandbox) =>
  sandbox.services.commercialOps.delivery.assembleAgain(over(sandbox));

const closedDay = ofClosedPeriod((period) => `${period}-01`);

/** Some of its lines, of about 1 % of what it cost: one alarm fires. */
const LOST = `
  delete from fact_cost_raw where ${BILLED} and (source_file, source_row) in (
    select source_file, source_row from fact_cost_raw
    where ${BILLED} and product_servicecode = 'AmazonEC2' and line_item_line_item_type = 'Usage'
    order by abs(line_item_unblended_cost - 0.008 * (
      select sum(line_item_unblended_cost) from fact_cost_raw where ${BILLED} and product_servicecode = 'AmazonEC2'
    )), 1, 2 limit 2)`;

const switchedOff = (playbook: string): Step =>
  sql(
    `insert into responder.switch (scope, paused, since, by, reason) values ($1, true, $2, 'ada', 'an experiment')`,
    playbook,
    ago(1),
  );

/** It names the cause and waits for it. */
const after = (link: string, playbook: string): RegExp =>
  new RegExp(
    `^guard upstream: the link ${link} is unhealthy \\(.*\\): ${playbook} comes first, and this follows once incident`,
  );
const AFTER_COSTS = after('costs', 'cur-freshness');

/** Several links of the billing chain at once: cause before symptom, in one incident. */
export const chainFaults = [
  compound(
    'chain-stale-and-variance',
    "Athena's costs are stale and the ledger's allocation is off: the load brings both back, and nobody allocates twice.",
  )
    .inject(change(running, spoil(SLIGHTLY)), beforeTheThird(stale(['athena'])))
    .expect([loaded('not-loaded'), allocation.refused(null, AFTER_COSTS)], LOAD),

  compound(
    'chain-stale-and-variance-of-last-month',
    "The running month's costs are stale, last month's allocation is off: neither is the other's cause.",
  )
    .inject(stale(), change(over, spoil(SLIGHTLY)))
    .expect([loaded('not-loaded'), allocation.resolved('out-of-step')], LOAD, ALLOCATE),

  warning(
    'chain-gap-and-failed-recon',
    'An allocation gap has let the reconciliation warn: the allocation first, then the reconciliation.',
  )
    .inject(change(over, spoil(SLIGHTLY)), reconciled(over))
    .expect(
      [
        reconciliation.refused(null, after('allocation', 'allocation-variance')),
        allocation.resolved('out-of-step'),
        reconciliation.resolved('out-of-date', /^reconciliation ok of .*alarm recon-failed is OK$/),
      ],
      ALLOCATE,
      RECONCILE,
    ),

  compound(
    'chain-five-alarms',
    'Stale costs, a bad variance and a failed reconciliation raise five alarms at the same moment.',
  )
    .inject(
      reconciled(running),
      change(running, spoil(BADLY)),
      beforeTheThird(stale(['athena']), change(running, WARNS, FAILED)),
    )
    .expect(
      [
        loaded('not-loaded'),
        allocation.refused(null, AFTER_COSTS),
        allocation.refused(null),
        reconciliation.refused(null, AFTER_COSTS),
        reconciliation.refused(null),
        reconciliation.resolved('not-final'),
        reconciliation.joined,
      ],
      LOAD,
      RECONCILE,
    ),

  warning(
    'chain-month-delivered-again',
    'AWS has delivered last month again, which no alarm shows, and its reconciliation warns: it is loaded first.',
  )
    .inject(deliveredAgain, change(over, OUTDATED, WARNS))
    .expect(
      [
        reconciliation.refused(null, AFTER_COSTS),
        runsOf('cur-freshness').resolved('not-loaded'),
        reconciliation.resolved('out-of-date'),
      ],
      LOAD,
      RECONCILE,
    ),

  warning(
    'chain-of-three',
    'The reconciliation waits for costs; once they are loaded, their allocation is off: it waits for that as well.',
  )
    .inject(
      deliveredAgain,
      change(over, OUTDATED, WARNS),
      atStep('wait:', 'ends', change(over, spoil(SLIGHTLY))),
    )
    .expect(
      [
        reconciliation.refused(null, AFTER_COSTS),
        runsOf('cur-freshness').resolved('not-loaded'),
        reconciliation.refused(null, after('allocation', 'allocation-variance')),
        allocation.resolved('out-of-step'),
        // By its alarm, which rang when the variance was measured.
        allocation.selfHealed('within'),
        reconciliation.resolved('out-of-date'),
      ],
      LOAD,
      ALLOCATE,
      RECONCILE,
    ),

  warning(
    'chain-cause-switched-off',
    'The reconciliation waits for costs that nobody may load: people are called for the costs.',
  )
    .inject(deliveredAgain, change(over, OUTDATED, WARNS), switchedOff('cur-freshness'))
    .expect([
      reconciliation.refused(null, AFTER_COSTS),
      runsOf('cur-freshness').refused(null, /^guard kill-switch: cur-freshness has been switched off/),
    ]),

  faultsOf('invoice-lag', 'invoice_emission_lag_hours')
    .compound(
      'chain-closed-month-never-reconciled',
      'Invoices of a closed month wait for its reconciliation, which there is not: people are called for that.',
    )
    .inject(
      withoutInvoices(['TEN-00112']),
      sql(`delete from recon_summary where period_start = $1::date`, closedDay),
    )
    .expect([
      runsOf('invoice-lag').refused(null, after('reconciliation', 'recon-failed')),
      reconciliation.escalated('closed', /is closed: it is never reconciled again/),
    ]),

  compound(
    'chain-lines-lost',
    "The ledger's copy has lost lines of a service: its allocation is off, and waits for a load that no alarm starts.",
  )
    .inject(change(running, LOST))
    .expect(
      [
        allocation.refused(null, AFTER_COSTS),
        runsOf('cur-freshness').resolved('copies-differ'),
        allocation.selfHealed('within'),
      ],
      LOAD,
    ),

  compound(
    'chain-lines-lost-in-athena',
    "Athena's copy has lost lines of a service, which no alarm shows; the allocation of another waits for the load.",
  )
    .inject(change(running, spoil(SLIGHTLY)), async (sandbox) =>
      sandbox.services.commercialOps.copyToAthena(running(sandbox), [
        LOST.replaceAll('{period}', `'${running(sandbox)}-01'`),
      ]),
    )
    .expect(
      [
        allocation.refused(null, AFTER_COSTS),
        runsOf('cur-freshness').resolved('copies-differ'),
        allocation.selfHealed('within'),
      ],
      LOAD,
    ),

  compound(
    'chain-tag-gap-then-variance',
    'A line of the running month lost its tags, and soon after the allocation is off: each is repaired once.',
  )
    .inject(
      change(
        running,
        `${UNTAGGED} and (source_file, source_row) = (
           select source_file, source_row from fact_cost_raw
           where ${BILLED} and product_servicecode = 'AmazonRDS' order by 1, 2 limit 1)`,
      ),
      beforeTheThird(change(running, spoil(SLIGHTLY))),
    )
    .expect(
      [runsOf('tag-coverage-drop').resolved('inventory-knows'), allocation.resolved('out-of-step')],
      SYNC,
      VALIDATE,
      ALLOCATE,
    ),
];
