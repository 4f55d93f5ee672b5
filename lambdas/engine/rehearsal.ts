import type { Settings } from '../platform/settings.ts';
import type { RunRequest } from '../domain/run-request.ts';
import { tellEffect, wouldDo } from './plans.ts';
import type { RunContext } from './run-context.ts';
import type { Decided, Planned, RunResult } from './run-state.ts';

/**
 * Why the rehearser does not execute a live run: it runs the runner's code with a read-only role, so the run would take the
 * lock and fail at its first action.
 */
export function liveRehearsalFault(
  { mode }: Pick<RunRequest, 'mode'>,
  executionArn: string,
  { runner, rehearser, prefix }: Settings,
): string | undefined {
  const unqualified = rehearser.slice(0, rehearser.lastIndexOf(':') + 1);
  if (mode === 'dry-run' || !executionArn.startsWith(unqualified)) return undefined;
  return (
    `it is "${mode}", and was started on ${rehearser}; wanted "dry-run", for its role cannot act. ` +
    `Start it on ${runner}, or invoke ${prefix}-manual, which knows where a run belongs`
  );
}

/** What would be done, and what would prevent it. */
export function rehearsed(
  run: RunContext,
  { decision, effect }: Decided & Pick<Planned, 'effect'>,
): RunResult {
  const against = new Map(
    run.notes.answers.flatMap(({ guard, answer, figures }) =>
      answer === 'refuse' ? [[guard, figures]] : [],
    ),
  );
  const parts = [
    `would ${wouldDo(decision, run)}: ${decision.why}`,
    ...(effect ? [`impact: ${tellEffect(effect)}`] : []),
    ...[...against].map(([guard, figures]) => `guard ${guard} would refuse: ${figures}`),
  ];
  return { outcome: 'rehearsed', why: parts.join('; ') };
}
