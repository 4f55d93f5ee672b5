import type * as z from 'zod';

export interface Mistake {
  /** `ledger.auth.user`; empty for the configuration as a whole. */
  readonly path: string;
  readonly got: string;
  readonly wanted: string;
  readonly remedy: string;
}

/** Every mistake of a configuration at once: correcting them one deployment at a time wastes a morning. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly Mistake[];

  constructor(source: string, mistakes: readonly Mistake[], options?: ErrorOptions) {
    const lines = mistakes.map(
      ({ path, got, wanted, remedy }) =>
        `  ${path || '(all of it)'}: got ${got}, wanted ${wanted}. ${remedy}`,
    );
    super(`${mistakes.length} mistake(s) in ${source}:\n${lines.join('\n')}`, options);
    this.mistakes = mistakes;
  }
}

type Issue = z.core.$ZodIssue;

/** The mistakes behind a schema's error on `input`, in the order of the schema. */
export function mistakesOf(error: z.ZodError, input: unknown): Mistake[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? unknownKeys(issue) : [mistakeOf(issue, input)],
  );
}

/** An unknown key is a mistake, not a remark: it is mostly a misspelt setting that silently keeps its default. */
function unknownKeys(issue: Issue & { code: 'unrecognized_keys' }): Mistake[] {
  return issue.keys.map((key) => ({
    path: pathOf([...issue.path, key]),
    // Its value stays unsaid: people paste passwords under keys of their own.
    got: 'an unknown key',
    wanted: 'only known keys',
    remedy: 'Correct its spelling or remove it.',
  }));
}

function mistakeOf(issue: Issue, input: unknown): Mistake {
  const value = valueAt(input, issue.path);
  const path = pathOf(issue.path);
  return {
    path,
    got: shown(issue.path, value),
    wanted: wanted(issue),
    remedy:
      value === undefined ? 'Add it; the context in cdk.json is an example of the whole.' : 'Correct it.',
  };
}

function wanted(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'object' ? 'an object' : `a value of type ${issue.expected}`;
    case 'invalid_value':
      return `one of ${listed(issue.values)}`;
    case 'too_small':
      return `at least ${issue.minimum}${countedIn(issue.origin)}`;
    case 'too_big':
      return `at most ${issue.maximum}${countedIn(issue.origin)}`;
    case 'invalid_union':
      return 'options' in issue && issue.options ? `one of ${listed(issue.options)}` : issue.message;
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'unrecognized_keys':
    case 'custom':
      return issue.message;
  }
}

const listed = (values: readonly unknown[]): string =>
  values.map((value) => JSON.stringify(value)).join(', ');

function countedIn(origin: string): string {
  if (origin === 'string') return ' character(s)';
  return origin === 'array' ? ' element(s)' : '';
}

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join('.');

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) =>
      typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

const SECRET_KEY = /secret|password|token|credential/i;
/** `scheme://user:password@host`, as it gets pasted into a host's place. */
const URL_WITH_PASSWORD = /\/\/[^/\s]*:[^/\s]*@/;
const LONGEST_SHOWN = 80;

/** A value for a message that will stand in build logs: secrets out, long ones cut. */
function shown(path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  if (
    path.some((key) => SECRET_KEY.test(String(key))) ||
    SECRET_KEY.test(text) ||
    URL_WITH_PASSWORD.test(text)
  ) {
    return 'a value that is not shown, since it may be secret';
  }
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
