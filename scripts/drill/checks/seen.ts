import type { KeptMessage } from '../../../emulator/aws/sns.ts';
import type { Fault } from '../../../sandbox/faults/fault.ts';
import type { Sandbox } from '../../../sandbox/sandbox.ts';
import type { ScenarioResult } from '../../../sandbox/scenario.ts';
import type { LedgerState } from '../ledger-state.ts';
import type { DrillRun } from '../result.ts';

/** Everything that a drill has seen. */
export interface Seen {
  readonly fault: Fault;
  readonly sandbox: Sandbox;
  readonly result: ScenarioResult;
  readonly runs: readonly DrillRun[];
  /** Right after the world was broken, and at the end. */
  readonly before: LedgerState;
  readonly after: LedgerState;
  /** Messages on all topics since then, oldest first, without alarms. */
  readonly told: readonly KeptMessage[];
}

/** What every drill proves beyond its card. @returns what is wrong, in words */
export type Check = (seen: Seen) => Promise<string[]> | string[];

/** The fault is gone, and somebody has seen that it is. */
export const isHealthy = (outcome: string | null): boolean =>
  outcome === 'resolved' || outcome === 'self-healed';
