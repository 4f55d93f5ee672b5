import type { Sandbox } from '../sandbox.ts';
import { faultsOf, type Step } from './fault.ts';
import { ago, callOf, doesNothing, onceSeen, request, sql } from './steps.ts';

const UPDATE = 'lambda:UpdateFunctionConfiguration';
const RESTARTED = `${UPDATE} cur_ingestion`;

const restart = (name = 'cur_ingestion'): Step => request('restart-functions', { function: name });

/** Somebody else changes the function that is restarted. */
const updateTo = (
  of: (
    environment: Readonly<Record<string, string>>,
  ) => Parameters<Sandbox['services']['lambda']['updateFunction']>[1],
  job: 'curIngestion' | 'allocation' = 'curIngestion',
): Step => {
  return ({ services: { lambda, estate } }) => {
    const name = estate.jobs[job];
    lambda.updateFunction(name, of(lambda.functions.resolve(name).fn.environment));
  };
};

/** As soon as one of the responder's roles has called the operation. */
const after =
  (operation: string, then: Step): Step =>
  (sandbox) =>
    onceSeen(
      sandbox,
      callOf(operation, ({ principal }) => principal.roleName?.startsWith('responder-') ?? false),
      () => then(sandbox),
    );

const restarting = faultsOf('restart-functions', '');
const restarts = [
  restarting
    .fault('restart-cur-ingestion', 'Somebody requests a restart of cur_ingestion.')
    .inject(restart())
    .expect(
      restarting.resolved(
        'restart',
        /^cur_ingestion has been restarted, with all its 5 variables as they were$/,
      ),
      RESTARTED,
    ),

  restarting
    .fault(
      'restart-allocation-runner',
      'Somebody requests a restart of allocation_runner, which was restarted before.',
    )
    .inject(
      updateTo((environment) => ({ environment: { ...environment, RESTART: 'true' } }), 'allocation'),
      restart('allocation_runner'),
    )
    .expect(
      { ...restarting.resolved('restart'), target: { function: 'allocation_runner' } },
      `${UPDATE} allocation_runner`,
    ),

  restarting
    .fault('restart-function-gone', 'The function to restart was deleted.')
    .inject(
      ({ services: { lambda, estate } }) => lambda.functions.forget(estate.jobs.curIngestion),
      restart(),
    )
    .expect(restarting.escalated('no-function')),

  restarting
    .fault('restart-while-updating', 'Somebody is deploying the function.')
    .inject(
      updateTo(() => ({ lastUpdate: 'InProgress' })),
      restart(),
    )
    .expect(restarting.escalated('updating')),

  restarting
    .fault('restart-of-broken-function', 'The last deployment of the function failed.')
    .inject(
      updateTo(() => ({ lastUpdate: 'Failed' })),
      restart(),
    )
    .expect(restarting.escalated('broken')),

  restarting
    .fault(
      'restart-changed-meanwhile',
      'Somebody changes the function between the probes and the restart: their change is kept.',
    )
    .inject(
      after(
        'AssumeRole',
        updateTo(() => ({ environment: { STAGE: 'staging' } })),
      ),
      restart(),
    )
    .expect(restarting.failed('restart', /cur_ingestion is not what was decided on: its revision is/)),

  restarting
    .fault(
      'restart-loses-a-variable',
      'Right after the restart somebody else changes the function and drops a variable.',
    )
    .inject(
      after(
        'UpdateFunctionConfiguration',
        updateTo(({ STAGE: _lost, ...kept }) => ({ environment: kept })),
      ),
      restart(),
    )
    .expect(restarting.ineffective('restart', /its other variables are not as they were/), RESTARTED),
];

const REFRESH = 'lambda:Invoke dashboard_refresher';
const refreshing = faultsOf('refresh-dashboards', '');
const dashboards = [
  refreshing
    .fault('refresh-dashboards', 'Somebody requests fresh dashboards.')
    .inject(request('refresh-dashboards'))
    .expect(refreshing.resolved('refresh', /^all 3 are fresh$/), REFRESH),

  refreshing
    .fault('refresh-does-nothing', 'The refresh says that it completed, and has refreshed nothing.')
    .inject(doesNothing('dashboardRefresher'), request('refresh-dashboards'))
    .expect(refreshing.ineffective('refresh', /still old: invoices, quotas, tenant-costs/), REFRESH),

  refreshing
    .poisoned('refresh-without-dashboards', 'The ledger knows no dashboard any more.')
    .inject(sql('delete from dashboard_state'), request('refresh-dashboards'))
    .expect(refreshing.escalated('none')),
];

/** The writer of audit events says nothing for more than an hour. */
async function silence({ clock, services }: Sandbox): Promise<void> {
  await services.commercialOps.auditWriter.silence();
  await clock.advanceUntil(() => false, new Date(clock.now().getTime() + 65 * 60_000));
}

const auditing = faultsOf('audit-events', '');
const askWhether = request('audit-events');
const audits = [
  auditing
    .control('audit-written', 'Somebody asks whether audit events are being written, and they are.')
    .inject(askWhether)
    .expect(auditing.selfHealed('written')),

  auditing
    .fault('audit-log-silent', 'The log of the writer has been silent for an hour; events are in the ledger.')
    .inject(
      silence,
      sql(
        `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id)
         values ($1, 'operator_user', 'ops-7', 'invoice.viewed', 'invoice', 'INV-1')`,
        ago(0),
      ),
      askWhether,
    )
    .expect(auditing.escalated('log-silent')),

  auditing
    .fault(
      'audit-all-silent',
      'The log of the writer has been silent for an hour, and the ledger holds no event of the last day.',
    )
    .inject(silence, sql('delete from audit_event'), askWhether)
    .expect(auditing.escalated('all-silent')),

  auditing
    .fault('audit-writer-fails', 'The writer of audit events says that it cannot write.')
    .inject(
      ({ services: { logs, estate } }) =>
        logs.append(
          estate.logGroups.auditWriter,
          'writer',
          'ERROR audit-event-writer could not write audit events: permission denied for table',
        ),
      askWhether,
    )
    .expect(auditing.escalated('writer-fails')),

  auditing
    .poisoned(
      'audit-not-written',
      'What should have been a rehearsal has held the lock, and left no audit event.',
    )
    .inject(
      sql(
        `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, ended_at,
           fence, outcome, why)
         values ('a-run-without-a-trace', 'INC-a-run-without-a-trace', 'cur-freshness', 'period=2026-11', '{"period": "2026-11"}',
           'dry-run', '{}', $1, $1, nextval('responder.fence'), 'resolved', 'as it says')`,
        ago(1),
      ),
      askWhether,
    )
    .expect(
      auditing.escalated(
        'not-written',
        /^1 of 1 runs that acted within a day left no audit event: a-run-without-a-trace$/,
      ),
    ),
];

/** What people request: no alarm starts these. */
export const byHandFaults = [...restarts, ...dashboards, ...audits];
