import { HOUR_MS, MINUTE_MS } from '../../domain/milliseconds.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { WaitedFor } from '../../record/waited-for.ts';
import { runIdOfUpstream } from '../start/run-id.ts';
import type { SweepState } from './sweep.ts';

/** Time for an alarm of the cause's own to reach its run. */
const GRACE_MS = 10 * MINUTE_MS;

/**
 * A run that waits for a cause upstream has opened its incident. Often no alarm ever starts its playbook: freshness tells of
 * the newest month alone. So it is started here: at first in any case, for then people are called if it can do nothing;
 * later once an hour, where no alarm of its own does it, to act on what is new. Pure: its test is a table.
 */
export function chooseCauses(
  waited: readonly WaitedFor[],
  { now, standing, ordersOf }: Pick<SweepState, 'now' | 'standing' | 'ordersOf'>,
): RunRequest[] {
  const hour = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS);
  return waited.flatMap(({ incident, playbook, target, since, atWork, workedAt }): RunRequest[] => {
    if (atWork) return [];
    const age = now.getTime() - (workedAt ?? since).getTime();
    if (age < (workedAt ? HOUR_MS : GRACE_MS)) return [];
    if (workedAt && ordersOf(playbook).off !== undefined) return [];
    if (workedAt && standing.some((one) => one.playbook === playbook)) return [];
    // Not later: a crashed, unrecorded run of that name would block all others.
    const slot = (since > hour ? since : hour).toISOString();
    const run = runIdOfUpstream(playbook, incident, slot);
    return [{ run, playbook, target, cause: { kind: 'upstream', incident, slot }, mode: 'live' }];
  });
}
