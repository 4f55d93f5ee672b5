import { arn } from '../../emulator/kernel/places.ts';
import {
  loaded,
  loadsIn,
  makeStale,
  pastRun,
  periodAtStake,
  runningRun,
  STALE_HOURS,
} from './costs-world.ts';
import { BILLED, change, over } from './billing-chain.ts';
import { faultsOf, runsOf, type Step } from './fault.ts';
import { ago, hoursAgo, later, request, sql } from './steps.ts';

const { fault, poisoned, escalated, failed, ineffective } = faultsOf('cur-freshness', 'cur_freshness_days');
const START = 'glue:StartJobRun';
const DENIED = 'An error occurred while calling o94.parquet: Access Denied (Error Code: AccessDenied)';

type Services = Parameters<Step>[0]['services'];

const delivery =
  (change: 'remove' | 'empty' | 'makeIncomplete' | 'makeUnfinished'): Step =>
  (sandbox) =>
    sandbox.services.commercialOps.delivery[change](periodAtStake(sandbox));

/** Where AWS puts November, by each layout; a version that is kept lies in a folder of its own. */
const NOVEMBER = [
  '2026-11/',
  'commercial-ops-cur/20261101-20261201/([^/]+/)?',
  'commercial-ops-cur/commercial-ops-cur/year=2026/month=11/',
  'commercial-ops-cur/data/(BILLING_PERIOD|billing_period)=2026-11/([^/]+/)?',
].join('|');

const within = (before: string, after: string): RegExp =>
  new RegExp(`${before}cur-prefix/(${NOVEMBER})${after}`);

/** AWS delivers what it knew so many hours ago. */
const deliverAsOf =
  (hours: number): Step =>
  (sandbox) =>
    sandbox.services.commercialOps.deliver(periodAtStake(sandbox), { upTo: hoursAgo(sandbox, hours) });

/** Usage of a delivery that is older than the stale costs. */
const LONG_AGO_HOURS = 150;

const assembleAgain: Step = (sandbox) =>
  sandbox.services.commercialOps.delivery.assembleAgain(periodAtStake(sandbox));

/** By the job itself. */
const load =
  (runId: string): Step =>
  (sandbox) =>
    sandbox.services.glue.job(sandbox.services.estate.ingestion.job).work({
      id: `jr_${runId}`,
      arguments: { '--period': periodAtStake(sandbox), '--run_id': runId },
      startedAt: sandbox.clock.now(),
    });

const startedDaysAgo = (runId: string, days: number): Step =>
  sql('update job_run set started_at = $1 where run_id = $2', ago(24 * days), runId);

/** What becomes of the job that the responder starts. */
const ingestion =
  (behaviour: Parameters<Services['glue']['runs']['behave']>[1]): Step =>
  ({ services: { glue, estate } }) =>
    glue.runs.behave(estate.ingestion.job, behaviour);

