import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { playbooks } from '../lambdas/playbooks/registry.ts';
import { coverageOf } from './drill/coverage.ts';
import { Crew } from './drill/crew.ts';
import { chosen, faultsOf, HELP, OWN, readOptions, type DrillOptions } from './drill/options.ts';
import type { DrillReport, DrillResult } from './drill/result.ts';
import { runbookMap } from './drill/runbook-map.ts';
import { Table } from './drill/table.ts';
import { inkFor } from './ink.ts';
import { Databases } from './sandbox/databases.ts';
import type { Fault } from './sandbox/faults/fault.ts';
import { itemsByHand } from './runbook/by-hand.ts';
import { startPostgres } from './sandbox/postgres.ts';

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

/** Roles belong to the server: all worlds on it share them. */
const PASSWORDS = {
  commercialOps: 'commercial-ops-drill',
  responder: 'responder-drill',
  actor: 'actor-drill',
  rehearser: 'rehearser-drill',
};

/** What must be ended however it ends, newest first. */
const ending: (() => Promise<unknown>)[] = [];
let ended: Promise<void> | undefined;
const endAll = (): Promise<void> =>
  (ended ??= (async () => {
    for (const end of ending.splice(0).reverse()) await end();
  })());

/** Runs every drill, and tells and keeps what came of each. @returns exit code */
async function main({ workers, json, faults: module, ...options }: DrillOptions): Promise<number> {
  const began = performance.now();
  const faults = chosen(await faultsOf(module), options.patterns);
  if (options.list) {
    print(...faults.map(({ name, kind, about }) => `${name.padEnd(34)} ${kind.padEnd(9)} ${about}`));
    return 0;
  }
  const dir = mkdtempSync(join(tmpdir(), 'responder-drill-'));
  ending.push(async () => rmSync(dir, { recursive: true, force: true }));
  const starting = startPostgres({ dir, tethered: true });
  ending.push(() => starting.then((postgres) => postgres.stop()));
  const { url } = await starting;
  const prefix = `drill_${dir.slice(-6).toLowerCase()}`;
  ending.push(() => new Databases(url).dropAll(prefix));
  const size = Math.min(workers, faults.length);
  const crew = new Crew(size, {
    server: url,
    prefix,
    dir: join(dir, 'worlds'),
    passwords: PASSWORDS,
    faults: module,
  });
  ending.push(() => crew.stop());

  const drills = await runAll(crew, faults);
  const failed = drills.filter(({ passed }) => !passed).length;
  const all = options.patterns.length === 0 && module === OWN;
  const coverage = all ? coverageOf(drills, playbooks, itemsByHand(), runbookMap) : undefined;
  const report: DrillReport = {
    at: new Date().toISOString(),
    seconds: (performance.now() - began) / 1000,
    workers: size,
    passed: drills.length - failed,
    failed,
    drills,
    ...(coverage && { coverage }),
  };
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify(report, null, 1)}\n`);
  print(...new Table(ink).summary(report), ink.dim(`everything that was seen: ${json}`));
  return failed === 0 && (coverage?.lacking.length ?? 0) === 0 ? 0 : 1;
}

/** @returns in the order of the faults, in whichever they ended */
async function runAll(crew: Crew, faults: readonly Fault[]): Promise<DrillResult[]> {
  const table = new Table(ink);
  const done = new Map<string, DrillResult>();
  print(table.head());
  await crew.run(faults, (result) => {
    if (ended) return;
    done.set(result.name, result);
    print(...table.lines(result));
  });
  return faults.flatMap(({ name }) => done.get(name) ?? []);
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    if (!ended) process.stderr.write('\nending …\n');
    void endAll().then(() => process.exit(code));
  });
}

try {
  const options = readOptions(process.argv.slice(2), availableParallelism());
  if (options === 'help') print(HELP);
  else process.exitCode = await main(options);
} catch (error) {
  if (!ended) process.stderr.write(`${ink.bad('the drills failed')}: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await endAll();
}
