import { AwsError } from '../kernel/service.ts';

/** Which messages a subscription gets: `{"AlarmName": ["a", "b"]}`, by the message's body. */
export interface FilterPolicy {
  readonly [key: string]: readonly string[] | FilterPolicy;
}
type FilterNode = FilterPolicy[string];

const MOST_KEYS = 5;
const MOST_VALUES = 150;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Exact strings alone are emulated.
 * @throws AwsError `InvalidParameterException`
 */
export function readFilter(policy: unknown): FilterPolicy {
  const refuse = (why: string): never => {
    throw new AwsError('InvalidParameterException', `Invalid parameter: FilterPolicy: ${why}`);
  };
  let keys = 0;
  let combinations = 1;
  const read = (value: unknown, path: string): FilterNode => {
    if (Array.isArray(value)) {
      const other: unknown = value.find((one) => typeof one !== 'string');
      if (value.length === 0) return refuse(`${path} is an empty list`);
      if (other !== undefined)
        return refuse(`${path} has ${JSON.stringify(other)}; only exact strings are emulated`);
      keys += 1;
      // A nested key counts once for each of its levels.
      combinations *= value.length * path.split('.').length;
      return value as string[];
    }
    if (!isObject(value) || Object.keys(value).length === 0)
      return refuse(`${path} must be a list of values or an object`);
    if ('$or' in value) return refuse(`${path} has $or, which is not emulated`);
    return readAll(value, `${path}.`);
  };
  const readAll = (value: Readonly<Record<string, unknown>>, prefix: string): FilterPolicy =>
    Object.fromEntries(Object.entries(value).map(([key, one]) => [key, read(one, `${prefix}${key}`)]));
  if (!isObject(policy)) return refuse('must be an object');
  const filter = readAll(policy, '');
  if (keys > MOST_KEYS) return refuse(`has ${keys} keys; at most ${MOST_KEYS}`);
  if (combinations > MOST_VALUES)
    return refuse(`is too complex: ${combinations} combinations of ${MOST_VALUES}`);
  return filter;
}

/** A body that is no JSON object passes no filter. */
export function passes(filter: FilterPolicy | undefined, body: string): boolean {
  if (!filter) return true;
  try {
    return matches(filter, JSON.parse(body));
  } catch {
    return false;
  }
}

const matches = (filter: FilterPolicy, value: unknown): boolean =>
  isObject(value) &&
  Object.entries(filter).every(([key, node]) => {
    const found = value[key];
    if (!Array.isArray(node)) return matches(node as FilterPolicy, found);
    return [found].flat().some((one) => typeof one === 'string' && node.includes(one));
  });
