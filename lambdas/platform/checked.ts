import * as z from 'zod';
import { shortened } from '../domain/shortened.ts';

/** Names every mistake of a configuration, so that one deployment corrects all. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(source: string, mistakes: string, options?: ErrorOptions) {
    super(
      `Correct ${source}; nothing was done. The context in cdk.json is an example of the whole.\n${mistakes}`,
      options,
    );
  }
}

export type Checked<T> = { readonly data: T } | { readonly mistakes: string };

/** The parsed input, or all mistakes: each with its place, the value wanted and the value got. */
export function checked<S extends z.ZodType>(schema: S, input: unknown): Checked<z.output<S>> {
  const read = schema.safeParse(input);
  if (read.success) return { data: read.data };
  const issues = read.error.issues.map((issue) => withValue(issue, input));
  return { mistakes: z.prettifyError(new z.ZodError(issues)) };
}

type Issue = z.core.$ZodIssue;

function withValue(issue: Issue, input: unknown): Issue {
  // Without its value: people paste passwords under keys of their own.
  if (issue.code === 'unrecognized_keys')
    return { ...issue, message: `${issue.message}; correct its spelling or remove it` };
  // A schema's own message says what is wanted; zod's says so itself.
  const wanted = /^(Invalid|Too) /.test(issue.message) ? issue.message : `Wanted ${issue.message}`;
  const message = `${wanted.replace(/, received \w+$/, '')}; got ${shown(issue.path, input)}`;
  return { ...issue, message };
}

const SECRET = /secret|password|token|credential/i;
/** `scheme://user:password@host`, pasted in place of a host. */
const URL_WITH_PASSWORD = /\/\/[^/\s]*:[^/\s]*@/;
const LONGEST_SHOWN = 80;

/** The value at a path, for a message in logs: secrets left out, long ones cut. */
function shown(path: readonly PropertyKey[], input: unknown): string {
  const value = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null)?.[key], input);
  if (value === undefined) return 'nothing';
  // Anything may be nested in it.
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  const text = JSON.stringify(value) ?? typeof value;
  const isSecret =
    path.some((key) => SECRET.test(String(key))) || SECRET.test(text) || URL_WITH_PASSWORD.test(text);
  return isSecret ? 'a value that is not shown, since it may be secret' : shortened(text, LONGEST_SHOWN);
}
