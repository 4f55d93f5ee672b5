import type { Sandbox } from '../sandbox.ts';
import { askFor, type ExpectedRun, type Fault } from './fault.ts';

const UPDATE = 'lambda:UpdateFunctionConfiguration';
const REFRESH = 'lambda:Invoke dashboard_refresher';

const restart = (sandbox: Sandbox, name = 'cur_ingestion'): void =>
  askFor(sandbox, 'restart-functions', { function: name });

const byHand = (
  playbook: string,
  of: Omit<Fault, 'kind' | 'metric' | 'runs'> & {
    kind?: Fault['kind'];
    outcome: ExpectedRun['outcome'];
    branch: string;
    target?: ExpectedRun['target'];
    why?: RegExp;
  },
): Fault => {
  const { outcome, branch, why, target, ...rest } = of;
  return {
    kind: 'fault',
    metric: '',
    ...rest,
    runs: [{ playbook, outcome, branch, ...(target && { target }), ...(why && { why }) }],
  };
};

/** Calls `then` as soon as one of the responder's roles has called the operation. */
function after(sandbox: Sandbox, operation: string, then: () => void): void {
  const unwatch = sandbox.watch((seen) => {
    if (seen.kind !== 'call' || seen.call.operation !== operation) return;
    if (!seen.call.principal.roleName?.startsWith('responder-')) return;
    unwatch();
    then();
  });
}

const restarts: readonly Fault[] = [
  byHand('restart-functions', {
    name: 'restart-cur-ingestion',
    about: 'Somebody asks for a restart of cur_ingestion.',
    outcome: 'resolved',
    branch: 'restart',
    why: /^cur_ingestion has been restarted, with all its 5 variables as they were$/,
    actions: [`${UPDATE} cur_ingestion`],
    inject: async (sandbox) => restart(sandbox),
  }),
  byHand('restart-functions', {
    name: 'restart-allocation-runner',
    about: 'Somebody asks for a restart of allocation_runner, which was restarted before.',
    outcome: 'resolved',
    branch: 'restart',
    target: { function: 'allocation_runner' },
    actions: [`${UPDATE} allocation_runner`],
    async inject(sandbox) {
      const { lambda, estate } = sandbox.services;
      const { environment } = lambda.functions.resolve(estate.jobs.allocation).fn;
      lambda.updateFunction(estate.jobs.allocation, { environment: { ...environment, RESTART: 'true' } });
      restart(sandbox, 'allocation_runner');
    },
  }),
  byHand('restart-functions', {
    name: 'restart-function-gone',
    about: 'The function to restart was deleted.',
    outcome: 'escalated',
    branch: 'no-function',
    actions: [],
    async inject(sandbox) {
      const { lambda, estate } = sandbox.services;
      lambda.functions.forget(estate.jobs.curIngestion);
      restart(sandbox);
    },
  }),
  byHand('restart-functions', {
    name: 'restart-while-updating',
    about: 'Somebody is deploying the function.',
    outcome: 'escalated',
    branch: 'updating',
    actions: [],
    async inject(sandbox) {
      const { lambda, estate } = sandbox.services;
      lambda.updateFunction(estate.jobs.curIngestion, { lastUpdate: 'InProgress' });
      restart(sandbox);
    },
  }),
  byHand('restart-functions', {
    name: 'restart-of-broken-function',
    about: 'The last deployment of the function failed.',
    outcome: 'escalated',
    branch: 'broken',
    actions: [],
    async inject(sandbox) {
      const { lambda, estate } = sandbox.services;
      lambda.updateFunction(estate.jobs.curIngestion, { lastUpdate: 'Failed' });
      restart(sandbox);
    },
  }),
  byHand('restart-functions', {
    name: 'restart-changed-meanwhile',
    about: 'Somebody changes the function between the look and the restart: their change is kept.',
    outcome: 'failed',
    branch: 'restart',
    why: /cur_ingestion is not what was decided on: its revision is/,
    actions: [],
    async inject(sandbox) {
      const { lambda, estate } = sandbox.services;
      after(sandbox, 'AssumeRole', () =>
        lambda.updateFunction(estate.jobs.curIngestion, { environment: { STAGE: 'staging' } }),
      );
      restart(sandbox);
    },
  }),
  byHand('restart-functions', {
    name: 'restart-loses-a-variable',
    about: 'Right after the restart somebody else changes the function and drops a variable.',
    outcome: 'ineffective',
    branch: 'restart',
    why: /its other variables are not as they were/,
    actions: [`${UPDATE} cur_ingestion`],
    async inject(sandbox) {
      const { lambda, estate } = sandbox.services;
      after(sandbox, 'UpdateFunctionConfiguration', () => {
        const { environment } = lambda.functions.resolve(estate.jobs.curIngestion).fn;
        const { STAGE: _lost, ...kept } = environment;
        lambda.updateFunction(estate.jobs.curIngestion, { environment: kept });
      });
      restart(sandbox);
    },
  }),
];

