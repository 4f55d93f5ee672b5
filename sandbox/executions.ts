import type { ExecutionHistory } from '../emulator/lambda/durable-history.ts';
import type { Sandbox } from './sandbox.ts';

/** Every run, oldest first: live ones are executions of the runner, dry runs of the rehearser. */
export const allRuns = ({ services: { lambda } }: Pick<Sandbox, 'services'>): ExecutionHistory[] =>
  [...lambda.executionsOf('responder-runner'), ...lambda.executionsOf('responder-rehearser')].sort(
    (a, b) => a.start.getTime() - b.start.getTime(),
  );
