import type { ExecutionHistory } from '../emulator/lambda/durable-history.ts';
import type { Sandbox } from './sandbox.ts';

/** Every run, oldest first: live ones are executions of the runner, dry runs of the rehearser. */
export const allRuns = ({ services: { lambda } }: Pick<Sandbox, 'services'>): ExecutionHistory[] =>
  lambda.executionsOf('responder-runner', 'responder-rehearser').filter((one) => !foundNothingNew(one));

/** It checked an alarm that still stands, and people knew of everything: it is no run, and not on record. */
export const foundNothingNew = ({ result }: Pick<ExecutionHistory, 'result'>): boolean =>
  typeof result === 'object' && result !== null && 'nothingNew' in result;

/** The run of an execution; the execution's own name has a keyed digest behind it. */
export const runOf = ({ input }: Pick<ExecutionHistory, 'input'>): string => (input as { run: string }).run;
