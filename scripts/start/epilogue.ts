import { readable } from '../../lambdas/domain/words.ts';
import { byOutcome, type Ink } from '../ink.ts';
import { differences } from '../../sandbox/as-expected.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import type { ScenarioResult } from '../../sandbox/scenario.ts';

/** Whether everything came as the fault's own card says. */
export const asExpected = (fault: Fault, result: ScenarioResult): boolean =>
  differences(fault, result).length === 0;

/** The end of the story: the outcome, with figures before and after. */
export function epilogue(
  fault: Fault,
  result: ScenarioResult,
  { ink, seconds }: { ink: Ink; seconds: number },
): string[] {
  const { before, after } = result.metric;
  const metric =
    fault.metric === ''
      ? []
      : [`Metric     ${fault.metric} ${ink.strong(`${figure(before)} → ${figure(after)}`)}`];
  const differs = differences(fault, result);
  const run = result.runs.at(-1);
  if (!run) {
    const line = `NOTHING DONE, as it should be: no alarm was raised and no run was started`;
    if (differs.length === 0) return [ink.good(line), ...metric];
    return [
      ink.bad('NO RUN WAS STARTED'),
      ...metric,
      ...differs.map((one) => ink.bad(`Not as expected: ${one}`)),
    ];
  }
  const outcome = (run.outcome ?? 'unfinished').toUpperCase();
  const paint = byOutcome(ink, run.outcome);
  const minutes = run.endedAt
    ? Math.round((Date.parse(run.endedAt) - Date.parse(run.openedAt)) / 60_000)
    : undefined;
  return [
    `${paint(outcome)}  ${readable(run.why ?? '')}`,
    '',
    ...metric,
    `Actions    ${result.actions.length === 0 ? 'none' : result.actions.join(', ')}`,
    `Took       ${minutes ?? '?'} min by the sandbox's clock, ${seconds.toFixed(1)} s here; ` +
      `${run.operations ?? '?'} durable operations, ${run.ledgerWrites ?? '?'} ledger writes`,
    `Record     incident ${run.incident}, run ${run.run}: ` +
      `${run.steps.length} steps, ${run.evidence.length} probe results kept with their SHA-256`,
    ...(differs.length === 0
      ? [`${ink.good('As expected')}  this is how ${fault.name} must end`]
      : ['', ...differs.map((one) => ink.bad(`Not as expected: ${one}`))]),
  ];
}

/** Days, per cents and counts read best with two digits; most of them have none. */
export const figure = (value: number | null): string =>
  value === null ? 'no data' : String(Math.round(value * 100) / 100);
