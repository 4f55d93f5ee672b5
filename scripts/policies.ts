import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { faultNamed, faults } from '../sandbox/faults/all.ts';
import { SANDBOX_CONFIG } from '../sandbox/settings-here.ts';
import { templateFor, templateKey } from '../sandbox/template.ts';
import { hasEnded } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { Mistakes, readWords, WordsError } from './command/words.ts';
import type { Crew, Order } from './drill/crew.ts';
import { gatherCrew } from './drill/gather-crew.ts';
import { OWN } from './drill/options.ts';
import type { DrillReport, DrillResult } from './drill/result.ts';
import { brokenOff } from './drill/run-drill.ts';
import { inkFor } from './ink.ts';
import { BY_TESTS } from './policies/by-tests.ts';
import { grantedIn, unusedIn, type Granted, type Template } from './policies/granted.ts';
import { sampleOf, trialsOf, type Trials, type Verdict } from './policies/trials.ts';

const HELP = `npm run policies [-- <statement> …]   every statement of every role: is it used, and is it missed

  <statement>     "<role> <policy>#<place>" or a part of it: only these
  --short         only what is unused, and the removal of a few statements by a fixed seed
  --sample <n>    how many statements --short removes (default: 6)
  --seed <n>      which ones (default: 13)
  --workers <n>   how many drills run side by side (default: as many as there are cores)
  --json <file>   where everything goes that was seen (default: .sandbox/policies.json)
  --help          prints this

It goes by what all drills have used: by .sandbox/drills.json where that is of these sources, else it drills them all
first. Then it removes each statement in turn; a drill that uses it must fail. It ends with 1 when a statement is not
missed, or when something granted is used by no drill and by no test that scripts/policies/by-tests.ts names.`;

const ROOT = resolve(import.meta.dirname, '..');
const DRILLS = join(ROOT, '.sandbox', 'drills.json');
const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

interface Options {
  readonly patterns: readonly string[];
  readonly short: boolean;
  readonly sample: number;
  readonly seed: number;
  readonly workers: number;
  readonly json: string;
}

function readOptions(args: readonly string[]): Options {
  const { values, positionals } = readWords(args, {
    command: 'npm run policies',
    takesWords: true,
    options: {
      short: { type: 'boolean', default: false },
      sample: { type: 'string', default: '6' },
      seed: { type: 'string', default: '13' },
      workers: { type: 'string', default: String(Math.min(16, availableParallelism())) },
      json: { type: 'string', default: join(ROOT, '.sandbox', 'policies.json') },
    },
  });
  const mistakes = new Mistakes();
  const sample = mistakes.whole('sample', values.sample, 0, 1_000);
  const seed = mistakes.whole('seed', values.seed, 0, 2 ** 32 - 1);
  const workers = mistakes.whole('workers', values.workers, 1, 16);
  mistakes.refuse();
  return { patterns: positionals, short: values.short, sample, seed, workers, json: resolve(values.json) };
}

