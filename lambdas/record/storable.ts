/**
 * A text that PostgreSQL accepts: it takes no NUL and no half of a surrogate pair, and one such
 * character in a log line would keep a whole run off the record. Each becomes U+FFFD; the evidence's
 * hash is over the original.
 */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '\uFFFD');

/** JSON with all texts storable, names of members included. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storableText(inner);
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner).map(([name, member]) => [storableText(name), member as unknown]),
    );
  });
  return text ?? 'null';
}
