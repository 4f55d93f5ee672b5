import { AwsError } from '../kernel/service.ts';

/**
 * Refuses the members of an input that the sandbox would silently ignore. A caller who asked for them would
 * believe that they worked.
 * @param emulated the members that the operation heeds, or that change nothing
 */
export function refuseOptions<I extends object>(
  operation: string,
  input: I,
  emulated: readonly (keyof I & string)[],
): void {
  const known = new Set<string>(emulated);
  const unknown = Object.entries(input)
    .filter(([name, value]) => value !== undefined && !known.has(name))
    .map(([name]) => name);
  if (unknown.length === 0) return;
  throw new AwsError(
    'NotImplemented',
    `the sandbox does not emulate ${unknown.join(', ')} of ${operation}; it emulates ${emulated.join(', ')}`,
    501,
  );
}
