import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
import type { UsedRights } from './drill/used-rights.ts';
import { brokenOff } from './drill/run-drill.ts';
import { inkFor } from './ink.ts';
import { grantedIn, unusedIn, type Granted, type Template } from './policies/granted.ts';
import { KEPT } from './policies/kept.ts';
import { sampleOf, trialsOf, type Verdict } from './policies/trials.ts';

const HELP = `npm run policies [-- <statement> …]   every statement of every role: is it used, and is it missed

  <statement>     "<role> <policy>#<place>" or a part of it: only these
  --short         reports what is unused, and removes a few statements that are always there
  --sample <n>    removes only so many statements (default: 0, all)
  --seed <n>      which ones --sample takes (default: 13)
  --workers <n>   how many drills run side by side (default: as many as there are cores)
  --json <file>   where everything goes that was seen (default: .sandbox/policies.json)
  --help          prints this

It goes by what the last drills and tests of these sources have used: .sandbox/drills.json, without which it drills
them all first, and .sandbox/rights, which npm test writes. Then it removes each statement in turn: a drill that uses it
must fail, or a test where no drill does. It ends with 1 when a statement is not missed, or something granted is unused,
which --short only reports. What AWS alone requires is in scripts/policies/kept.ts.`;

const ROOT = resolve(import.meta.dirname, '..');
const DRILLS = join(ROOT, '.sandbox', 'drills.json');
/** What --short removes: of the role that acts, of one that checks, and of two that write their logs. */
const SHORT: readonly string[] = [
  'responder-actor-us-east-1 act#0',
  'responder-runner-us-east-1 look#0',
  'responder-dispatcher-us-east-1 log#0',
  'responder-signals-us-east-1 log#0',
];

/** A file for each test file, by `test/support/note-rights.ts`. */
const TESTS = join(ROOT, '.sandbox', 'rights');

/** What a test file has used of the roles' policies. */
interface Tested {
  readonly file: string;
  readonly template: string;
  readonly rights: UsedRights;
}
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
      sample: { type: 'string', default: '0' },
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

  const tests = await testedAlready();
  if (tests.length === 0) print('no test of these sources has noted what it uses: run npm test first');
  const unused = unusedIn(
    wanted,
    [...drills, ...tests].map(({ rights }) => rights),
  );
  const used = wanted
    .filter(({ key }) => !unused.some((one) => one.key === key && one.whole))
    // What AWS alone asks for, nothing here misses.
    .filter(({ actions }) => actions.some((action) => KEPT[action] === undefined));
  const few = short ? used.filter(({ key }) => SHORT.includes(key)) : used;
  const chosen = sample > 0 ? sampleOf(few, sample, seed) : few;
  const verdicts = await remove(chosen, { drills, tests }, crew);
  if (hasEnded()) return 130;

  const unmissed = verdicts.filter(({ missedBy }) => missedBy === undefined);
  const seconds = (performance.now() - began) / 1_000;
  mkdirSync(dirname(json), { recursive: true });
  writeFileSync(json, `${JSON.stringify({ seconds, failing, unused, verdicts }, null, 1)}\n`);
  const reports = unused.map(
    ({ key, parts, whole }) => `${key}: ${whole ? 'unused' : 'not used in it'}: ${parts.join(', ')}`,
  );
  const faultsFound = [
    ...failing.map((name) => `drill ${name} fails by itself: what it uses does not count`),
    ...(short ? [] : reports),
    ...unmissed.map(({ key, why }) => `${key} is not missed: ${why}`),
  ];
  print(
    '',
    ...(short ? reports : []),
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

async function testedAlready(): Promise<readonly Tested[]> {
  if (!existsSync(TESTS)) return [];
  const template = await templateKey({ config: SANDBOX_CONFIG });
  return readdirSync(TESTS)
    .map((name) => JSON.parse(readFileSync(join(TESTS, name), 'utf8')) as Tested)
    .filter((one) => one.template === template);
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

/** Removes each statement in turn, until a drill fails by it; where none does, until a test does. */
async function remove(
  chosen: readonly Granted[],
  { drills, tests }: { drills: readonly DrillResult[]; tests: readonly Tested[] },
  crew: Crew<DrillResult>,
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
      print(tried(without, result.name, result.passed, why));
    });
  }
  return trials.map(({ key, drills: names }): Verdict => {
    const found = missed.get(key);
    if (found) return { key, ...found };
    const files = tests.filter(({ rights }) => rights[key]?.alone).map(({ file }) => file);
    return byTests(key, files) ?? { key, missedBy: undefined, why: passing([...names, ...files]) };
  });
}

const passing = (names: readonly string[]): string =>
  names.length === 0 ? 'nothing uses it alone' : `without it ${names.join(', ')} pass`;

const tried = (key: string, name: string, passed: boolean, why: string): string =>
  `${passed ? ink.dim('passes') : ink.good('missed')}  ${key.padEnd(44)} ${name.padEnd(34)} ${why}`;

/** More test files than this would not find more. */
const MOST_FILES = 3;

function byTests(key: string, files: readonly string[]): Verdict | undefined {
  for (const file of files.slice(0, MOST_FILES)) {
    if (hasEnded()) return undefined;
    const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
    const { status } = spawnSync(process.execPath, [jest, file, '--maxWorkers=1', '--bail'], {
      cwd: ROOT,
      env: { ...process.env, WITHOUT_STATEMENT: key },
      stdio: 'ignore',
    });
    print(tried(key, file, status === 0, ''));
    if (status !== 0) return { key, missedBy: file, why: 'it fails' };
  }
  return undefined;
}

await runCommand({
  help: HELP,
  failed: 'the policies could not be tried',
  main: (args) => main(readOptions(args)),
});
