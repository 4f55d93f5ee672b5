import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import * as z from 'zod';
import { commands } from '../../lambdas/commands/commands.ts';
import { playbookIds } from '../../lambdas/catalog/playbooks/registry.ts';
import { WordsError } from '../../scripts/command/words.ts';
import { completionFor, SHELLS } from '../../scripts/respond/completion.ts';
import { helpOfAll, helpOfOne, LOCAL } from '../../scripts/respond/help.ts';
import { SCHEMA_NAMES, schemaOf } from '../../scripts/respond/schemas.ts';
import { checkTyped, commandNamed } from '../../scripts/respond/typed.ts';
import { readEvery } from '../../scripts/respond/watch.ts';
import { readWords } from '../../scripts/respond/words.ts';

/** Nothing is sent, so that neither network nor credentials are needed to learn of a slip. */
function check(line: readonly string[]): void {
  const words = readWords(line);
  if (words === 'help') return;
  checkTyped(words, commandNamed(words.name, commands, Object.keys(LOCAL)));
}

const said = (line: readonly string[]): string => {
  try {
    check(line);
    return 'nothing';
  } catch (error) {
    if (!(error instanceof WordsError)) throw error;
    return error.message;
  }
};

/** The library's own words, its marks, a pattern, or a stack trace. */
const RAW = /Invalid|expected|received|✖|→ at|Unrecognized|\/\^|\\d|\$\/|ZodError|\n {4}at /;

test.each([
  ['why', /^the run is missing; `responder list` shows the newest\nUsage: responder why <run or alarm>$/],
  ['ack', /^the incident is missing; `responder list` shows those that are open/],
  [
    'ack 12x',
    /^the incident is "12x"; wanted the id of an incident, as `list` and the messages show it: INC-…/,
  ],
  ['pause', /^the reason is missing; wanted --reason/],
  ['pause nope --reason x', /^the playbook is "nope"; wanted one of cur-freshness, /],
  ['pause cur-freshnes --reason x', /did you mean cur-freshness\?/],
  ['list extra args', /^"extra" is too much: list takes no more words\n"args" is too much/],
  ['list --al', /^list has no option --al; the nearest is --url/],
  ['trust cur-freshness fulll', /^the trust level is "fulll"; wanted one of shadow, approve, auto/],
  ['trust cur-freshness aut --reason x', /did you mean auto\?/],
  ['whoamy', /^there is no command "whoamy"; the nearest are whoami, /],
  ['-x', /^the command comes first; got -x, .*responder help lists all/],
  ['approve A-1', /^the plan is missing; wanted --plan with the first characters of its hash/],
  ['run cur-freshness --reason x', /^the target is missing; wanted --target <key>=<value>/],
  ['run cur-freshness --target period --reason x', /^--target has "period"; wanted key=value/],
  [
    'run cur-freshness --target period=2026-13 --reason x',
    /^the target’s period is "2026-13"; wanted a month such as "2025-09"/,
  ],
  ['confirm 12', /^the id is "12"; wanted the id of an order/],
  ['whoami --url', /^--url has no value/],
  ['postmortem INC-1 --episode two', /^the episode is "two"; wanted/],
])('%s: %s', (line, expected) => {
  const text = said(line.split(' '));
  expect(text).toMatch(expected);
  expect(text).not.toMatch(RAW);
});

test.each([
  'whoami',
  'ack 41',
  'ack INC-41',
  'ack inc-41',
  'why cur-fresh --json',
  'list --json',
  'status --json --url https://x.example/',
  'run cur-freshness --target period=2026-11 --reason late --dry-run --json',
  'sign-postmortem INC-1 --file x.md',
])('%s is understood', (line) => expect(said(line.split(' '))).toBe('nothing'));

test('flags take no word that follows them', () => {
  expect(readWords(['why', '--json', 'r-1'])).toEqual({ name: 'why', input: { run: 'r-1' }, json: true });
});

test('no line of words, whatever they are, is answered with more than the person’s own mistakes', () => {
  const word = fc.oneof(
    fc.constantFrom('--reason', '--target', '--plan', '--json', 'x', 'period=1', '7', '--episode', ''),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(commands)),
      fc.array(word, { maxLength: 5 }),
      (name, words) => {
        // What was typed may be anything; the rest of the answer may not.
        const text = words
          .filter((one) => one.length > 2)
          .reduce((left, one) => left.replaceAll(one, ''), said([name, ...words]));
        expect(text).not.toMatch(RAW);
      },
    ),
    { seed: 1, numRuns: 400 },
  );
});

test('help names every command offline, and each has help of its own', () => {
  const all = helpOfAll(commands);
  for (const [name, definition] of Object.entries(commands)) {
    expect(all).toContain(definition.usage);
    expect(helpOfOne(name, definition)).toContain(`responder ${definition.usage}`);
  }
  for (const { usage } of Object.values(LOCAL)) expect(all).toContain(usage);
});

describe('completion', () => {
  test.each(SHELLS)('for %s knows every command', (shell) => {
    const script = completionFor(shell, commands, playbookIds);
    for (const name of [...Object.keys(commands), ...Object.keys(LOCAL)]) expect(script).toContain(name);
    // Where the shell is, it can read it.
    const read = spawnSync(shell, ['-n'], { input: script, encoding: 'utf8' });
    if (read.error === undefined) expect([read.status, read.stderr]).toEqual([0, '']);
  });

  test('in bash, offers commands, then their options and playbooks', () => {
    const offered = (...words: string[]): string[] => {
      const line = `COMP_WORDS=(responder ${words.map((word) => `"${word}"`).join(' ')}); COMP_CWORD=${words.length}; _responder; echo "\${COMPREPLY[@]}"`;
      const script = `${completionFor('bash', commands, playbookIds)}\n${line}\n`;
      return spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout.trim().split(' ');
    };
    expect(offered('po')).toEqual(['postmortem']);
    expect(offered('trust', 'cur')).toEqual(['cur-freshness']);
    expect(offered('why', '--j')).toEqual(['--json']);
  });

  test('for another shell is refused', () =>
    expect(() => completionFor('csh', commands, [])).toThrow(
      'the shell is "csh"; wanted one of bash, zsh, fish',
    ));
});

test.each(['1', 'soon', '2.5', '99999', true])('watch --every %s is refused', (every) =>
  expect(() => readEvery(every)).toThrow(/^--every is .*wanted whole seconds/),
);

describe('JSON Schemas', () => {
  test.each(SCHEMA_NAMES)('of %s: an object or a choice, with every key described by its type', (name) => {
    const schema = schemaOf(name) as { properties?: object; anyOf?: object[] };
    expect(Object.keys(schema.properties ?? schema.anyOf ?? {}).length).toBeGreaterThan(2);
    expect(z.fromJSONSchema(schema as never)).toBeDefined();
  });

  test('of a plain invoke takes what the function takes, and nothing else', () => {
    const manual = z.fromJSONSchema(schemaOf('manual') as never);
    expect(manual.safeParse({ status: 'r-1' }).success).toBe(true);
    expect(manual.safeParse({ statuss: 'r-1' }).success).toBe(false);
  });

  test('of anything else is refused', () =>
    expect(() => schemaOf('reprot')).toThrow('wanted one of configuration, manual, pager-event, report'));
});