const dashboards: readonly Fault[] = [
  byHand('refresh-dashboards', {
    name: 'refresh-dashboards',
    about: 'Somebody asks for fresh dashboards.',
    outcome: 'resolved',
    branch: 'refresh',
    why: /^all 3 are fresh$/,
    actions: [REFRESH],
    inject: async (sandbox) => askFor(sandbox, 'refresh-dashboards'),
  }),
  byHand('refresh-dashboards', {
    name: 'refresh-does-nothing',
    about: 'The refresh says that it completed, and has refreshed nothing.',
    outcome: 'ineffective',
    branch: 'refresh',
    why: /still old: invoices, quotas, tenant-costs/,
    actions: [REFRESH],
    async inject(sandbox) {
      const { commercialOps, estate } = sandbox.services;
      await commercialOps.behave(estate.jobs.dashboardRefresher, { kind: 'noop' });
      askFor(sandbox, 'refresh-dashboards');
    },
  }),
  byHand('refresh-dashboards', {
    name: 'refresh-without-dashboards',
    about: 'The ledger knows no dashboard any more.',
    kind: 'poisoned',
    outcome: 'escalated',
    branch: 'none',
    actions: [],
    async inject(sandbox) {
      await sandbox.pool.query('delete from dashboard_state');
      askFor(sandbox, 'refresh-dashboards');
    },
  }),
];

/** The writer of audit events says nothing for more than an hour. */
async function silence(sandbox: Sandbox): Promise<void> {
  await sandbox.services.commercialOps.auditWriter.silence();
  await sandbox.clock.advanceUntil(() => false, new Date(sandbox.clock.now().getTime() + 65 * 60_000));
}

const audits: readonly Fault[] = [
  byHand('audit-events', {
    name: 'audit-written',
    about: 'Somebody asks whether audit events are being written, and they are.',
    kind: 'control',
    outcome: 'self-healed',
    branch: 'written',
    actions: [],
    inject: async (sandbox) => askFor(sandbox, 'audit-events'),
  }),
  byHand('audit-events', {
    name: 'audit-log-silent',
    about: 'The log of the writer has been silent for an hour; events are in the ledger.',
    outcome: 'escalated',
    branch: 'log-silent',
    actions: [],
    async inject(sandbox) {
      await silence(sandbox);
      await sandbox.pool.query(
        `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id)
         values ($1, 'operator_user', 'ops-7', 'invoice.viewed', 'invoice', 'INV-1')`,
        [sandbox.clock.now()],
      );
      askFor(sandbox, 'audit-events');
    },
  }),
  byHand('audit-events', {
    name: 'audit-all-silent',
    about:
      'The log of the writer has been silent for an hour, and the ledger holds no event of the last day.',
    outcome: 'escalated',
    branch: 'all-silent',
    actions: [],
    async inject(sandbox) {
      await silence(sandbox);
      await sandbox.pool.query('delete from audit_event');
      askFor(sandbox, 'audit-events');
    },
  }),
  byHand('audit-events', {
    name: 'audit-writer-fails',
    about: 'The writer of audit events says that it cannot write.',
    outcome: 'escalated',
    branch: 'writer-fails',
    actions: [],
    async inject(sandbox) {
      const { logs, estate } = sandbox.services;
      const line = 'ERROR audit-event-writer could not write audit events: permission denied for table';
      logs.append(estate.logGroups.auditWriter, 'writer', line);
      askFor(sandbox, 'audit-events');
    },
  }),
  byHand('audit-events', {
    name: 'audit-not-written',
    about: 'What should have been a rehearsal has held the lock, and left no audit event.',
    kind: 'poisoned',
    outcome: 'escalated',
    branch: 'not-written',
    why: /^1 of 1 runs that acted within a day left no audit event: a-run-without-a-trace$/,
    actions: [],
    async inject(sandbox) {
      await sandbox.pool.query(
        `insert into responder.run (run_id, incident_id, playbook, target_key, target, mode, request, opened_at, ended_at,
           fence, outcome, why)
         values ('a-run-without-a-trace', 'INC-a-run-without-a-trace', 'cur-freshness', 'period=2026-11', '{"period": "2026-11"}',
           'dry-run', '{}', $1, $1, nextval('responder.fence'), 'resolved', 'as it says')`,
        [new Date(sandbox.clock.now().getTime() - 3_600_000)],
      );
      askFor(sandbox, 'audit-events');
    },
  }),
];

/** What people ask for: no alarm starts these. */
export const byHandFaults: readonly Fault[] = [...restarts, ...dashboards, ...audits];
