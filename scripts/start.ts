import { inkFor } from './ink.ts';
import { Narrator } from './narrator.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { follow, settle } from '../sandbox/scenario.ts';
import { asExpected, commands, epilogue } from './start/epilogue.ts';
import { HELP, readOptions, type StartOptions } from './start/options.ts';
import { readReport, reportLines, totalsOf, type Report } from './start/report.ts';
import { openWorld, type World } from './start/world.ts';

const ink = inkFor(process.stdout);
/** The story ends where it is interrupted. */
const print = (...lines: string[]): void => {
  if (!ended) lines.forEach((line) => process.stdout.write(`${line}\n`));
};

/** What must be ended however the story ends, newest first. */
const ending: (() => Promise<unknown>)[] = [];
let ended: Promise<void> | undefined;
const endAll = (): Promise<void> =>
  (ended ??= (async () => {
    for (const end of ending.splice(0).reverse()) await end();
  })());

/**
 * To be ended from the moment at which its opening begins: Ctrl-C may come in the middle of it, and must neither leave
 * half of it behind nor pull PostgreSQL away from under it.
 */
async function opened<T>(opening: Promise<T>, end: (it: T) => Promise<unknown>): Promise<T> {
  ending.push(() => opening.then(end, () => undefined));
  const it = await opening;
  return ended ? new Promise<T>(() => undefined) : it;
}

/** Boots the whole account on this machine, breaks it, tells the repair, and says how it ended. @returns exit code */
async function main(options: StartOptions): Promise<number> {
  const began = performance.now();
  const progress = (what: string): void =>
    print(
      `  ${what.padEnd(84)} ${ink.dim(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`)}`,
    );
  print(ink.strong('Commercial-Ops and its responder, on this machine'), '');

  const world = await opened(openWorld({ again: options.open }), (it) => it.close());
  progress('PostgreSQL is up');
  const report = options.cur === undefined ? undefined : await readReport(options.cur, world.dir);
  if (report) print(...reportLines(report).map((line) => `  ${line}`));
  const sandbox = await boot(options, world, report, progress);
  if (options.open) {
    print('', 'The last world, as it was left.', '', ...commands(sandbox, world.databases.ledger, undefined));
    return stay(sandbox, 0);
  }
  await settle(sandbox);
  progress(alarmsRaised(sandbox));

  const { fault } = options;
  print('', `${ink.bad('FAULT')}  ${ink.strong(fault.name)}`, `       ${fault.about}`, '');
  const told = performance.now();
  sandbox.watch(new Narrator((line) => print(line), ink).watch);
  const result = await follow(sandbox, fault);
  const seconds = (performance.now() - told) / 1000;
  print('', ...epilogue(fault, result, { ink, seconds }));
  const totals = report ? await totalsOf(report, sandbox) : [];
  print(...totals.map(({ line }) => line));
  const run = result.runs.at(-1)?.run;
  const how = options.keep
    ? 'To look around (Ctrl-C ends):'
    : 'To look around: npm start -- --open keeps this world up, and then';
  print('', how, ...commands(sandbox, world.databases.ledger, run).map((line) => `  ${line}`));
  const loaded = result.runs.some((run) => run.playbook === 'cur-freshness' && run.outcome === 'resolved');
  const unequal = loaded && totals.some(({ equal }) => !equal);
  const code = asExpected(fault, result) && !unequal ? 0 : 1;
  return options.keep ? stay(sandbox, code) : code;
}

/** What the world looks like before anything is broken. */
function alarmsRaised({ services: { cloudwatch } }: Sandbox): string {
  const raised = cloudwatch.alarms.all().filter(({ state }) => state.value === 'ALARM');
  const names = raised.map(({ settings }) => settings.name).join(', ');
  return `every signal is measured, ${names === '' ? 'no alarm is raised' : `raised already: ${names}`}`;
}

async function boot(
  { lines, seed, now }: StartOptions,
  world: World,
  report: Report | undefined,
  progress: (what: string) => void,
): Promise<Sandbox> {
  const starting = Sandbox.start({
    ...world,
    progress,
    ...(now && { now }),
    ...(report
      ? {
          now: report.now,
          seed: async ({ commercialOps }) => ({ seed, cur: await commercialOps.importCur(report.file) }),
        }
      : { seed: { seed, lines } }),
  });
  return opened(starting, (sandbox) => sandbox.stop());
}

/** What Ctrl-C ends with: once the story is told, its own code. */
let interruptedCode = 130;

/** Until Ctrl-C. A person looks around now: time passes for them. */
function stay({ clock }: Sandbox, code: number): Promise<never> {
  clock.run();
  interruptedCode = code;
  return new Promise(() => undefined);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!ended) process.stderr.write('\nending …\n');
    void endAll().then(() => process.exit(signal === 'SIGINT' ? interruptedCode : 143));
  });
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') print(HELP);
  else process.exitCode = await main(options);
} catch (error) {
  // Interrupted, it fails of course: what it works on is being ended. A signal that has just come is heard first.
  await new Promise((turn) => setImmediate(turn));
  if (!ended) process.stderr.write(`${ink.bad('start failed')}: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  await endAll();
}
