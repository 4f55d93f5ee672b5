import { isObject } from '../intake/alarm-events/json.ts';
import type { RunRequest } from '../domain/run-request.ts';

export interface Difference {
  readonly path: string;
  readonly first: string;
  readonly now: string;
}

/** Time and run of a call are no part of its request. */
const NOT_ASKED = new Set(['run', 'cause.at']);

/** How two requests differ, key by key. */
export function differences(first: RunRequest, now: RunRequest): Difference[] {
  const before = flat(first);
  const after = flat(now);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => !NOT_ASKED.has(path) && before.get(path) !== after.get(path))
    .map((path) => ({ path, first: before.get(path) ?? 'nothing', now: after.get(path) ?? 'nothing' }));
}

function flat(value: unknown, path: readonly string[] = []): Map<string, string> {
  if (!isObject(value)) return new Map([[path.join('.'), JSON.stringify(value) ?? 'nothing']]);
  return new Map(Object.entries(value).flatMap(([key, part]) => [...flat(part, [...path, key])]));
}