/** @returns exit code */
async function main({ patterns, short, sample, seed, workers, json }: Options): Promise<number> {
  const began = performance.now();
  const { template } = await templateFor({ config: SANDBOX_CONFIG });
  const granted = grantedIn(template as Template);
  const wanted = granted.filter(
    ({ key }) => patterns.length === 0 || patterns.some((one) => key.includes(one)),
  );
  if (wanted.length === 0)
    throw new WordsError(`no statement matches "${patterns.join(' ')}"; one is "${granted[0]?.key ?? ''}"`);
  const { crew } = await gatherCrew<DrillResult>({ size: workers, faults: OWN, rehearse: false, brokenOff });
  const drills = (await drilledAlready()) ?? (await drillAll(crew));
  const failing = drills.filter(({ passed }) => !passed).map(({ name }) => name);

  const unused = unusedIn(
    wanted,
    drills.map(({ rights }) => rights),
  ).filter(({ key }) => BY_TESTS[key] === undefined);
  const gone = Object.keys(BY_TESTS).filter((key) => !granted.some((one) => one.key === key));
  const used = wanted.filter(({ key }) => !unused.some((one) => one.key === key && one.whole));
  const chosen = short ? sampleOf(used, sample, seed) : used;
  const verdicts = await remove(chosen, drills, crew, short);
  if (hasEnded()) return 130;

  const unmissed = verdicts.filter(({ missedBy }) => missedBy === undefined);
  const seconds = (performance.now() - began) / 1_000;
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify({ seconds, failing, unused, gone, verdicts }, null, 1)}\n`);
  const faultsFound = [
    ...failing.map((name) => `drill ${name} fails by itself: what it uses does not count`),
    ...unused.map(
      ({ key, parts, whole }) => `${key}: ${whole ? 'unused' : 'not used in it'}: ${parts.join(', ')}`,
    ),
    ...gone.map((key) => `scripts/policies/by-tests.ts names ${key}, which is granted no more`),
    ...unmissed.map(({ key, why }) => `${key} is not missed: ${why}`),
  ];
  print(
    '',
    ...faultsFound.map((line) => ink.bad(line)),
    `${granted.length} statements; ${wanted.length - unused.length} of ${wanted.length} are used whole; ` +
      `${verdicts.length - unmissed.length} of ${verdicts.length} removed ones are missed, in ${seconds.toFixed(0)} s`,
  );
  return faultsFound.length === 0 ? 0 : 1;
}

/** What all drills have shown, if that was with these sources. */
async function drilledAlready(): Promise<readonly DrillResult[] | undefined> {
  if (!existsSync(DRILLS)) return undefined;
  const { template, drills } = JSON.parse(readFileSync(DRILLS, 'utf8')) as DrillReport;
  const isWhole = faults.every(({ name }) => drills.some((one) => one.name === name));
  const isOurs = template === (await templateKey({ config: SANDBOX_CONFIG }));
  return isWhole && isOurs ? drills : undefined;
}

async function drillAll(crew: Crew<DrillResult>): Promise<readonly DrillResult[]> {
  const drills: DrillResult[] = [];
  await crew.run(
    faults.map((fault) => ({ fault })),
    (result) => {
      drills.push(result);
      if (!hasEnded()) print(ink.dim(`ran ${result.name}`));
    },
  );
  return drills;
}

/** Removes each statement in turn, until a drill fails by it; then until the test does that is named for it. */
async function remove(
  chosen: readonly Granted[],
  drills: readonly DrillResult[],
  crew: Crew<DrillResult>,
  short: boolean,
): Promise<Verdict[]> {
  const trials = trialsOf(chosen, drills);
  const missed = new Map<string, { missedBy: string; why: string }>();
  const rounds = Math.max(0, ...trials.map((one) => one.drills.length));
  for (let round = 0; round < rounds; round += 1) {
    const orders = trials.flatMap(({ key, drills: names }): Order[] => {
      const name = names[round];
      return name === undefined || missed.has(key) ? [] : [{ fault: faultNamed(name), without: key }];
    });
    await crew.run(orders, (result, { without = '' }) => {
      if (hasEnded()) return;
      const [why = ''] = result.differences.map((line) => line.split('\n')[0]);
      if (!result.passed) missed.set(without, { missedBy: result.name, why });
      print(
        `${result.passed ? ink.dim('passes') : ink.good('missed')}  ${without.padEnd(44)} ${result.name.padEnd(34)} ${why}`,
      );
    });
  }
  return trials.map(({ key, drills: names }): Verdict => {
    const found = missed.get(key);
    if (found) return { key, ...found };
    return byTest(key, short) ?? { key, missedBy: undefined, why: tried(names) };
  });
}

const tried = (names: Trials['drills']): string =>
  names.length === 0 ? 'no drill uses it alone' : `without it ${names.join(', ')} pass`;

/** Tests begin with a fresh process each: --short believes the list. */
function byTest(key: string, short: boolean): Verdict | undefined {
  const file = BY_TESTS[key];
  if (file === undefined) return undefined;
  if (short) return { key, missedBy: file, why: 'as scripts/policies/by-tests.ts says' };
  const { status } = spawnSync(
    process.execPath,
    [join(ROOT, 'node_modules/.bin/jest'), file, '--maxWorkers=1', '--bail'],
    { cwd: ROOT, env: { ...process.env, WITHOUT_STATEMENT: key }, stdio: 'ignore' },
  );
  print(`${status === 0 ? ink.dim('passes') : ink.good('missed')}  ${key.padEnd(44)} ${file}`);
  return status === 0 ? undefined : { key, missedBy: file, why: 'it fails' };
}

await runCommand({
  help: HELP,
  failed: 'the policies could not be tried',
  main: (args) => main(readOptions(args)),
});
