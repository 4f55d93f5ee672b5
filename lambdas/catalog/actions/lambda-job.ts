import { arnOf } from '../../platform/iam.ts';
import { lambdaFunction } from '../../domain/lock-names.ts';
import type { Settings } from '../../platform/settings.ts';
import type { ActionDefinition, OwnJob, Params } from './definition.ts';
import { findRun, runProgress } from './job-runs.ts';

type MadeHere =
  | 'changes'
  | 'ownJob'
  | 'permissions'
  | 'readPermissions'
  | 'trace'
  | 'repeat'
  | 'start'
  | 'reconcile'
  | 'progress';

export interface LambdaJob extends Omit<ActionDefinition, MadeHere> {
  /** One of `estate.jobs`, or `ownJob` of this action. */
  readonly function: ((estate: Settings['estate']) => string) | OwnJob;
  /** What the job is sent besides `run_id` and `fence`; by default the parameters as they are. */
  readonly payload?: (params: Params) => Readonly<Record<string, unknown>>;
  /**
   * What it does depends on nothing but what it finds: where a newer order has done it, it is done. Another playbook may
   * order the same job for the same period, and the one that arrives late is refused for its fence.
   */
  readonly convergent?: true;
}

/**
 * One of Commercial-Ops' own jobs, invoked asynchronously: `aws lambda invoke` of the runbook, with the `run_id` that
 * makes it idempotent and the fence that keeps a late one out. What became of it is read from `job_run`.
 */
export function lambdaJob({
  function: nameIn,
  payload = (params) => params,
  convergent,
  locks: locksOf,
  ...job
}: LambdaJob): ActionDefinition {
  return {
    ...job,
    changes: true,
    ...('key' in nameIn && { ownJob: nameIn }),
    locks(params, settings) {
      const { writes, reads } = locksOf(params, settings);
      // Whoever restarts the function waits until the job is over.
      return { writes, reads: [...reads, lambdaFunction(nameIn(settings.estate))] };
    },
    permissions: (settings) => [
      {
        actions: ['lambda:InvokeFunction'],
        resources: [arnOf(settings, 'lambda', `function:${nameIn(settings.estate)}`)],
      },
    ],
    readPermissions: () => [],
    trace: ({ period = null, tenant_id: tenant = null }, settings) => ({
      job: nameIn(settings.estate),
      period,
      tenant,
    }),
    repeat:
      'The job is idempotent by run_id: sent twice, it works once. It refuses a fence older than the newest seen.',
    async start(params, { settings, actionId, fence }, tools) {
      const lambda = await tools.lambda();
      const job = nameIn(settings.estate);
      await lambda.invoke({
        FunctionName: job,
        InvocationType: 'Event',
        Payload: JSON.stringify({ ...payload(params), run_id: actionId, fence }),
      });
      return { job, runId: actionId };
    },
    reconcile: (_params, { settings, actionId }, tools) => findRun(tools, nameIn(settings.estate), actionId),
    progress: ({ job = '', runId = '' }, _context, tools) =>
      runProgress(tools, job, runId, { overtakenIsDone: convergent ?? false }),
  };
}
