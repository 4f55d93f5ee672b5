import { AwsError } from '../../emulator/kernel/service.ts';
import type { Sandbox } from '../sandbox.ts';
import { loaded, makeStale, runningRun } from './costs-world.ts';
import { change, OUTDATED, over, reconciled, running, SLIGHTLY, spoil, WARNS } from './billing-chain.ts';
import { closedPeriod, withoutInvoices } from './invoice-world.ts';
import { backlog } from './runner-backlog.ts';
import { FIRST, untag } from './tag-coverage-drop.ts';
import { emitInvoice } from '../commercial-ops/jobs/invoice-emitter.ts';
import { syncTags } from '../commercial-ops/jobs/tag-sync.ts';
import { faultsOf, runsOf, type Step } from './fault.ts';
import { recordPayment } from './payment-world.ts';
import { ago, atStep, callOf, hoursAgo, later, onceSeen, runByHand, sql } from './steps.ts';

const { platform, failed, escalated } = faultsOf('cur-freshness', 'cur_freshness_days');
const payments = faultsOf('payment-mismatch', 'payment_mismatch_count').platform;
const budgets = faultsOf('budget-stale', 'budget_age_hours').platform;
const START = 'glue:StartJobRun';
const SETTLE = 'ledger:settle-invoice';
const LATE = 'TEN-00113';

type Struck = Parameters<Sandbox['faults']['add']>[0];

/** AWS answers the call with the error: nothing was done. */
const answers =
  (code: string, call: Pick<Struck, 'service' | 'operation' | 'match'>, minutes?: number): Step =>
  (sandbox) =>
    sandbox.faults.add({
      ...call,
      when: 'before',
      effect: new AwsError(code, 'not now'),
      ...(minutes === undefined
        ? { times: 1 }
        : { times: Infinity, until: hoursAgo(sandbox, -minutes / 60) }),
    });
/** Of the month at stake nothing is left to do but what is planned already. */
const loadedByHand: Step = (sandbox) => sandbox.services.commercialOps.setIngested(hoursAgo(sandbox, 30));

/** For the month before, which is delivered again: it goes on until it has called Glue. */
const anotherRunStarts: Step = async (sandbox) => {
  await sandbox.services.commercialOps.delivery.assembleAgain(over(sandbox));
  const started = new Promise<void>((resolve) => onceSeen(sandbox, callOf('StartJobRun'), () => resolve()));
  await runByHand('cur-freshness', { period: over(sandbox) })(sandbox);
  await started;
};

const isStart = { service: 'glue', operation: 'StartJobRun' };

/** The first time that an invoice changes, PostgreSQL does this. */
const onceAtInvoice = (statement: string): Step =>
  sql(`
    create sequence fault_once;
    create function fault_once() returns trigger language plpgsql security definer as $$
    begin
      if nextval('fault_once') = 1 then ${statement}; end if;
      return new;
    end $$;
    create trigger fault_once before update on invoice_header for each row execute function fault_once()`);

/** For longer than a run tries, and for another while. */
const FOR_LONG = 100;
const jobRefused = (job: RegExp): Step =>
  answers(
    'TooManyRequestsException',
    { service: 'lambda', operation: 'Invoke', match: ({ FunctionName }) => job.test(String(FunctionName)) },
    FOR_LONG,
  );
const by = (sandbox: Sandbox) => ({ runId: 'by-hand', period: running(sandbox) });

