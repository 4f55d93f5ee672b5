import type { World } from './world.ts';

/**
 * Does something in the middle of a run, once the responder has made its next call of that name. The clock waits for it; the
 * run does not.
 */
export function afterNext({ sandbox }: World, operation: string, work: () => Promise<unknown>): void {
  const unwatch = sandbox.watch((observed) => {
    if (observed.kind !== 'call' || observed.call.operation !== operation) return;
    if (!observed.call.principal.roleName?.startsWith('responder-runner')) return;
    unwatch();
    sandbox.clock.spawn(`the model, after ${operation}`, work);
  });
}
