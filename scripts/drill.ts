import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { playbooks } from '../lambdas/catalog/playbooks/registry.ts';
import { coverageOf } from './drill/coverage.ts';
import type { BrokenOff } from './drill/crew.ts';
import { chosen, faultsIn, HELP, OWN, readOptions, type DrillOptions } from './drill/options.ts';
import { RehearsalTable } from './drill/rehearsal-table.ts';
import type { DrillReport, DrillResult, RehearsalReport, RehearsalResult } from './drill/result.ts';
import { brokenOff } from './drill/run-drill.ts';
import { brokenOff as rehearsalBrokenOff } from './drill/run-rehearsal.ts';
import { Table } from './drill/table.ts';
import { gatherCrew } from './drill/gather-crew.ts';
import { hasEnded } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { inkFor } from './ink.ts';
import type { Fault } from '../sandbox/faults/fault.ts';
import { SANDBOX_CONFIG } from '../sandbox/settings-here.ts';
import { templateKey } from '../sandbox/template.ts';
import { itemsByHand } from './runbook/by-hand.ts';

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

/** Runs every drill, or rehearses every repair, and prints and keeps the result of each. @returns exit code */
async function main(options: DrillOptions): Promise<number> {
  const faults = chosen(await faultsIn(options.faults), options.patterns);
  if (options.list) {
    print(...faults.map(({ name, kind, about }) => `${name.padEnd(34)} ${kind.padEnd(9)} ${about}`));
    return 0;
  }
  return options.rehearse ? rehearse(faults, options) : drill(faults, options);
}

async function drill(faults: readonly Fault[], options: DrillOptions): Promise<number> {
  const table = new Table(ink);
  const { results: drills, ...totals } = await runAll<DrillResult>(faults, options, table, brokenOff);
  const all = options.patterns.length === 0 && options.faults === OWN;
  const coverage = all ? coverageOf(drills, playbooks, itemsByHand()) : undefined;
  const template = await templateKey({ config: SANDBOX_CONFIG });
  const report: DrillReport = { ...totals, template, drills, ...(coverage && { coverage }) };
  keep(report, options);
  print(...table.summary(report), ink.dim(`everything that was seen: ${options.json}`));
  return report.failed === 0 && (coverage?.missing.length ?? 0) === 0 ? 0 : 1;
}

async function rehearse(faults: readonly Fault[], options: DrillOptions): Promise<number> {
  const table = new RehearsalTable(ink);
  const { results: rehearsals, ...totals } = await runAll<RehearsalResult>(
    ...([faults, options, table, rehearsalBrokenOff] as const),
  );
  const report: RehearsalReport = { ...totals, rehearsals };
  keep(report, options);
  print(...table.summary(report), ink.dim(`everything that was seen: ${options.json}`));
  return report.failed === 0 ? 0 : 1;
}

function keep(report: object, { json }: DrillOptions): void {
  // An interrupted run has seen a part, which nobody must take for all.
  if (hasEnded()) return;
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify(report, null, 1)}\n`);
}

interface Ended<Result> extends Omit<DrillReport, 'template' | 'drills' | 'coverage'> {
  /** In the order of the faults, in whichever they ended. */
  readonly results: readonly Result[];
}

/** Last come those whose functions are of no use to others: they differ, or nobody may have them after a broken platform. */
const coldness = ({ kind, limits }: Fault): number => (kind === 'platform' ? 2 : limits ? 1 : 0);

async function runAll<Result extends { readonly name: string; readonly passed: boolean }>(
  faults: readonly Fault[],
  { workers, faults: module, rehearse, layout, pgbouncer, frozen }: DrillOptions,
  table: { head(): string; lines(result: Result): string[] },
  brokenOff: BrokenOff<Result>,
): Promise<Ended<Result>> {
  const began = performance.now();
  const size = Math.min(workers, faults.length);
  const { crew } = await gatherCrew({
    size,
    faults: module,
    rehearse,
    layout,
    pgbouncer,
    frozen,
    brokenOff,
  });
  const done = new Map<string, Result>();
  print(table.head());
  await crew.run(
    faults.toSorted((a, b) => coldness(a) - coldness(b)).map((fault) => ({ fault })),
    (result) => {
      if (hasEnded()) return;
      done.set(result.name, result);
      print(...table.lines(result));
    },
  );
  const results = faults.flatMap(({ name }) => done.get(name) ?? []);
  const failed = results.filter(({ passed }) => !passed).length;
  return {
    at: new Date().toISOString(),
    seconds: (performance.now() - began) / 1000,
    workers: size,
    passed: results.length - failed,
    failed,
    results,
  };
}

await runCommand({
  help: HELP,
  failed: 'the drills failed',
  main: (args) => main(readOptions(args, availableParallelism())),
});
