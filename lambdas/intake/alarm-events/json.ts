export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A message may have keys such as `"constructor"` or `"__proto__"`: they must not find ours. */
export const own = (object: JsonObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

export function ownText(object: JsonObject, key: string): string | undefined {
  const value = own(object, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Undefined for `null`, an empty text and an empty object. */
export const filled = (value: unknown): unknown =>
  value === null || value === '' || (isObject(value) && Object.keys(value).length === 0) ? undefined : value;

/** Undefined when it is no JSON, or a bare number or string: no message is one. */
export function parseJson(text: string): JsonObject | readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What JSON cannot hold (a cycle) still gives some text. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return `[${typeof value} that is not JSON]`;
  }
}
