import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { Order } from './drill/crew.ts';
import { hasEnded } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { gatherCrew } from './drill/gather-crew.ts';
import { OWN } from './drill/options.ts';
import type { DrillResult } from './drill/result.ts';
import { brokenOff } from './drill/run-drill.ts';
import { inkFor } from './ink.ts';
import { makeMutant } from './mutants/mutant.ts';
import { HELP, readOptions, type MutantOptions } from './mutants/options.ts';
import { missingIn, shownBy, verdictOf, type GuardVerdict, type Shown } from './mutants/verdict.ts';
import { DRILLS_OF_GUARDS } from '../sandbox/faults/guards.ts';
import { faultNamed } from '../sandbox/faults/all.ts';

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

/** `own` or the guard that lets everything pass, and the drill. */
type Trial = Order & { readonly mutant: string | undefined };
const keyOf = (mutant: string | undefined, drill: string): string => `${mutant ?? ''}/${drill}`;

/** Turns each guard into one that lets everything pass, and shows which of its drills fail by that. @returns exit code */
async function main({ guards, workers, json }: MutantOptions): Promise<number> {
  const began = performance.now();
  const drillsOf = (guard: string): readonly string[] => DRILLS_OF_GUARDS[guard] ?? [];
  const drilled = guards.filter((guard) => drillsOf(guard).length > 0);
  const { crew, dir } = await gatherCrew<DrillResult>({
    size: workers,
    faults: OWN,
    rehearse: false,
    brokenOff,
  });
  const codes = new Map(drilled.map((guard) => [guard, makeMutant(guard, join(dir, 'mutants'))]));

  // The project's own first: they share warm functions, which a mutant's code has not.
  const own: Trial[] = [...new Set(drilled.flatMap(drillsOf))].map((name) => ({
    fault: faultNamed(name),
    mutant: undefined,
  }));
  const mutated: Trial[] = drilled.flatMap((guard) =>
    drillsOf(guard).map((name) => ({
      fault: faultNamed(name),
      mutant: guard,
      code: codes.get(guard) ?? '',
    })),
  );
  const shown = new Map<string, Shown>();
  await crew.run([...own, ...mutated], (result, { mutant }) => {
    shown.set(keyOf(mutant, result.name), shownBy(result));
    if (!hasEnded()) print(ink.dim(`ran ${result.name}${mutant === undefined ? '' : ` without ${mutant}`}`));
  });

  const verdicts = guards.map((guard): GuardVerdict => ({
    guard,
    drills: drillsOf(guard).map((drill) => ({
      drill,
      verdict: verdictOf(shown.get(keyOf(undefined, drill)), shown.get(keyOf(guard, drill))),
    })),
  }));
  const missing = missingIn(verdicts);
  const seconds = (performance.now() - began) / 1000;
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify({ seconds, missing, verdicts }, null, 1)}\n`);
  print('', ...verdicts.flatMap(table), '', ...summary(verdicts, missing, seconds));
  return missing.length === 0 ? 0 : 1;
}

const table = ({ guard, drills }: GuardVerdict): string[] =>
  drills.map(({ drill, verdict }) => {
    const said = {
      killed: () => `${ink.good('killed')}  ${'by' in verdict ? verdict.by : ''}`,
      unnoticed: () => ink.bad('passes without it'),
      'no verdict': () => `${ink.bad('no verdict')}  ${'why' in verdict ? verdict.why : ''}`,
    }[verdict.kind]();
    return `${guard.padEnd(14)} ${drill.padEnd(34)} ${said}`;
  });

const summary = (
  verdicts: readonly GuardVerdict[],
  missing: readonly string[],
  seconds: number,
): string[] => {
  const took = `in ${seconds.toFixed(0)} s`;
  return missing.length === 0
    ? [
        ink.good(
          `${verdicts.length === 1 ? 'the guard' : `each of ${verdicts.length} guards`} is missed by a drill`,
        ) + `, ${took}`,
      ]
    : [...missing.map((line) => ink.bad(line)), took];
};

await runCommand({
  help: HELP,
  failed: 'the mutants failed',
  main: (args) => main(readOptions(args, availableParallelism())),
});
