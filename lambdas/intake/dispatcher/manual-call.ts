import * as z from 'zod';
import { isObject, own, type JsonObject } from '../alarm-events/json.ts';
import { Mode } from '../../domain/run-request.ts';

const said = z.string().trim().min(1);

const RunCall = z.strictObject({
  run: said,
  target: z.record(z.string(), z.string()),
  mode: Mode,
  by: said,
  reason: said,
  request: said.optional(),
});

const ReplayCall = z.strictObject({
  replay: said,
  mode: Mode.default('live'),
  by: said.default('not given'),
  reason: said.default('not given'),
  request: said.optional(),
});

const StatusCall = z.strictObject({ status: said });

export type RunCall = z.infer<typeof RunCall>;
export type ReplayCall = z.infer<typeof ReplayCall>;
export type StatusCall = z.infer<typeof StatusCall>;

/** One thing that is wrong with a payload: where, what was there, what should be. */
export interface Mistake {
  readonly path: string;
  readonly got: string;
  readonly wanted: string;
}

export type ManualCall =
  | { readonly kind: 'run'; readonly call: RunCall }
  | { readonly kind: 'replay'; readonly call: ReplayCall }
  | { readonly kind: 'status'; readonly call: StatusCall };

const WANTED: Readonly<Record<string, string>> = {
  run: 'the id of a playbook',
  replay: 'the id of a run',
  status: 'the id of a run',
  target: 'an object of texts, as in the example',
  mode: '"live" or "dry-run"; a dry run looks and decides, and changes nothing',
  by: 'who asks, a text',
  reason: 'why, a text',
  request: 'a text that is the same whenever the same call is repeated, or nothing',
};

const SCHEMAS = { run: RunCall, replay: ReplayCall, status: StatusCall };
type Kind = keyof typeof SCHEMAS;

/** A person's payload, with every mistake in it at once. */
export function parseManualCall(payload: JsonObject): ManualCall | { readonly mistakes: readonly Mistake[] } {
  const kinds = (['run', 'replay', 'status'] as const).filter((key) => Object.hasOwn(payload, key));
  const [kind, ...more] = kinds;
  if (kind === undefined || more.length > 0) {
    return {
      mistakes: [{ path: '', got: `the keys ${kinds.join(', ')}`, wanted: 'one of run, replay, status' }],
    };
  }
  const read = SCHEMAS[kind].safeParse(payload);
  if (!read.success) return { mistakes: mistakesOf(payload, read.error, kind) };
  return { kind, call: read.data } as ManualCall;
}

function mistakesOf(payload: JsonObject, error: z.ZodError, kind: Kind): Mistake[] {
  return error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(SCHEMAS[kind].shape).join(', ');
      return issue.keys.map((key) => mistake(payload, [...path, key], `no such key; known are ${known}`));
    }
    const wanted = WANTED[path[0] ?? ''];
    return [mistake(payload, path, path.length === 1 && wanted !== undefined ? wanted : issue.message)];
  });
}

/** Mistakes of a target, in the words of the playbook's own schema. */
export const targetMistakes = (target: JsonObject, error: z.ZodError): Mistake[] =>
  error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code !== 'unrecognized_keys') return [mistake({ target }, ['target', ...path], issue.message)];
    return issue.keys.map((key) => mistake({ target }, ['target', ...path, key], 'no such key'));
  });

export function mistake(payload: JsonObject, path: readonly string[], wanted: string): Mistake {
  let value: unknown = payload;
  for (const key of path) value = isObject(value) ? own(value, key) : undefined;
  const got = value === undefined ? 'nothing' : JSON.stringify(value);
  return { path: path.join('.'), got: got.length > 200 ? `${got.slice(0, 200)}…` : got, wanted };
}
