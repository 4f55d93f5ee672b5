import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment } from './child-sandbox.ts';
import { cloneProject, start, type Project, type Told } from './started.ts';

let project: Project;
beforeAll(() => void (project = cloneProject()));
afterAll(() => project.remove());

/** The worlds there are, and the one that can be opened again. */
const worlds = (): string[] => {
  const folder = join(project.dir, '.sandbox');
  const all = existsSync(join(folder, 'worlds')) ? readdirSync(join(folder, 'worlds')) : [];
  return [...all, existsSync(join(folder, 'last')) ? readlinkSync(join(folder, 'last')) : 'no last world'];
};

/** @throws what was told, when it did not end with exit code 0 */
function good(told: Told): Told {
  if (told.code === 0) return told;
  throw new Error(`npm start ended with ${told.code}:\n${told.out}\n${told.err}`);
}

/** The figures of the line `Metric     cur_freshness_days 4.3 → 1.26`. */
const freshness = (out: string): number[] =>
  (/^Metric +cur_freshness_days ([\d.]+) → ([\d.]+)$/m.exec(out) ?? []).slice(1).map(Number);

/** Labels of the story's lines, each once, in the order of their first appearance. */
const labels = (out: string): string[] => [
  ...new Set([...out.matchAll(/^(?:\d\d:\d\d:\d\d| {8}) {2}(\w+)/gm)].map(([, label = '']) => label)),
];

/** The commands that are printed for typing, each in a line of its own. */
const printed = (out: string): string[] =>
  [...out.matchAll(/^ {4}(\.sandbox\/here .*)$/gm)].map(([, line = '']) => line);

/** What a person finds in what a command prints; by what the command begins with. */
const PRINTS: readonly (readonly [RegExp, RegExp])[] = [
  [/ respond -- why /, /^cur-freshness-\S+: resolved; it acted$/m],
  [/ respond -- run .*--dry-run$/, /^run cur-freshness-rehearsal-\S+ is started/m],
  [/^\S+ aws lambda invoke /, /"run":"cur-freshness-.*"outcome":"resolved"/],
  [/^\S+ psql /, /verify:alarm-state/],
];

/** In a shell whose own environment would lead somewhere else. */
async function typeAll(lines: readonly string[]): Promise<void> {
  const strange = {
    AWS_PROFILE: 'mine',
    AWS_SESSION_TOKEN: 'mine',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
    PGHOST: '127.0.0.9',
    PGUSER: 'mine',
    PGSSLMODE: 'require',
    RESPONDER_URL: '',
  };
  for (const line of lines) {
    const [, program = ''] = line.split(' ');
    if (['aws', 'psql'].includes(program) && !installed(program)) {
      console.warn(`${program} is not installed: its line is not typed`);
      continue;
    }
    // The AWS CLI opens /dev/stdout, which can be a terminal or a pipe of the shell's, but no socket as ours is.
    const typed = `{ ${line}; echo "ended with $?"; } | cat`;
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', typed], {
      cwd: project.dir,
      env: { ...environment(), ...strange },
    });
    const [, found] = PRINTS.find(([begins]) => begins.test(line)) ?? [];
    expect(stdout).toMatch(found ?? /there is nothing to look for/);
    expect(stdout).toMatch(/^ended with 0$/m);
  }
}

const installed = (program: string): boolean =>
  spawnSync('/bin/sh', ['-c', `command -v ${program}`]).status === 0;

test('npm start tells a repair from the metric to the outcome, its printed commands work, and it leaves nothing running', async () => {
  const { out, err, left } = good(
    await start(project, ['--keep', '--now', '2027-12-31T23:50Z'], {
      interruptAt: /^ {4}\.sandbox\/here psql .*$/m,
      before: (text) => typeAll(printed(text)),
    }),
  );
  expect({ err, left }).toEqual({ err: '\nending …\n', left: [] });
  expect(out).toMatch(/^FAULT {2}not-ingested, 31 Dec 2027 23:51 UTC$/m);
  // The day changes in the middle of it.
  expect(out).toMatch(/^1 Jan 2028$/m);
  expect(out).toMatch(/^RESOLVED {2}/m);
  const [before = 0, after = Infinity] = freshness(out);
  expect(before).toBeGreaterThan(2);
  expect(after).toBeLessThan(2);
  expect(labels(out)).toEqual([
    'metric',
    'alarm',
    'sent',
    'run',
    'guard',
    'check',
    'decided',
    'notified',
    'action',
    'waited',
    'verify',
    'record',
  ]);
  expect(out).toMatch(/^Record +incident INC-\S+, run cur-freshness-\S+: \d+ steps, \d+ probe results kept/m);
  // Neither moments nor figures as only machines write them; colour only on a terminal.
  expect(out).not.toMatch(/\d{4}-\d\d-\d\dT\d\d:|\d\.\d{4,}(?! s$)/m);
  // eslint-disable-next-line no-control-regex -- the escape itself is what must not be there
  expect(out).not.toMatch(/\u001b/);
  expect(printed(out)).toHaveLength(4);

  const here = promisify(execFile)('/bin/sh', ['-c', printed(out)[0] ?? ''], { cwd: project.dir });
  await expect(here).rejects.toThrow(/No sandbox is open in this folder; .*npm start -- --open/);
  const again = good(
    await start(project, ['--open'], {
      interruptAt: /^ {4}\.sandbox\/here psql .*$/m,
      // What was printed before is as true as what is printed now.
      before: (text) => typeAll([...printed(out), ...printed(text)]),
    }),
  );
  expect(again.left).toEqual([]);
  expect(again.out).toMatch(/^Its last run: cur-freshness-\S+, resolved\.$/m);
});

