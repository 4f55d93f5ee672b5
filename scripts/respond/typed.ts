import type * as z from 'zod';
import { isNear, nearest } from '../../lambdas/domain/nearest.ts';
import { playbookById } from '../../lambdas/catalog/playbooks/registry.ts';
import type { CommandDefinition } from '../../lambdas/commands/definition.ts';
import { WordsError } from '../command/words.ts';
import type { Words } from './words.ts';

type Commands = Readonly<Record<string, CommandDefinition>>;

/** Options that every command takes, beside its own. */
export const COMMON = ['json', 'url', 'help'] as const;

/** `dryRun` as it is typed. */
export const optionOf = (key: string): string =>
  key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** @throws WordsError with the nearest names, when there is no such command */
export function commandNamed(name: string, commands: Commands, local: readonly string[]): CommandDefinition {
  const found = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (found) return found;
  const near = nearest(name, [...Object.keys(commands), ...local], 3);
  throw new WordsError(
    `there is no command "${name}"; the nearest are ${near.join(', ')} (responder help lists all)`,
  );
}

/**
 * Checks what was typed before anything is sent, so that a slip needs neither network nor credentials. The responder
 * checks it again.
 * @throws WordsError with a line for each mistake: what was got, what is wanted
 */
export function checkTyped({ name, input }: Words, definition: CommandDefinition): void {
  const typed = { ...input };
  // Read from its file only when it is sent.
  if (name === 'sign-postmortem' && 'file' in typed) {
    delete typed['file'];
    typed['document'] = 'read later';
  }
  const read = definition.schema.strict().safeParse(typed);
  const issues = [...(read.error?.issues ?? []), ...targetIssues(typed)];
  if (issues.length === 0) return;
  const lines = issues.flatMap((issue) => linesOf(issue, typed, definition, name));
  throw new WordsError([...lines, `Usage: responder ${definition.usage}`].join('\n'));
}

/** A playbook says what its targets are. */
function targetIssues({ playbook, target }: Readonly<Record<string, unknown>>): z.core.$ZodIssue[] {
  if (typeof playbook !== 'string' || typeof target !== 'object') return [];
  const read = playbookById(playbook)?.target.safeParse(target);
  return (read?.error?.issues ?? []).map((issue) => ({ ...issue, path: ['target', ...issue.path] }));
}

function linesOf(
  issue: z.core.$ZodIssue,
  typed: Readonly<Record<string, unknown>>,
  { schema }: CommandDefinition,
  command: string,
): string[] {
  const known = Object.keys(schema.shape);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      if (issue.path.length > 0)
        return `the target has no ${key}; wanted ${
          Object.keys(typed['target'] as object)
            .filter((one) => !issue.keys.includes(one))
            .join(', ') || 'other keys'
        }`;
      if (/^\d+$/.test(key)) return `"${String(typed[key])}" is too much: ${command} takes no more words`;
      const options = [...known, ...COMMON].map((one) => `--${optionOf(one)}`);
      const [near] = nearest(`--${optionOf(key)}`, options, 1);
      return `${command} has no option --${optionOf(key)}; the nearest is ${near}`;
    });
  const path = issue.path.map(String);
  const key = path.join('.');
  const value = path.reduce<unknown>((at, one) => (at as Record<string, unknown> | undefined)?.[one], typed);
  if (value === undefined)
    return [`${nameOf(key)} is missing${WHERE[key] === undefined ? '' : `; ${WHERE[key]}`}`];
  const got = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  const values = valuesOf(issue);
  if (values.length > 0) {
    const near = nearest(got.replaceAll('"', ''), values, 3);
    const meant = isNear(got.replaceAll('"', ''), values) ? `; did you mean ${near[0]}?` : '';
    return [`${nameOf(key)} is ${got}; wanted one of ${values.join(', ')}${meant}`];
  }
  return [`${nameOf(key)} is ${got}; wanted ${wantedBy(issue)}`];
}

const nameOf = (key: string): string =>
  key.includes('.') ? `the ${key.split('.').join('’s ')}` : `the ${NAMES[key] ?? optionOf(key)}`;
/** As people call them, where the key is another word. */
const NAMES: Readonly<Record<string, string>> = { rung: 'trust level', document: 'file', id: 'id' };
const WHERE: Readonly<Record<string, string>> = {
  run: '`responder list` shows the newest',
  incident: '`responder list` shows those that are open',
  id: '`responder list` shows what waits',
  reason: 'wanted --reason "…": it goes into the audit',
  document: 'wanted --file <path>',
  target: 'wanted --target <key>=<value>, e.g. --target period=2026-11',
  plan: 'wanted --plan with the first characters of its hash',
};

/** The values that are allowed, where an issue names them. */
function valuesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String);
  const listed = /^one of (.+)$/.exec(issue.message)?.[1];
  return listed === undefined ? [] : listed.split(', ');
}

/** A schema's own words; never the library's, and no pattern. */
function wantedBy(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'record' ? 'key=value' : `a ${issue.expected}`;
    case 'too_small':
      return issue.origin === 'string' ? 'some text' : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    default:
      return 'another value';
  }
}
