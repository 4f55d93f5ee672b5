import type { Queryable } from '../../platform/ledger/queryable.ts';
import type { ActTools } from '../../platform/clients.ts';
import { ledgerLogin } from '../../platform/iam.ts';
import { loginOf } from '../../platform/settings.ts';
import { holdsLocks } from '../../record/locks.ts';
import type { ActContext, ActionDefinition, Params } from './definition.ts';
import { findRun, runProgress } from './job-runs.ts';

type MadeHere = 'changes' | 'permissions' | 'readPermissions' | 'repeat' | 'start' | 'reconcile' | 'progress';

export interface LedgerChange extends Omit<ActionDefinition, MadeHere> {
  /** What `audit_event` names as changed. */
  readonly object: (params: Params) => { readonly type: string; readonly id: string };
  /**
   * Checks under row locks that what it was decided on is still true, and changes it.
   * @returns what to record @throws when it is not: then nothing is changed
   */
  readonly change: (
    client: Queryable,
    params: Params,
    context: ActContext,
    tools: ActTools,
  ) => Promise<Readonly<Record<string, unknown>>>;
}

const DONE = `select from job_run where run_id = $1 and status = 'completed'`;

const RECORD = `
insert into job_run (run_id, job, period, tenant_id, fence, status, started_at, finished_at, result)
values ($1, $2, $3, $4, $5, 'completed', $6, $6, $7)`;

const AUDIT = `
insert into audit_event (event_id, occurred_at, actor_type, actor_id, action, object_type, object_id, metadata)
values (md5($1::text || '/' || $2::text)::uuid, $3::timestamptz, 'system', $4, $2, $5, $6, $7::jsonb)`;

/**
 * A change in the ledger itself, by the action's own login. One transaction holds the lock check, the
 * change, its `job_run` and its audit event: a repetition finds it done, an interruption leaves
 * nothing.
 */
export function ledgerChange({ object, change, ...action }: LedgerChange): ActionDefinition {
  const job = `responder.${action.name}`;
  return {
    ...action,
    grants: ['select (run_id, status) on job_run', ...(action.grants ?? [])],
    changes: true,
    permissions: (settings) => [ledgerLogin(settings, loginOf(settings.ledger.actors, action.name))],
    readPermissions: () => [],
    repeat: 'One transaction with its job_run: sent twice, it is done once.',
    async start(params, context, tools) {
      const { actionId, run, fence, now } = context;
      await tools.changeLedger(async (client) => {
        await client.query('select pg_advisory_xact_lock(hashtext($1))', [actionId]);
        if ((await client.query(DONE, [actionId])).rowCount) return;
        // Checked in the change's transaction: a run that has lost its lock changes nothing.
        if (!(await holdsLocks(client, run, fence, now.toISOString())))
          throw new Error(`the lock with fence ${fence} is not held by run ${run} any more`);
        const result = await change(client, params, context, tools);
        const at = now.toISOString();
        const { period = null, tenant_id: tenant = null } = params;
        await client.query(RECORD, [actionId, job, period, tenant, fence, at, JSON.stringify(result)]);
        const { type, id } = object(params);
        const metadata = { run, what: action.name, params, result };
        await client.query(AUDIT, [actionId, job, at, run, type, id, JSON.stringify(metadata)]);
      });
      return { job, runId: actionId };
    },
    reconcile: (_params, { actionId }, tools) => findRun(tools, job, actionId),
    progress: (_handle, { actionId }, tools) => runProgress(tools, job, actionId),
  };
}