test('a start that fails says so once, and leaves nothing running', async () => {
  const broken = join(project.dir, 'lambdas/record/migrations/006-audit-of-the-owner.sql');
  const sound = readFileSync(broken, 'utf8');
  const before = worlds();
  writeFileSync(broken, `${sound}\nselect nonsense(`);
  try {
    const { code, err, left } = await start(project);
    expect({ code, err, left }).toEqual({
      code: 1,
      left: [],
      err: expect.stringMatching(
        /^npm start failed: AWS::CloudFormation::CustomResource \w+ of stack commercial-ops-responder can't be made: .*: syntax error at end of input\n$/,
      ) as string,
    });
    expect(worlds()).toEqual(before);
  } finally {
    writeFileSync(broken, sound);
  }
});

test('a report that can’t be used is refused within seconds, and the last world stays', async () => {
  const file = join(project.dir, 'bad.csv');
  writeFileSync(file, 'lineItem/UnblendedCost\n1\n');
  const before = worlds();
  const { code, err, left, seconds } = await start(project, ['--cur', file]);
  expect({ code, left }).toEqual({ code: 1, left: [] });
  expect(err).toMatch(/^npm start failed: The report has no column for line_item_line_item_type.*\n$/);
  expect(seconds).toBeLessThan(20);
  expect(worlds()).toEqual(before);
});

test.each([
  ['while PostgreSQL starts', /^Commercial-Ops and its responder/m],
  ['while the sandbox boots', /AWS endpoint on/],
  ['while the job runs', /^.{10}action /m],
])('Ctrl-C %s leaves no process behind', async (_when, interruptAt) => {
  const { code, out, err, left } = await start(project, [], { interruptAt });
  expect({ code, err, left }).toEqual({ code: 130, err: '\nending …\n', left: [] });
  expect(out).not.toContain('RESOLVED');
});

test('an unknown fault is answered in one line with the nearest, and --faults lists those there are', async () => {
  const { code, out, err, left } = await start(project, ['--fault', 'ingested']);
  expect({ code, out, left }).toEqual({ code: 2, out: '', left: [] });
  expect(err).toMatch(
    /^there is no fault "ingested"; the nearest are [^\n]*not-ingested.*--faults lists all.*\n$/,
  );
  const all = await start(project, ['--faults']);
  expect(all).toMatchObject({ code: 0, err: '', left: [] });
  expect(all.out).toMatch(/^ {2}not-ingested +AWS delivered the report/m);
  expect(all.out).toMatch(/^ {2}normal-lag /m);
});

test('a real report is repaired the same way, and its total kept to the last decimal', async () => {
  const file = join(project.dir, 'report.csv');
  writeFileSync(file, reportText());
  const { out, err, left } = good(await start(project, ['--cur', file]));
  expect({ err, left }).toEqual({ err: '', left: [] });
  expect(out).toMatch(/^RESOLVED {2}/m);
  expect(out).toContain(`report.csv: 241 lines (csv), total ${TOTAL} USD`);
  expect(out).toContain(`Total      2024-05: file ${TOTAL}, Athena ${TOTAL}, ledger ${TOTAL} (equal)`);
  expect(out).toMatch(/bill\/InvoicingEntity:? 241/);
  const [before = 0, after = Infinity] = freshness(out);
  expect(before).toBeGreaterThan(2);
  expect(after).toBeLessThan(2);
});

/** Ten days of hourly usage, a line an hour; three ids in all, costs with and without exponents, and a tax line. */
const USAGE_HOURS = 240;
const cost = (hour: number): { text: string; units: bigint } =>
  hour % 3 === 0
    ? { text: `${hour}.5E-10`, units: BigInt(hour * 10 + 5) }
    : { text: `0.000000${String(hour).padStart(5, '0')}`, units: BigInt(hour) };
/** In units of 1e-11 USD, the finest that the file has; so that the test's own sum is exact, too. */
const UNITS = Array.from({ length: USAGE_HOURS }, (_, hour) => cost(hour).units).reduce(
  (a, b) => a + b,
  8_000_000_000n,
);
const TOTAL = `0.${UNITS.toString().padStart(11, '0')}`.replace(/0+$/, '');

function reportText(): string {
  const header =
    'identity/LineItemId,identity/TimeInterval,bill/InvoicingEntity,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,' +
    'lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/UsageType,lineItem/UsageAmount,' +
    'lineItem/UnblendedCost,product/servicecode';
  const entity = '"Amazon Web Services, Inc."';
  const month = '2024-05-01T00:00:00Z,2024-06-01T00:00:00Z';
  const usage = Array.from({ length: USAGE_HOURS }, (_, hour) => {
    const [from, to] = [hour, hour + 1].map((h) => new Date(Date.UTC(2024, 4, 4, h)).toISOString());
    return `id${hour % 3},${from}/${to},${entity},${month},Usage,${from},${to},Requests-Tier1,1.0,${cost(hour).text},AmazonS3`;
  });
  const tax = `id0,2024-05-01T00:00:00Z/2024-06-01T00:00:00Z,${entity},${month},Tax,${month},,1.0,0.08,`;
  return `${[header, tax, ...usage].join('\n')}\n`;
}