/** The report was not delivered, not loaded, or the job that loads it is at fault. */
export const curFreshnessFaults = [
  fault(
    'not-ingested',
    'AWS delivered the report, but it was never loaded: both copies of the costs end four days ago.',
    { actionsIn: loadsIn },
  )
    .inject((sandbox) => makeStale(sandbox))
    .expect(loaded('not-loaded'), START),

  fault('athena-stale', "Athena's copy of the costs alone was not refreshed.", { actionsIn: loadsIn })
    .inject((sandbox) => makeStale(sandbox, ['athena']))
    .expect(loaded('not-loaded'), START),

  fault('ledger-stale', "The ledger's copy of the costs alone was not refreshed.", { actionsIn: loadsIn })
    .inject((sandbox) => makeStale(sandbox, ['ledger']))
    .expect(loaded('not-loaded'), START),

  fault(
    'costs-of-another-tenant',
    "Lines of last month say another tenant in the ledger's copy than AWS delivered, and somebody requests a run.",
  )
    .inject(
      change(
        over,
        `update fact_cost_raw set resource_tags_user_tenant_id = (select min(tenant_id) from tenant_master)
         where ${BILLED} and product_servicecode = 'AmazonRDS'`,
      ),
      request('cur-freshness', (sandbox) => ({ period: over(sandbox) })),
    )
    .expect(
      runsOf('cur-freshness').resolved(
        'copies-differ',
        /^the newest delivery of 2026-10: Athena loaded, ledger loaded/,
      ),
      START,
    ),

  fault(
    'month-turned-stale',
    'Nothing was loaded since days when the month turned: the month before is loaded, too, and first.',
    { now: new Date('2026-12-03T02:00:00Z') },
  )
    .inject((sandbox) => makeStale(sandbox))
    .expect(loaded('not-loaded'), START, START),

  fault('partition-missing', 'AWS delivered nothing: the partition of the billing cycle is not there.')
    .inject(makeStale, delivery('remove'))
    .expect(
      escalated(
        'not-delivered',
        within('^AWS has delivered nothing for 2026-11: s3://cur-bucket/', ' holds 0 files, 0 bytes'),
      ),
    ),

  fault('partition-empty', 'The partition of the billing cycle is there, with nothing in it.')
    .inject(makeStale, delivery('empty'))
    .expect(escalated('not-delivered', /^AWS has delivered nothing for 2026-11: .* 0 bytes/)),

  fault('delivery-incomplete', 'AWS delivered the manifest, but not every file that it names.')
    .inject(makeStale, delivery('makeIncomplete'))
    .expect(escalated('incomplete-delivery', within('incomplete: .* is missing ', '\\S+\\.parquet$'))),

  fault(
    'delivery-being-written',
    'AWS is writing the report when the alarm comes, and ends ten minutes later.',
  )
    .inject(
      makeStale,
      delivery('makeUnfinished'),
      later(10, (sandbox) => sandbox.services.commercialOps.deliver(periodAtStake(sandbox))),
    )
    .expect(loaded('being-delivered'), START),

  fault('delivery-late', 'Everything that AWS delivered is loaded, but the delivery itself is old.')
    // Loaded by the job itself, so that both copies name the manifest that they came from.
    .inject(deliverAsOf(STALE_HOURS), makeStale, load('nightly'))
    .expect(
      escalated(
        'late-delivery',
        /both copies hold the newest delivery of 2026-11, whose newest usage is old itself .*AWS delivers late$/,
      ),
    ),

  fault(
    'delivery-put-back',
    'Somebody has put back a delivery of days ago: its objects are new, but its manifest names the assembly of that time.',
  )
    .inject(makeStale, deliverAsOf(LONG_AGO_HOURS))
    .expect(
      escalated(
        'late-delivery',
        /^the delivery of 2026-11 is older than what is loaded \(it was written 18 Nov .*, and Athena has usage up to 19 Nov/,
      ),
    ),

  fault(
    'delivery-put-back-unnamed',
    'Somebody has put back a delivery whose manifest names no time; the log knows that it was loaded before the present one.',
  )
    .inject(
      deliverAsOf(LONG_AGO_HOURS),
      assembleAgain,
      load('one'),
      startedDaysAgo('one', 5),
      deliverAsOf(STALE_HOURS),
      load('other'),
      startedDaysAgo('other', 3),
      deliverAsOf(LONG_AGO_HOURS),
      assembleAgain,
    )
    .expect(
      escalated(
        'late-delivery',
        /^the delivery of 2026-11 is older than what is loaded \(it was loaded 18 Nov .* already, and what Athena holds came after it, 20 Nov/,
      ),
    ),

  fault(
    'access-denied',
    'The ingestion failed with AccessDenied, and its role is still missing s3:GetObject on the delivery.',
  )
    .inject(makeStale, pastRun(DENIED), ({ services: { iam, estate } }) =>
      iam.removePermission(estate.ingestion.role, 's3:GetObject'),
    )
    .expect(
      escalated(
        'permission-missing',
        within("^the ingestion job's role is missing s3:GetObject on arn:aws:s3:::cur-bucket/", '\\*'),
      ),
    ),

  fault(
    'access-by-bucket-policy',
    "The costs are stale, and the job reads the delivery by the bucket's policy alone, which no simulation knows.",
    { actionsIn: loadsIn },
  )
    .inject(makeStale, async ({ services: { iam, estate } }) => {
      await iam.removePermission(estate.ingestion.role, 's3:GetObject');
      await iam.putBucketPolicy(estate.cur.bucket, {
        Statement: {
          Effect: 'Allow',
          Principal: { AWS: arn('iam', `role/${estate.ingestion.role}`) },
          Action: 's3:GetObject',
          Resource: arn('s3', `${estate.cur.bucket}/${estate.cur.prefix}/*`),
        },
      });
    })
    .expect(loaded('not-loaded'), START),

  fault(
    'access-restored',
    'The ingestion failed with AccessDenied, but somebody has given the permission back since.',
    { actionsIn: loadsIn },
  )
    .inject(makeStale, pastRun(DENIED))
    .expect(loaded('failed-before'), START),

  fault('job-failed', 'The nightly ingestion ran out of memory.', { actionsIn: loadsIn })
    .inject(makeStale, pastRun('Command failed with exit code 10: out of memory'))
    .expect(loaded('failed-before'), START),

  fault('job-running', 'An ingestion that somebody else started is in progress, and will succeed.')
    .inject(makeStale, runningRun(8, 15))
    .expect(loaded('in-progress')),

  fault('job-hung', 'An ingestion has been running for more than 30 minutes.')
    .inject(makeStale, runningRun(50, 400))
    .expect(
      escalated('hung', /^ingestion run jr_[0-9a-f]{64} hangs: RUNNING for 5\d minutes, limit 30 minutes$/),
    ),

  fault('job-fails-again', 'The ingestion that the responder starts fails, too.')
    .inject(makeStale, ingestion({ kind: 'fail', message: 'Command failed with exit code 10' }))
    .expect(
      failed('not-loaded', /^start Glue job cur_ingest_prod for 2026-11: jr_\w+ FAILED: exit code 10$/),
      START,
    ),

  fault('job-never-ends', 'The ingestion that the responder starts does not end within 45 minutes.')
    .inject(makeStale, ingestion({ kind: 'hang' }))
    .expect(
      failed('not-loaded', /^start Glue job cur_ingest_prod for 2026-11: it has not ended within 45 min$/),
      START,
    ),

  fault('job-does-nothing', 'The ingestion that the responder starts says SUCCEEDED, and has loaded nothing.')
    .inject(makeStale, ingestion({ kind: 'noop' }))
    .expect(
      ineffective(
        'not-loaded',
        /^the plan was carried out, but it did not help: Athena 4\.\d+ days, ledger 4\.\d+ days/,
      ),
      START,
    ),

  poisoned('period-unknown', 'The costs are stale, and the ledger has no row for the state of their month.')
    .inject(
      makeStale,
      sql('delete from period_state where period_start = $1', (sandbox) => `${periodAtStake(sandbox)}-01`),
    )
    .expect(
      escalated(
        'unknown-period',
        /^the ledger does not know the state of 2026-11, so it may not be changed$/,
      ),
    ),

  fault('period-closed', 'The costs are stale, but their month has been closed.')
    .inject(makeStale, (sandbox) =>
      sandbox.services.commercialOps.setPeriodState(periodAtStake(sandbox), 'closed'),
    )
    .expect(
      escalated(
        'closed',
        /^2026-11 is closed: its costs are never loaded again; a person writes a correction$/,
      ),
    ),
];
