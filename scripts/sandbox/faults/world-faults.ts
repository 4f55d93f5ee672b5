import { hoursAgo, makeStale, pastRun, periodAtStake, runningRun, type Fault } from './fault.ts';

const ALARM = 'cur-freshness';
const START = 'glue:StartJobRun';

/** Faults of Commercial-Ops itself: its data, its jobs, its permissions. */
export const worldFaults: readonly Fault[] = [
  {
    name: 'not-ingested',
    about: 'AWS delivered the report, but it was never loaded: both copies of the costs end four days ago.',
    ...{ alarm: ALARM, outcome: 'resolved', actions: [START] },
    inject: (sandbox) => makeStale(sandbox),
  },
  {
    name: 'athena-stale',
    about: "Athena's copy of the costs alone was not refreshed.",
    ...{ alarm: ALARM, outcome: 'resolved', actions: [START] },
    inject: (sandbox) => makeStale(sandbox, ['athena']),
  },
  {
    name: 'ledger-stale',
    about: "The ledger's copy of the costs alone was not refreshed.",
    ...{ alarm: ALARM, outcome: 'resolved', actions: [START] },
    inject: (sandbox) => makeStale(sandbox, ['ledger']),
  },
  {
    name: 'partition-missing',
    about: 'AWS delivered nothing: the partition of the billing cycle is not there.',
    ...{ alarm: ALARM, outcome: 'escalated', actions: [] },
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.delivery.remove(periodAtStake(sandbox));
    },
  },
  {
    name: 'partition-empty',
    about: 'The partition of the billing cycle is there, with nothing in it.',
    ...{ alarm: ALARM, outcome: 'escalated', actions: [] },
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.delivery.empty(periodAtStake(sandbox));
    },
  },
  {
    name: 'delivery-incomplete',
    about: 'AWS delivered the manifest, but not every file that it names.',
    ...{ alarm: ALARM, outcome: 'escalated', actions: [] },
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.delivery.makeIncomplete(periodAtStake(sandbox));
    },
  },
  {
    name: 'delivery-late',
    about: 'Everything that AWS delivered is loaded, but the delivery itself is old.',
    ...{ alarm: ALARM, outcome: 'escalated', actions: [] },
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
    about: 'The ingestion failed with AccessDenied, and its role still lacks s3:GetObject on the delivery.',
    ...{ alarm: ALARM, outcome: 'escalated', actions: [] },
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
    ...{ alarm: ALARM, outcome: 'resolved', actions: [START] },
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
    ...{ alarm: ALARM, outcome: 'resolved', actions: [START] },
    async inject(sandbox) {
      await makeStale(sandbox);
      await pastRun(sandbox, 'Command failed with exit code 10: out of memory');
    },
  },
  {
    name: 'job-running',
    about: 'An ingestion that somebody else started is in progress, and will succeed.',
    ...{ alarm: ALARM, outcome: 'resolved', actions: [] },
    async inject(sandbox) {
      await makeStale(sandbox);
      await runningRun(sandbox, 8, 15);
    },
  },
  {
    name: 'job-hung',
    about: 'An ingestion has been running for more than 30 minutes.',
    ...{ alarm: ALARM, outcome: 'escalated', actions: [] },
    async inject(sandbox) {
      await makeStale(sandbox);
      await runningRun(sandbox, 50, 400);
    },
  },
  {
    name: 'job-fails-again',
    about: 'The ingestion that the responder starts fails, too.',
    ...{ alarm: ALARM, outcome: 'failed', actions: [START] },
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
    ...{ alarm: ALARM, outcome: 'failed', actions: [START] },
    async inject(sandbox) {
      const { glue, estate } = sandbox.services;
      await makeStale(sandbox);
      await glue.runs.behave(estate.ingestion.job, { kind: 'hang' });
    },
  },
  {
    name: 'job-does-nothing',
    about: 'The ingestion that the responder starts says SUCCEEDED, and has loaded nothing.',
    ...{ alarm: ALARM, outcome: 'ineffective', actions: [START] },
    async inject(sandbox) {
      const { glue, estate } = sandbox.services;
      await makeStale(sandbox);
      await glue.runs.behave(estate.ingestion.job, { kind: 'noop' });
    },
  },
  {
    name: 'period-closed',
    about: 'The costs are stale, but their month has been closed.',
    ...{ alarm: ALARM, outcome: 'escalated', actions: [] },
    async inject(sandbox) {
      await makeStale(sandbox);
      await sandbox.services.commercialOps.setPeriodState(periodAtStake(sandbox), 'closed');
    },
  },
];
