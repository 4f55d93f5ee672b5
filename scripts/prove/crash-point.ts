import type { CheckpointDurableExecutionCommandInput } from '@aws-sdk/client-lambda';
import type { StruckCall } from '../../emulator/kernel/faults.ts';
import { REGION } from '../../emulator/kernel/places.ts';
import { inRegion, NAMES } from '../../lib/names.ts';
import { onlyReads } from '../../sandbox/observed-actions.ts';

export const HOWS = ['killed before', 'killed after', 'ledger away at'] as const;

/** One blow, at one of the calls that change something: a checkpoint, a message, a start, an action. */
export interface CrashPoint {
  /** The process that calls dies before the call arrives, or after it was handled; or the ledger goes away. */
  readonly how: (typeof HOWS)[number];
  /** From 1 on, in the order in which they come. */
  readonly call: number;
}

const { actorRole, functions } = NAMES;
const ROLES = new Set(
  [actorRole, functions.dispatcher, functions.runner, functions.escalation, functions.sweep].map((name) =>
    inRegion(name, { region: REGION }),
  ),
);

/** Whether it belongs to a story: not what happens each minute anyway. */
export const isOfStory = (call: StruckCall): boolean =>
  call.principal.workerPid !== undefined &&
  ROLES.has(call.principal.roleName ?? '') &&
  call.operation !== 'PutMetricData' &&
  !onlyReads(call);

/** Who calls what; of a checkpoint, what it says: `runner: START act:1:start-ingestion`. */
export function toldOf({ service, operation, principal, input }: StruckCall): string {
  const who = (principal.roleName ?? '').replace('responder-', '').replace(`-${REGION}`, '');
  if (operation !== 'CheckpointDurableExecution') return `${who}: ${service}:${operation}`;
  const { Updates = [] } = input as Partial<CheckpointDurableExecutionCommandInput>;
  return `${who}: ${Updates.map(({ Action, Name }) => `${Action} ${Name}`).join(', ') || 'an empty checkpoint'}`;
}
