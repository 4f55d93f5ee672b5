import { runOf } from '../sandbox/executions.ts';
import { moment } from '../lambdas/domain/words.ts';
import { atEnd, hasEnded, stay } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { inkFor } from './ink.ts';
import { Narrator } from './narrator.ts';
import { createRecordReader } from '../lambdas/record/read.ts';
import { openDesk } from '../sandbox/desk.ts';
import { Sandbox } from '../sandbox/sandbox.ts';
import { follow, settle } from '../sandbox/scenario.ts';
import { asExpected, epilogue } from './start/epilogue.ts';
import { commandsHere, writeHere, type RunToLookAt } from './start/here.ts';
import { faultList, HELP, readOptions, type StartOptions } from './start/options.ts';
import { readReport, reportLines, totalsOf, type Report } from './start/report.ts';
import { openWorld, type World } from './start/world.ts';
import { wrapped } from './wrap.ts';

const ink = inkFor(process.stdout);
/** The story ends where it is interrupted. */
const print = (...lines: string[]): void => {
  if (!hasEnded()) lines.forEach((line) => process.stdout.write(`${line}\n`));
};

/**
 * To be ended from the moment at which its opening begins: Ctrl-C may come in the middle of it, and must neither leave
 * half of it behind nor pull PostgreSQL away from under it. An opening that fails leaves nothing.
 */
async function opened<T>(what: string, opening: Promise<T>, end: (it: T) => Promise<unknown>): Promise<T> {
  atEnd(what, () => opening.then(end, () => undefined));
  const it = await opening;
  return hasEnded() ? new Promise<T>(() => undefined) : it;
}

/** Boots the whole account on this machine, breaks it, shows the repair, and says how it ended. @returns exit code */
async function main(options: StartOptions): Promise<number> {
  const began = performance.now();
  const progress = (what: string): void =>
    print(
      `  ${what.padEnd(Math.min(84, (process.stdout.columns ?? 100) - 14))} ${ink.dim(`${((performance.now() - began) / 1000).toFixed(1).padStart(5)} s`)}`,
    );
  // Before anything is started for it.
  const report = options.cur === undefined ? undefined : await readReport(options.cur);
  const opening = opened('PostgreSQL', openWorld({ again: options.open }), (it) => it.close());
  print(ink.strong('Commercial-Ops and its responder, on this machine'), '');
  const world = await opening;
  progress('PostgreSQL is up');
  if (report) print(...reportLines(report).map((line) => `  ${line}`));
  const sandbox = await boot(options, world, report, progress);
  await world.keep();
  if (options.open) {
    const run = await lastRun(sandbox);
    print('', `The world of the last start, as it was left: its clock shows ${shownBy(sandbox)}.`);
    if (run) print(`Its last run: ${run.run}, ${run.outcome ?? 'still at work'}.`);
    return lookAround(sandbox, world, run, 0);
  }
  await settle(sandbox);
  progress(alarmsRaised(sandbox));

  const { fault } = options;
  print(
    '',
    `${ink.bad('FAULT')}  ${ink.strong(fault.name)}, ${shownBy(sandbox)}`,
    `       ${fault.about}`,
    '',
  );
  const told = performance.now();
  const { columns } = process.stdout;
  sandbox.watch(new Narrator((line) => print(line), ink, { metric: fault.metric, columns }).watch);
  const result = await follow(sandbox, fault);
  const seconds = (performance.now() - told) / 1000;
  print('', ...messageSent(sandbox));
  print('', ...epilogue(fault, result, { ink, seconds }).flatMap(inWidth));
  const totals = report ? await totalsOf(report, sandbox) : [];
  print(...totals.map(({ line }) => line));
  const loaded = result.runs.some((run) => run.playbook === 'cur-freshness' && run.outcome === 'resolved');
  const unequal = loaded && totals.some(({ equal }) => !equal);
  const code = asExpected(fault, result) && !unequal ? 0 : 1;
  if (options.keep) return lookAround(sandbox, world, result.runs.at(-1), code);
  print('', 'To look around in this world: npm start -- --open');
  return code;
}

/** Until Ctrl-C. A person looks around now: time passes for them. */
async function lookAround(
  sandbox: Sandbox,
  world: World,
  run: RunToLookAt | undefined,
  code: number,
): Promise<never> {
  sandbox.clock.run();
  writeHere(sandbox, world.databases.ledger);
  print('', 'Look around from another terminal in this folder (Ctrl-C here ends it):', ...commandsHere(run));
  const desk = await opened('the desk', openDesk(sandbox), (it) => it.close());
  print('', `Desk: ${desk.address}`);
  return stay(code);
}

/** Further lines stand behind the label. */
const inWidth = (line: string): string[] =>
  wrapped(line, (process.stdout.columns ?? Infinity) - 11).map((one, i) =>
    i === 0 ? one : `${' '.repeat(11)}${one}`,
  );

/** The last message about the incident, as SRE got it: what all this is for. */
function messageSent({ services: { sns } }: Sandbox): string[] {
  const last = sns.messages
    .entries()
    .map(([, message]) => message)
    .filter(
      ({ topicArn, attributes }) =>
        topicArn.endsWith(':commercial-ops-sre') && attributes['event'] !== 'report',
    )
    .at(-1);
  if (!last) return [];
  const room = (process.stdout.columns ?? Infinity) - 4;
  const lines = last.message.split('\n').flatMap((line) => wrapped(line, room));
  return [
    ink.strong('What SRE got last, as it was sent'),
    `  ${ink.dim('│')} ${ink.strong(last.subject ?? '')}`,
    ...lines.map((line) => `  ${ink.dim('│')} ${line}`.trimEnd()),
  ];
}

const shownBy = ({ clock }: Sandbox): string => moment(clock.now());

async function lastRun(sandbox: Sandbox) {
  const last = sandbox.services.lambda.executionsOf('responder-runner').at(-1);
  return last && createRecordReader(sandbox.pool).status(runOf(last));
}

/** What the world looks like before anything is broken. */
function alarmsRaised({ services: { cloudwatch } }: Sandbox): string {
  const raised = cloudwatch.alarms.all().filter(({ state }) => state.value === 'ALARM');
  const names = raised.map(({ settings }) => settings.name).join(', ');
  return `every signal is measured, ${names === '' ? 'no alarm is raised' : `raised already: ${names}`}`;
}

async function boot(
  { lines, seed, fault, now = fault.now }: StartOptions,
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
  return opened('the sandbox', starting, (sandbox) => sandbox.stop());
}

await runCommand({
  help: HELP,
  failed: 'npm start failed',
  main(args) {
    const options = readOptions(args);
    if (options !== 'faults') return main(options);
    process.stdout.write(`${faultList()}\n`);
  },
});
