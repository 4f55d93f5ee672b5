import { WordsError } from '../command/words.ts';

/** What of a command may be said without a name, in this order. What it means, the responder knows. */
const IN_ORDER: Readonly<Record<string, readonly string[]>> = {
  approve: ['id'],
  refuse: ['id'],
  confirm: ['id'],
  pause: ['playbook'],
  resume: ['playbook'],
  reset: ['playbook'],
  trust: ['playbook', 'rung'],
  undo: ['run'],
  run: ['playbook'],
  replay: ['run'],
  retry: ['run'],
  why: ['run'],
  incident: ['incident'],
  ack: ['incident'],
  resolve: ['incident'],
  shadow: ['playbook'],
  view: ['page', 'id'],
  postmortem: ['incident'],
  'sign-postmortem': ['incident'],
  'explain-gap': ['from', 'to'],
};

/** Options that take no value: a word behind them is the next one. */
const FLAGS: ReadonlySet<string> = new Set(['json', 'dry-run', 'agree']);

/** Options that take any number of `key=value`. */
const PAIRS: ReadonlySet<string> = new Set(['target']);

export interface Words {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** Of the function, when it is given here. */
  readonly url?: string;
  /** The data alone, for programs. */
  readonly json?: true;
}

/**
 * `run cur-freshness --target period=2026-11 --reason "late delivery" --dry-run`: options become the input's keys
 * (`dryRun`), one without a value is true. What the table above does not foresee goes along by its number, for the
 * responder to refuse with what it wants.
 * @throws when there is no command, or an option's value cannot be read
 */
export function readWords(words: readonly string[]): Words | 'help' {
  const [name, ...rest] = words;
  if (name === undefined || name === '--help') return 'help';
  if (name.startsWith('-'))
    throw new WordsError(
      `the command comes first; got ${name}, wanted e.g. whoami, before its options (responder help lists all)`,
    );
  const input: Record<string, unknown> = {};
  const order = IN_ORDER[name] ?? [];
  let unnamed = 0;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith('--')) {
      input[order[unnamed] ?? String(unnamed + 1)] = word;
      unnamed += 1;
      continue;
    }
    const [option = '', ...inline] = word.slice(2).split('=');
    const key = option.replaceAll(/-(.)/g, (_all, letter: string) => letter.toUpperCase());
    const own = inline.length > 0 ? [inline.join('=')] : valuesOf(option, rest);
    input[key] = PAIRS.has(option) ? pairs(option, own, input[key]) : (own[0] ?? true);
  }
  const { url, json, ...others } = input;
  if (url === true) throw new WordsError('--url has no value; wanted the address of the responder');
  return {
    name,
    input: others,
    ...(typeof url === 'string' && { url }),
    ...(json !== undefined && { json: true }),
  };
}

/** Takes from the front what belongs to the option. */
function valuesOf(option: string, rest: string[]): string[] {
  const most = PAIRS.has(option) ? Infinity : FLAGS.has(option) ? 0 : 1;
  const values: string[] = [];
  while (values.length < most && rest[0] !== undefined && !rest[0].startsWith('--')) {
    values.push(rest.shift() ?? '');
  }
  return values;
}

function pairs(option: string, words: readonly string[], before: unknown): Record<string, string> {
  const entries = words.map((word) => {
    const [key = '', ...value] = word.split('=');
    if (key === '' || value.length === 0)
      throw new WordsError(`--${option} has "${word}"; wanted key=value, e.g. --${option} period=2026-11`);
    return [key, value.join('=')] as const;
  });
  return { ...(before as Record<string, string> | undefined), ...Object.fromEntries(entries) };
}
