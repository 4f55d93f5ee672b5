import fc from 'fast-check';
import { alarms } from './commands/alarms.ts';
import { approvals } from './commands/approvals.ts';
import { business } from './commands/business.ts';
import { people } from './commands/people.ts';
import { platform } from './commands/platform.ts';
import type { Trust } from '../../lambdas/domain/limits.ts';
import { PLAYBOOKS } from './targets.ts';
import type { World } from './world.ts';

export interface Sequences {
  readonly sequences: number;
  readonly seed: number;
  /** Of a failure that was seen before: goes there at once. */
  readonly path?: string;
  readonly replayPath?: string;
  /** Looks for the shortest sequence that fails; each try is a sequence of its own. */
  readonly shrink: boolean;
  /** Of one sequence at most. */
  readonly steps?: number;
  readonly onEnd?: (done: number) => void;
}

/** @returns undefined, or what failed, with the way to see it again */
export async function runSequences(
  world: World,
  { sequences, seed, path, replayPath, shrink, steps: most = 30, onEnd }: Sequences,
): Promise<string | undefined> {
  let done = 0;
  const step = fc.oneof(...business, ...alarms, ...people, ...approvals, ...platform);
  const rung = fc.oneof(
    { weight: 3, arbitrary: fc.constant<Trust>('auto') },
    { weight: 2, arbitrary: fc.constant<Trust>('approve') },
  );
  const trusted = fc.record(Object.fromEntries(PLAYBOOKS.map((playbook) => [playbook, rung])));
  const steps = fc.commands([step], {
    maxCommands: most,
    size: 'max',
    ...(replayPath !== undefined && { replayPath }),
  });
  const property = fc.asyncProperty(trusted, steps, async (trust, commands) => {
    await world.begin(trust);
    await fc.asyncModelRun(() => ({ model: {}, real: world }), commands);
    await world.finish();
    onEnd?.((done += 1));
  });
  const details = await fc.check(property, {
    numRuns: sequences,
    seed,
    endOnFailure: !shrink,
    ...(path !== undefined && { path }),
  });
  if (!details.failed) return undefined;
  const shown: { toString(): string } = details.counterexample?.[1] ?? 'no commands';
  const { counterexample, counterexamplePath, numRuns, numShrinks, errorInstance } = details;
  return [
    `sequence ${numRuns} failed${numShrinks > 0 ? `, made shorter ${numShrinks} times` : ''}: ${String((errorInstance as Error).message)}`,
    `  trusted: ${JSON.stringify(counterexample?.[0])}`,
    ...shown
      .toString()
      .replaceAll(/([}]),/g, '$1\n')
      .split('\n')
      .map((line) => `  ${line}`),
    `again: npm run model -- --seed ${details.seed} --path ${counterexamplePath ?? ''}`,
    ...(errorInstance instanceof Error && errorInstance.stack !== undefined
      ? [errorInstance.stack.split('\n').slice(0, 12).join('\n')]
      : []),
  ].join('\n');
}
