import { createHash } from 'node:crypto';

/** SHA-256 (hex) over its canonical JSON. */
export const canonicalHash = (value: unknown): string =>
  createHash('sha256')
    .update(canonicalJson(value ?? null))
    .digest('hex');

/**
 * JSON with sorted keys: the same value is the same text. A durable execution's name is idempotent
 * only together with an equal payload.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
