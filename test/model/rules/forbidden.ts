import { FREEZE } from '../limits.ts';
import { heldThroughout, type Span } from '../orders.ts';
import type { Act, RunStory, Story } from '../story.ts';

/** A closed month, a switch that is off, a freeze, a muted alarm, a guard that cannot be asked: nothing is sent then. */
export function forbidden({ acts, runs, world: { orders } }: Story): string[] {
  return acts.flatMap((act) => {
    const run = runs.get(act.run);
    const { prepared, at } = act;
    const throughout = (spans: readonly Span[], ...of: string[]) => heldThroughout(spans, of, prepared, at);
    const alarm = alarmOf(run);
    const reasons: (string | false | undefined)[] = [
      run === undefined && 'acts in nobody’s name: it is the act of no run',
      throughout(orders.off, 'all', run?.playbook ?? '') && 'acts while switched off',
      isFrozen(prepared) && isFrozen(at) && 'acts while frozen',
      act.period !== undefined &&
        throughout(orders.closed, act.period) &&
        `acts on the closed period ${act.period}`,
      throughout(orders.blind, 'ledger', 'switch') &&
        'acts when a guard errs: the ledger does not tell what holds',
      alarm !== undefined &&
        throughout(orders.blind, 'alarm') &&
        'acts when a guard errs: nobody knows of the alarm',
      alarm !== undefined && throughout(orders.muted, alarm) && `acts although ${alarm} is muted`,
    ];
    return reasons.filter((reason) => typeof reason === 'string').map((reason) => `${reason}: ${tell(act)}`);
  });
}

/** Reckoned without the product's calendar. */
const isFrozen = (at: Date): boolean =>
  at.getUTCHours() % FREEZE.everyHours === 0 && at.getUTCMinutes() < FREEZE.minutes;

const alarmOf = (run: RunStory | undefined): string | undefined =>
  run && 'alarm' in run.cause ? run.cause.alarm.name : undefined;

const tell = ({ run, name, at }: Act): string => `${name} by ${run} at ${at.toISOString()}`;
