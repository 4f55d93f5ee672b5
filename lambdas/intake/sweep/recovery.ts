import { HOUR_MS } from '../../domain/milliseconds.ts';
import { runIdOfRecovery } from '../start/run-id.ts';
import type { RunRequest } from '../../domain/run-request.ts';
import type { Episode } from '../../record/incidents.ts';
import type { SweepState } from './sweep.ts';

/**
 * Checks open incidents without a standing alarm: people have repaired them, or they have passed.
 * Pure: its test is a table.
 */
export function chooseRecoveries(
  episodes: readonly Episode[],
  { now, standing, runs }: Pick<SweepState, 'now' | 'standing' | 'runs'>,
): RunRequest[] {
  // One check an hour; the first after the runs of its alarms have had their time.
  const slot = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS).toISOString();
  return episodes.flatMap(({ incident, playbook, target, openedAt }): RunRequest[] => {
    if (standing.some((one) => one.playbook === playbook)) return [];
    const ended = runs.filter((run) => run.playbook === playbook).map(({ endedAt }) => endedAt);
    if (ended.includes(null)) return [];
    const last = Math.max(Date.parse(openedAt), ...ended.map((at) => at?.getTime() ?? 0));
    if (now.getTime() - last < HOUR_MS) return [];
    const run = runIdOfRecovery(playbook, incident, slot);
    return [{ run, playbook, target, cause: { kind: 'recovery', incident, slot }, mode: 'live' }];
  });
}
