import type { Estate } from '../lambdas/platform/settings.ts';
import type { Observer } from './observer.ts';
import type { Sandbox } from './sandbox.ts';
import type { CallRecord } from '../emulator/wire/exchange.ts';

/** A change that the responder made to Commercial-Ops, as a fault's card names it. */
export interface ObservedAction {
  readonly at: Date;
  readonly name: string;
}

const READS = /^(Get|List|Describe|Filter|Simulate|Head)/;
/** The roles of the responder's functions, and the one that it assumes to act. */
const OURS = /^responder-/;
/** Changing calls that belong to the responder's own house, or only ask. */
const OWN = new Set([
  ...['sts:AssumeRole', 'monitoring:PutMetricData'],
  ...['athena:StartQueryExecution', 'logs:StartQuery', 'logs:StopQuery', 'sqs:ReceiveMessage'],
]);

/** One action makes as many of these calls as there are messages: in a row they count once. */
const PER_MESSAGE = 'sqs:ChangeMessageVisibility';

/** The wire's half of what the responder did: every changing call that arrived. */
export function actionsOn(sandbox: Sandbox): { actions: readonly ObservedAction[]; watch: Observer } {
  const actions: ObservedAction[] = [];
  const { estate } = sandbox.services;
  return {
    actions,
    watch(observed) {
      if (observed.kind !== 'call') return;
      const name = changeBy(observed.call, estate);
      if (name === undefined || (name === PER_MESSAGE && actions.at(-1)?.name === name)) return;
      actions.push({ at: observed.at, name });
    },
  };
}

export function changeBy(
  { service, operation, principal, input, struck }: CallRecord,
  estate: Estate,
): string | undefined {
  // Struck before, it never arrived.
  if (!OURS.test(principal.roleName ?? '') || struck === 'before') return undefined;
  const name = `${service}:${operation}`;
  if (READS.test(operation) || OWN.has(name)) return undefined;
  switch (service) {
    case 'lambda':
      return functionChange(operation, input);
    case 's3':
      return [estate.cur.bucket, estate.athena.warehouseBucket].includes(String(input['Bucket']))
        ? name
        : undefined;
    case 'sns': {
      const topic = last(input['TopicArn']);
      return operation !== 'Publish' || Object.values(estate.notices).includes(topic)
        ? `${name} ${topic}`
        : undefined;
    }
    default:
      return name;
  }
}

function functionChange(operation: string, input: CallRecord['input']): string | undefined {
  if (/DurableExecution/.test(operation) || input['InvocationType'] === 'DryRun') return undefined;
  const [, name = ''] =
    /^(?:arn:[^:]*:lambda:[^:]*:[^:]*:function:)?([^:]+)/.exec(String(input['FunctionName'])) ?? [];
  return operation === 'Invoke' && OURS.test(name) ? undefined : `lambda:${operation} ${name}`;
}

const last = (arn: unknown): string => String(arn).split(':').at(-1) ?? '';

/** Changes that the responder makes in the ledger itself leave a row here; one that says only that a topic was told is no other change. */
const CHANGES = `
select run_id as id, job, coalesce(
         (select min(step.ended_at) from responder.step
          where step.run_id = regexp_replace(job_run.run_id, '-[0-9]+$', '')
            and step.name ~ ('^(act|reconcile):' || substring(job_run.run_id from '-([0-9]+)$') || ':')),
         started_at) as at
from job_run
where job like 'responder.%' and not coalesce(result ? 'message_id', false)
order by started_at, run_id`;

export interface LedgerAction extends ObservedAction {
  readonly id: string;
}

/** The ledger's half: at the moment at which the run knew that it was done. */
export async function actionsInLedger({ pool }: Sandbox): Promise<LedgerAction[]> {
  const { rows } = await pool.query<{ id: string; job: string; at: Date }>(CHANGES);
  return rows.map(({ id, job, at }) => ({ id, at, name: `ledger:${job.replace(/^responder\./, '')}` }));
}
