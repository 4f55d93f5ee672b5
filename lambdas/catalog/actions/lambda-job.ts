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
  /** The job's payload, without `run_id` and `fence`; the parameters by default. */
  readonly payload?: (params: Params) => Readonly<Record<string, unknown>>;
  /**
   * Its result depends only on what it finds, so a newer run does its work, too. Another playbook may
   * run the same job for the same period; the later arrival is refused for its fence.
   */
  readonly convergent?: true;
}

/**
 * A job of Commercial-Ops, invoked asynchronously like the runbook's `aws lambda invoke`, with the
 * `run_id` that makes it idempotent and the fence that stops a late one. `job_run` says how it ended.
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
      // A restart of the function waits until the job is over.
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
