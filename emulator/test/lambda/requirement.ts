import type { Event } from '@aws-sdk/client-lambda';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One of AWS's requirements, as `fixtures/conformance` holds it. */
export interface Requirement {
  readonly id: string;
  readonly suite: string;
  readonly description: string;
  readonly Variables?: Readonly<Record<string, string>>;
  readonly Input: unknown;
  readonly CallbackActions?: readonly CallbackAction[];
  readonly ExpectedResult?: { readonly ExecutionStatus: string; readonly Result?: unknown };
  readonly ExpectedExecutionHistory: readonly ({ readonly EventId: number } & Record<string, unknown>)[];
  readonly ExpectedLogs?: readonly { readonly match: { readonly message: string }; readonly count: number }[];
}

export interface CallbackAction {
  readonly CallbackName: string;
  readonly Operation: 'success' | 'failure' | 'heartbeat';
  readonly Payload?: unknown;
  /** Seconds. */
  readonly Delay?: number;
}

/** What an execution came to. */
export interface Actual {
  readonly status: string | undefined;
  /** JSON text. */
  readonly result: string | undefined;
  readonly events: readonly Event[];
  /** Messages of the function's logger. */
  readonly logged: readonly string[];
}

const FILE = join(import.meta.dirname, '../fixtures/conformance/requirements.jsonl');

export const requirements = (): Requirement[] =>
  readFileSync(FILE, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Requirement);

/** Names with their values: given by the requirement, or bound by the first event that has them. */
export class Names {
  private readonly values = new Map<string, unknown>();

  constructor({ id, Variables = {} }: Requirement) {
    // AWS's kit draws letters at random; any text that no other requirement has will do.
    for (const [name, value] of Object.entries(Variables))
      this.values.set(name, value.startsWith('${GEN_STR:') ? `${name}-of-${id}`.toLowerCase() : value);
  }

  /** With every name that is bound replaced. */
  filled(data: unknown): unknown {
    if (typeof data === 'string')
      return data.replaceAll(/\$\{(\w+)\}/g, (text, name: string) =>
        this.values.has(name) ? String(this.values.get(name)) : text,
      );
    if (Array.isArray(data)) return data.map((item) => this.filled(item));
    if (typeof data === 'object' && data !== null)
      return Object.fromEntries(Object.entries(data).map(([key, member]) => [key, this.filled(member)]));
    return data;
  }

  /**
   * How `actual` differs from `expected`, by the rules of AWS's kit: `*` and `{}` are anything,
   * `${/…/}` is a pattern, `${NAME}` is one value wherever it occurs, and members that are not
   * named are not compared.
   */
  differences(expected: unknown, actual: unknown, path: string): string[] {
    if (expected === '*' || (isObject(expected) && Object.keys(expected).length === 0)) return [];
    const pattern = typeof expected === 'string' ? /^\$\{\/(.+)\/\}$/.exec(expected)?.[1] : undefined;
    if (pattern !== undefined)
      return new RegExp(pattern).test(String(actual)) ? [] : [differs(path, expected, actual)];
    const name = typeof expected === 'string' ? /^\$\{(.+)\}$/.exec(expected)?.[1] : undefined;
    if (name !== undefined) {
      if (!this.values.has(name)) this.values.set(name, actual);
      return this.values.get(name) === actual ? [] : [differs(path, this.values.get(name), actual)];
    }
    if (isObject(expected) && isObject(actual))
      return Object.entries(expected).flatMap(([key, wanted]) =>
        actual[key] === undefined
          ? [`${path}.${key} is missing`]
          : this.differences(wanted, actual[key], `${path}.${key}`),
      );
    return this.filled(expected) === actual ? [] : [differs(path, this.filled(expected), actual)];
  }
}

/** Everything in which the execution differs from what the requirement says. */
export function judge(requirement: Requirement, names: Names, actual: Actual): string[] {
  const byId = new Map(actual.events.map((event) => [event.EventId, event]));
  const events = requirement.ExpectedExecutionHistory.flatMap((expected) => {
    const event = byId.get(expected.EventId);
    const path = `event ${expected.EventId}`;
    return event ? names.differences(expected, event, path) : [`${path} is missing`];
  });
  const wanted = requirement.ExpectedResult;
  const ends: string[] = [];
  if (wanted && wanted.ExecutionStatus !== actual.status)
    ends.push(differs('the status', wanted.ExecutionStatus, actual.status));
  if (wanted && 'Result' in wanted && actual.status === 'SUCCEEDED') {
    const expected = JSON.stringify(names.filled(wanted.Result));
    const result = JSON.stringify(actual.result === undefined ? null : JSON.parse(actual.result));
    if (expected !== result) ends.push(differs('the result', expected, result));
  }
  const logs = (requirement.ExpectedLogs ?? []).flatMap(({ match, count }) => {
    const pattern = new RegExp(String(names.filled(match.message)).slice(1, -1));
    const found = actual.logged.filter((message) => pattern.test(message)).length;
    return found === count ? [] : [differs(`logged ${String(pattern)}`, count, found)];
  });
  return [...events, ...ends, ...logs];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const differs = (path: string, expected: unknown, actual: unknown): string =>
  `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
