import { PSEUDO } from '../template/pseudo.ts';

/**
 * The template with account and Region in place of the references to them, and what was joined of nothing else as one
 * text: only so can lengths be seen. References between resources stay.
 */
export function withKnownNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withKnownNames);
  if (typeof value !== 'object' || value === null) return value;
  const known = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withKnownNames(one)]));
  if (Object.keys(known).length !== 1) return known;
  const { Ref: ref, 'Fn::Join': join } = known as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (ref !== undefined) return PSEUDO[ref] ?? known;
  if (join === undefined) return known;
  const [between, parts] = join;
  return parts.every((part) => typeof part === 'string') ? parts.join(between) : known;
}
