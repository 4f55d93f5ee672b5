import {
  BADLY,
  beforeTheThird,
  BILLED,
  change,
  expect,
  over,
  reconciled,
  running,
  SLIGHTLY,
  spoil,
  WARNS,
} from './billing-chain.ts';
import { hoursAgo, loaded, type Fault } from './fault.ts';

const LOAD = 'glue:StartJobRun';
const ALLOCATE = 'lambda:Invoke allocation_runner';
const RECONCILE = 'lambda:Invoke recon_runner';
const SYNC = 'lambda:Invoke tag_sync';
const VALIDATE = 'lambda:Invoke tag_validator';

const common = { kind: 'compound', metric: 'allocation_variance_pct' } as const;
const STALE_HOURS = 103;

const allocation = (...of: [outcome: 'resolved' | 'refused', branch: string | null, why?: RegExp]) =>
  expect('allocation-variance', ...of);
const reconciliation = (...of: [outcome: 'resolved' | 'refused', branch: string | null, why?: RegExp]) =>
  expect('recon-failed', ...of);

/** It names the cause and waits for it. */
const after = (link: string, playbook: string): RegExp =>
  new RegExp(
    `^guard upstream: the link ${link} is unhealthy \\(.*\\): ${playbook} comes first, and this follows once incident`,
  );

/** Several links of the billing chain at once: cause before symptom, in one incident. */
export const chainFaults: readonly Fault[] = [
  {
    ...common,
    name: 'chain-stale-and-variance',
    about:
      "Athena's costs are stale and the ledger's allocation is off: the load brings both back, and nobody allocates twice.",
    runs: [loaded('not-loaded'), allocation('refused', null, after('costs', 'cur-freshness'))],
    actions: [LOAD],
    async inject(sandbox) {
      await change(sandbox, running(sandbox), spoil(SLIGHTLY));
      beforeTheThird(sandbox, () =>
        sandbox.services.commercialOps.setIngested(
          hoursAgo(sandbox, STALE_HOURS),
          ['athena'],
          [running(sandbox)],
        ),
      );
    },
  },
  {
    ...common,
    name: 'chain-stale-and-variance-of-last-month',
    about:
      "The running month's costs are stale, last month's allocation is off: neither is the other's cause.",
    runs: [loaded('not-loaded'), allocation('resolved', 'out-of-step')],
    actions: [LOAD, ALLOCATE],
    async inject(sandbox) {
      const { commercialOps } = sandbox.services;
      await commercialOps.setIngested(hoursAgo(sandbox, STALE_HOURS), undefined, [running(sandbox)]);
      await change(sandbox, over(sandbox), spoil(SLIGHTLY));
    },
  },
  {
    ...common,
    name: 'chain-gap-and-failed-recon',
    about:
      'An allocation gap has let the reconciliation warn: the allocation first, then the reconciliation.',
    metric: 'recon_variance_pct',
    runs: [
      reconciliation('refused', null, after('allocation', 'allocation-variance')),
      allocation('resolved', 'out-of-step'),
      reconciliation('resolved', 'out-of-date', /^reconciliation ok of .*alarm recon-failed is OK$/),
    ],
    actions: [ALLOCATE, RECONCILE],
    async inject(sandbox) {
      await change(sandbox, over(sandbox), spoil(SLIGHTLY));
      await reconciled(sandbox, over(sandbox));
    },
  },
  {
    ...common,
    name: 'chain-five-alarms',
    about: 'Stale costs, a bad variance and a failed reconciliation raise five alarms at the same moment.',
    runs: [
      loaded('not-loaded'),
      allocation('refused', null, after('costs', 'cur-freshness')),
      allocation('refused', null),
      reconciliation('refused', null, after('costs', 'cur-freshness')),
      reconciliation('refused', null),
      reconciliation('resolved', 'not-final'),
      reconciliation('refused', null, /^guard open-run: /),
    ],
    actions: [LOAD, RECONCILE],
    async inject(sandbox) {
      const month = running(sandbox);
      await reconciled(sandbox, month);
      await change(sandbox, month, spoil(BADLY));
      beforeTheThird(sandbox, async () => {
        await sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, STALE_HOURS), ['athena'], [month]);
        await change(
          sandbox,
          month,
          WARNS,
          `update recon_summary set status = 'failed' where period_start = {period} and service is null`,
        );
      });
    },
  },
  {
    ...common,
    name: 'chain-tag-gap-then-variance',
    about:
      'A line of the running month lost its tags, and soon after the allocation is off: each is repaired once.',
    runs: [expect('tag-coverage-drop', 'resolved', 'inventory-knows'), allocation('resolved', 'out-of-step')],
    actions: [SYNC, VALIDATE, ALLOCATE],
    async inject(sandbox) {
      const month = running(sandbox);
      await change(
        sandbox,
        month,
        `update fact_cost_raw set resource_tags_user_tenant_id = null, resource_tags_user_plan_id = null
         where ${BILLED} and (source_file, source_row) = (
           select source_file, source_row from fact_cost_raw
           where ${BILLED} and product_servicecode = 'AmazonRDS' order by 1, 2 limit 1)`,
      );
      beforeTheThird(sandbox, () => change(sandbox, month, spoil(SLIGHTLY)));
    },
  },
];
