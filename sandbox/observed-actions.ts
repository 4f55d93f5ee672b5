import type { CheckpointDurableExecutionCommandInput } from '@aws-sdk/client-lambda';
import { REGION } from '../emulator/kernel/places.ts';
import { inRegion, NAMES } from '../lib/names.ts';
import type { Estate } from '../lambdas/platform/settings.ts';
import type { Observer } from '../emulator/observer.ts';
import type { Sandbox } from './sandbox.ts';
import type { CallRecord } from '../emulator/wire/exchange.ts';

/** A change that the responder made to Commercial-Ops, as a fault's card names it. */
export interface ObservedAction {
  readonly at: Date;
  readonly name: string;
  /** Which of two of the same moment came first: the clock stands still while a run works. */
  readonly order: number;
  /** In whose name the acting role was assumed; undefined when another role made the change. */
  readonly run?: string | undefined;
}

/** AWS begins the name of an operation that only reads with one of these verbs; any other may change something. */
const READS = /^(?:Batch)?(?:Get|List|Describe|Head|Search|Select|Filter|Simulate|Check|Query)(?=[A-Z])/;
/** These only read as well, although their verb does not say so. */
const ASKS = new Set([
  'logs:StartQuery',
  'logs:StopQuery',
  'athena:StopQueryExecution',
  'sqs:ReceiveMessage',
  'sts:AssumeRole',
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey',
]);
/** Of Athena's statements: the others write into the warehouse. */
const ASKING_SQL = /^\s*(?:select|with|show|describe|explain)\b/i;
/** The roles of the responder's functions, and the one that it assumes to act. */
const OURS = /^responder-/;

/** By what the operation is, never by who calls it or when: a new caller of a read is no change either. */
export function onlyReads({ service, operation, input }: CallKind): boolean {
  if (READS.test(operation) || ASKS.has(`${service}:${operation}`)) return true;
  return operation === 'StartQueryExecution' && ASKING_SQL.test(String(input['QueryString']));
}

export type CallKind = Pick<CallRecord, 'service' | 'operation' | 'input'>;

/** One action makes as many of these calls as there are messages: in a row they count once. */
const PER_MESSAGE = 'sqs:ChangeMessageVisibility';

/** The wire's half of what the responder did: every changing call that arrived. */
export interface WireActions {
  readonly actions: readonly ObservedAction[];
  /** Where among them a run reported to Lambda that its change in the ledger is done; by the id of that change. */
  readonly done: ReadonlyMap<string, number>;
  readonly watch: Observer;
}

export function actionsOn(sandbox: Sandbox): WireActions {
  const actions: ObservedAction[] = [];
  const done = new Map<string, number>();
  const { estate } = sandbox.services;
  let order = 0;
  return {
    actions,
    done,
    watch(observed) {
      if (observed.kind !== 'call') return;
      order++;
      for (const id of stepsDone(observed.call)) if (!done.has(id)) done.set(id, order);
      const name = changeBy(observed.call, estate);
      if (name === undefined || (name === PER_MESSAGE && actions.at(-1)?.name === name)) return;
      actions.push({ at: observed.at, name, order, run: runOf(observed.call) });
    },
  };
}

/** Of the run's own actions, those that a checkpoint says are done: `<run>-<number>`, as their change in the ledger. */
function stepsDone({ operation, input }: CallKind): string[] {
  if (operation !== 'CheckpointDurableExecution') return [];
  const { DurableExecutionArn: arn = '', Updates: updates = [] } =
    input as Partial<CheckpointDurableExecutionCommandInput>;
  // A keyed digest follows the run in the execution's name.
  const run = /\/durable-execution\/([^/]+)-[0-9a-f]{12}\//.exec(arn)?.[1] ?? '';
  return updates
    .filter(({ Action }) => Action === 'SUCCEED')
    .flatMap(({ Name = '' }) => /^(?:act|reconcile):(\d+):/.exec(Name)?.[1] ?? [])
    .map((number) => `${run}-${number}`);
}

/**
 * The name of the change that a call made to Commercial-Ops. It counts for every part of the responder: its report, its
 * sweep and its escalation work in their own house and change nothing else, and if one did, it must show.
 */
export function changeBy(call: CallRecord, estate: Estate): string | undefined {
  const { service, operation, principal, input, struck } = call;
  // Struck before, it never arrived.
  if (!OURS.test(principal.roleName ?? '') || struck === 'before') return undefined;
  if (onlyReads(call) || inOwnHouse(call, estate)) return undefined;
  const name = `${service}:${operation}`;
  if (service === 'lambda') return `${name} ${functionOf(input)}`;
  return service === 'sns' ? `${name} ${last(input['TopicArn'])}` : name;
}

/** Whether it changes what belongs to the responder itself: its messages, its record, its runs, its metrics. */
function inOwnHouse({ service, operation, input }: CallKind, estate: Estate): boolean {
  switch (service) {
    case 'lambda':
      return (
        /DurableExecution/.test(operation) ||
        input['InvocationType'] === 'DryRun' ||
        (operation === 'Invoke' && OURS.test(functionOf(input)))
      );
    case 's3':
      return ![estate.cur.bucket, estate.athena.warehouseBucket].includes(String(input['Bucket']));
    case 'sns':
      return operation === 'Publish' && !Object.values(estate.notices).includes(last(input['TopicArn']));
    case 'monitoring':
      return operation === 'PutMetricData';
    default:
      return false;
  }
}

const functionOf = (input: CallKind['input']): string =>
  /^(?:arn:[^:]*:lambda:[^:]*:[^:]*:function:)?([^:]+)/.exec(String(input['FunctionName']))?.[1] ?? '';

const last = (arn: unknown): string => String(arn).split(':').at(-1) ?? '';

/** Changes that the responder makes in the ledger itself leave a row here; one that records only a notification is no further change. */
const CHANGES = `
select run_id as id, job, coalesce(
         (select min(step.ended_at) from responder.step
          where step.run_id = regexp_replace(job_run.run_id, '-[0-9]+$', '')
            and step.name ~ ('^(act|reconcile):' || substring(job_run.run_id from '-([0-9]+)$') || ':')),
         started_at) as at
from job_run
where job like 'responder.%' and not coalesce(result ? 'message_id', false)
order by started_at, run_id`;

export interface LedgerAction extends Omit<ObservedAction, 'order'> {
  readonly id: string;
}

/** A session of the acting role is named after the run. */
const runOf = ({ principal }: CallRecord): string | undefined =>
  principal.roleName === inRegion(NAMES.actorRole, { region: REGION })
    ? principal.arn.split('/').at(-1)
    : undefined;

/** The ledger's half: at the moment at which the run knew that it was done. */
export async function actionsInLedger({ pool }: Sandbox): Promise<LedgerAction[]> {
  const { rows } = await pool.query<{ id: string; job: string; at: Date }>(CHANGES);
  return rows.map(({ id, job, at }) => ({
    id,
    at,
    name: `ledger:${job.replace(/^responder\./, '')}`,
    run: id.replace(/-\d+$/, ''),
  }));
}

/** Both halves, in the order in which they came. */
export const inOrder = (
  { actions, done }: Pick<WireActions, 'actions' | 'done'>,
  inLedger: readonly LedgerAction[],
): ObservedAction[] =>
  [...actions, ...inLedger.map((action) => ({ ...action, order: done.get(action.id) ?? Infinity }))].sort(
    (a, b) => a.at.getTime() - b.at.getTime() || a.order - b.order,
  );
