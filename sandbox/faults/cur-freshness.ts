import { hoursAgo, loaded, makeStale, pastRun, periodAtStake, runningRun, type Fault } from './fault.ts';

const PLAYBOOK = 'cur-freshness';
const METRIC = 'cur_freshness_days';
const START = 'glue:StartJobRun';

/** The report was not delivered, not loaded, or the job that loads it is at fault. */
export const curFreshnessFaults: readonly Fault[] = [
  {
    name: 'not-ingested',
    about: 'AWS delivered the report, but it was never loaded: both copies of the costs end four days ago.',
    kind: 'fault',
    runs: [loaded('not-loaded')],
    actions: [START],
    metric: METRIC,
    inject: (sandbox) => makeStale(sandbox),
  },
  {
    name: 'athena-stale',
    about: "Athena's copy of the costs alone was not refreshed.",
    kind: 'fault',
    runs: [loaded('not-loaded')],
    actions: [START],
    metric: METRIC,
    inject: (sandbox) => makeStale(sandbox, ['athena']),
  },
  {
    name: 'ledger-stale',
    about: "The ledger's copy of the costs alone was not refreshed.",
    kind: 'fault',
    runs: [loaded('not-loaded')],
    actions: [START],
    metric: METRIC,
    inject: (sandbox) => makeStale(sandbox, ['ledger']),
  },
  {
    name: 'partition-missing',
    about: 'AWS delivered nothing: the partition of the billing cycle is not there.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'escalated',
        branch: 'not-delivered',
        why: /^AWS has delivered nothing for 2026-11: s3:\/\/cur-bucket\/cur-prefix\/2026-11\/ holds 0 files, 0 bytes/,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.delivery.remove(periodAtStake(sandbox));
    },
  },
  {
    name: 'partition-empty',
    about: 'The partition of the billing cycle is there, with nothing in it.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'escalated',
        branch: 'not-delivered',
        why: /^AWS has delivered nothing for 2026-11: .* 0 bytes/,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.delivery.empty(periodAtStake(sandbox));
    },
  },
  {
    name: 'delivery-incomplete',
    about: 'AWS delivered the manifest, but not every file that it names.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'escalated',
        branch: 'incomplete-delivery',
        why: /incomplete: .* is missing cur-prefix\/2026-11\/\S+\.parquet$/,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.delivery.makeIncomplete(periodAtStake(sandbox));
    },
  },
  {
    name: 'delivery-late',
    about: 'Everything that AWS delivered is loaded, but the delivery itself is old.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'escalated',
        branch: 'late-delivery',
        why: /both copies hold the newest delivery of 2026-11, whose newest usage is old itself .*AWS delivers late$/,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      const { commercialOps, glue, estate } = sandbox.services;
      await commercialOps.deliver(periodAtStake(sandbox), { upTo: hoursAgo(sandbox, 103) });
      await makeStale(sandbox);
      // Loaded by the job itself, so that both copies name the manifest that they came from.
      await glue.job(estate.ingestion.job).work({
        id: 'jr_nightly',
        arguments: { '--period': periodAtStake(sandbox), '--run_id': 'nightly' },
        startedAt: sandbox.clock.now(),
      });
    },
  },
  {
    name: 'access-denied',
    about:
      'The ingestion failed with AccessDenied, and its role is still missing s3:GetObject on the delivery.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'escalated',
        branch: 'permission-missing',
        why: /^the ingestion job's role is missing s3:GetObject on arn:aws:s3:::cur-bucket\/cur-prefix\/2026-11\/\*/,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      const { iam, estate } = sandbox.services;
      await makeStale(sandbox);
      await pastRun(
        sandbox,
        'An error occurred while calling o94.parquet: Access Denied (Error Code: AccessDenied)',
      );
      await iam.removePermission(estate.ingestion.role, 's3:GetObject');
    },
  },
  {
    name: 'access-restored',
    about: 'The ingestion failed with AccessDenied, but somebody has given the permission back since.',
    kind: 'fault',
    runs: [loaded('failed-before')],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await pastRun(
        sandbox,
        'An error occurred while calling o94.parquet: Access Denied (Error Code: AccessDenied)',
      );
    },
  },
  {
    name: 'job-failed',
    about: 'The nightly ingestion ran out of memory.',
    kind: 'fault',
    runs: [loaded('failed-before')],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await pastRun(sandbox, 'Command failed with exit code 10: out of memory');
    },
  },
  {
    name: 'job-running',
    about: 'An ingestion that somebody else started is in progress, and will succeed.',
    kind: 'fault',
    runs: [loaded('in-progress')],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await runningRun(sandbox, 8, 15);
    },
  },
  {
    name: 'job-hung',
    about: 'An ingestion has been running for more than 30 minutes.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'escalated',
        branch: 'hung',
        why: /^ingestion run jr_[0-9a-f]{64} hangs: RUNNING for 5\d min, limit 30 min$/,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await runningRun(sandbox, 50, 400);
    },
  },
  {
    name: 'job-fails-again',
    about: 'The ingestion that the responder starts fails, too.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'failed',
        branch: 'not-loaded',
        why: /^start Glue job cur_ingest_prod for 2026-11: jr_\w+ FAILED: exit code 10$/,
      },
    ],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      const { glue, estate } = sandbox.services;
      await makeStale(sandbox);
      await glue.runs.behave(estate.ingestion.job, {
        kind: 'fail',
        message: 'Command failed with exit code 10',
      });
    },
  },
  {
    name: 'job-never-ends',
    about: 'The ingestion that the responder starts does not end within 45 minutes.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'failed',
        branch: 'not-loaded',
        why: /^start Glue job cur_ingest_prod for 2026-11: it has not ended within 45 min$/,
      },
    ],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      const { glue, estate } = sandbox.services;
      await makeStale(sandbox);
      await glue.runs.behave(estate.ingestion.job, { kind: 'hang' });
    },
  },
  {
    name: 'job-does-nothing',
    about: 'The ingestion that the responder starts says SUCCEEDED, and has loaded nothing.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'ineffective',
        branch: 'not-loaded',
        why: /^the plan was carried out, but it did not help: Athena 4\.\d\d d, ledger 4\.\d\d d/,
      },
    ],
    actions: [START],
    metric: METRIC,
    async inject(sandbox) {
      const { glue, estate } = sandbox.services;
      await makeStale(sandbox);
      await glue.runs.behave(estate.ingestion.job, { kind: 'noop' });
    },
  },
  {
    name: 'period-unknown',
    about: 'The costs are stale, and the ledger has no row for the state of their month.',
    kind: 'poisoned',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'escalated',
        branch: 'unknown-period',
        why: /^the ledger does not know the state of 2026-11, so it may not be changed$/,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.pool.query('delete from period_state where period_start = $1', [
        `${periodAtStake(sandbox)}-01`,
      ]);
    },
  },
  {
    name: 'period-closed',
    about: 'The costs are stale, but their month has been closed.',
    kind: 'fault',
    runs: [
      {
        playbook: PLAYBOOK,
        outcome: 'escalated',
        branch: 'closed',
        why: /^2026-11 is closed: its costs are never loaded again; a person writes a correction$/,
      },
    ],
    actions: [],
    metric: METRIC,
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.setPeriodState(periodAtStake(sandbox), 'closed');
    },
  },
];
