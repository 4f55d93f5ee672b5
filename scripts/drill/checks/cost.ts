import { runOf } from '../../../sandbox/executions.ts';
import { writesNoted } from '../ledger-notes.ts';
import type { Check } from './seen.ts';

/** More than a run with one action may cost, and what each further action may add. */
const MOST_OPERATIONS = 25;
const MORE_AN_ACTION = 4;
const MOST_WRITES = 5;
/** What asking people for their approval may add. */
const OF_ASKING = { operations: 9, writes: 3 };

/** The record says what each run cost, and the sandbox and the database have counted the same. */
export const costs: Check = async ({ sandbox, result, runs }) => {
  const lines = runs.flatMap(({ run, decision, steps, operations, ledgerWrites }) => {
    const execution = result.executions.find((one) => runOf(one) === run);
    // The execution itself is an operation, too, and not among those listed.
    const counted = 1 + new Set(execution?.operations.map(({ id }) => id)).size;
    const plan = (decision as { plan?: unknown[] } | null)?.plan?.length ?? 0;
    const asking = steps.includes('approval:ask') ? OF_ASKING : { operations: 0, writes: 0 };
    // What was put off is sent again, and looked for.
    const tries = steps.filter((step) => step.includes(':again')).length;
    const most = MOST_OPERATIONS + MORE_AN_ACTION * Math.max(0, plan - 1) + asking.operations + tries;
    const mostWrites = MOST_WRITES + asking.writes;
    return [
      ...(operations === counted ? [] : [`${run} says it took ${operations} operations; counted ${counted}`]),
      ...(counted <= most ? [] : [`${run} took ${counted} operations; at most ${most} for ${plan} actions`]),
      ...((ledgerWrites ?? 0) <= mostWrites
        ? []
        : [`${run} wrote to the ledger ${ledgerWrites} times; at most ${mostWrites}`]),
    ];
  });
  const said = runs.reduce((sum, { ledgerWrites }) => sum + (ledgerWrites ?? 0), 0);
  const noted = await writesNoted(sandbox.pool);
  return said === noted
    ? lines
    : [...lines, `the runs say they wrote ${said} times; the ledger noted ${noted}`];
};