/** AWS puts the action off until the run gives up, and somebody else repairs the fault meanwhile: nobody is called. */
const repairedMeanwhile = (
  [
    [
      'cur-freshness',
      'cur_freshness_days',
      'not-loaded',
      [makeStale, answers('ThrottlingException', isStart, FOR_LONG)],
      loadedByHand,
    ],
    [
      'allocation-variance',
      'allocation_variance_pct',
      'out-of-step',
      [change(running, spoil(SLIGHTLY)), jobRefused(/allocation_runner/)],
      (sandbox) => sandbox.services.commercialOps.allocate(running(sandbox)),
    ],
    [
      'budget-stale',
      'budget_age_hours',
      'missed',
      [sql('update budget_master set last_refreshed_at = $1', ago(30)), jobRefused(/budget_refresh/)],
      sql('update budget_master set last_refreshed_at = $1', ago(0)),
    ],
    [
      'recon-failed',
      'recon_variance_pct',
      'out-of-date',
      [change(over, OUTDATED, WARNS), jobRefused(/recon_runner/)],
      reconciled(over),
    ],
    [
      'tag-coverage-drop',
      'tag_coverage_pct',
      'inventory-knows',
      [untag(FIRST), jobRefused(/tag_(sync|validator)/)],
      (sandbox) => syncTags(sandbox.pool, by(sandbox), () => sandbox.clock.now()),
    ],
    [
      'invoice-lag',
      'invoice_emission_lag_hours',
      'ready',
      [withoutInvoices([LATE]), jobRefused(/invoice_emitter/)],
      async (sandbox) =>
        emitInvoice(
          sandbox.pool,
          { ...by(sandbox), period: await closedPeriod(sandbox), tenantId: LATE },
          () => sandbox.clock.now(),
        ),
    ],
    [
      'runner-backlog',
      'runner_queue_depth',
      'scale',
      [
        backlog({ messages: 150, arrivalsPerTick: 43 }),
        answers('ThrottlingException', { service: 'autoscaling', operation: 'SetDesiredCapacity' }, FOR_LONG),
      ],
      async ({ services: { runnerFleet, sqs } }) => {
        await runnerFleet.backlog({ messages: 0, arrivalsPerTick: 0 });
        await sqs.take(runnerFleet.queueArn, 1_000);
      },
    ],
  ] satisfies [string, string, string, Step[], Step][]
).map(([playbook, metric, branch, broken, repair]) =>
  faultsOf(playbook, metric)
    .platform(
      `put-off-and-repaired-${playbook}`,
      `What ${playbook} calls answers "not now" for hours, and somebody else repairs the fault.`,
      { minutes: 240 },
    )
    .inject(...broken, later(25, repair))
    // The step that scales looks at the queue itself, before it calls anybody.
    .expect(
      branch === 'scale'
        ? runsOf(playbook).resolved(branch, /^0 jobs wait/)
        : runsOf(playbook).selfHealed(branch, /somebody else was faster: .*it did not begin/),
    ),
);

const settled = runsOf('payment-mismatch').resolved('settle', /alarm payment-mismatch is OK$/);

/** AWS or the ledger says "not now": nothing began, and a later try succeeds. */
export const notNowFaults = [
  ...repairedMeanwhile,

  platform('start-throttled', 'Glue throttles the start, once.')
    .inject(makeStale, answers('ThrottlingException', isStart))
    .expect(loaded('not-loaded'), START),

  platform('start-failed-inside', 'Glue fails inside at the start, once, and has begun nothing.')
    .inject(makeStale, answers('InternalServiceException', isStart))
    .expect(loaded('not-loaded'), START),

  platform('start-throttled-long', 'Glue throttles every start, for longer than a run tries it.', {
    minutes: 240,
  })
    .inject(makeStale, answers('ThrottlingException', isStart, 75))
    .expect(
      [
        failed('not-loaded', /: throttled \(ThrottlingException\) \(tried 6 times\); it did not begin$/),
        loaded('not-loaded'),
      ],
      START,
    ),

  platform('job-taken-meanwhile', 'Somebody starts the job for another month right before the run does.')
    .inject(makeStale, atStep('guard:before-acting', 'ends', runningRun(0, 12, '2026-10')))
    // The first is refused: Glue takes one run at a time.
    .expect(loaded('not-loaded'), START, START),

  platform(
    'job-taken-for-hours',
    'Somebody starts the job right before the run does, and it takes eight hours.',
    {
      minutes: 660,
    },
  )
    .inject(makeStale, atStep('guard:before-acting', 'ends', runningRun(0, 480, '2026-10')))
    .expect([failed('not-loaded'), escalated('hung'), loaded('not-loaded')], START, START),

  platform(
    'job-raced-by-two-runs',
    'Between a plan and its start another run of ours starts the one job for the month before.',
  )
    .inject(makeStale, atStep('guard:before-acting', 'ends', loadedByHand, anotherRunStarts))
    .expect(
      [
        runsOf('cur-freshness').resolved('not-loaded'),
        runsOf('cur-freshness').resolved('not-loaded', /^the newest delivery of 2026-10: .* loaded/),
      ],
      // The second is refused, for Glue takes one run at a time, and tried again.
      START,
      START,
      START,
    ),

  budgets('job-being-updated', 'The function of the refresh is being updated when it is called, once.')
    .inject(
      sql('update budget_master set last_refreshed_at = $1', ago(30)),
      answers('ResourceConflictException', {
        service: 'lambda',
        operation: 'Invoke',
        match: ({ FunctionName }) => /budget_refresh_prod/.test(String(FunctionName)),
      }),
    )
    .expect(
      runsOf('budget-stale').resolved('missed', /alarm budget-stale is OK$/),
      'lambda:Invoke budget_refresh_prod',
    ),

  payments('settle-deadlock', 'PostgreSQL ends the settling of an invoice for a deadlock, once.')
    .inject(
      recordPayment({ ref: 'bank' }),
      onceAtInvoice(`raise exception 'deadlock detected' using errcode = '40P01'`),
    )
    .expect(settled, SETTLE),

  payments('settle-terminated', 'PostgreSQL ends the connection in the middle of the settling, once.')
    .inject(recordPayment({ ref: 'bank' }), onceAtInvoice('perform pg_terminate_backend(pg_backend_pid())'))
    .expect(settled, SETTLE),
];
