import { AwsError } from '../kernel/service.ts';

/**
 * Refuses members of an input that would be silently ignored: the caller would believe that they
 * worked. @param emulated the members that the operation uses, or that change nothing
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
    `the emulator does not emulate ${unknown.join(', ')} of ${operation}; it emulates ${emulated.join(', ')}`,
    501,
  );
}
