import { tellError } from '../platform/tell-error.ts';
import { log } from '../platform/log.ts';
import { isSameMessage } from '../domain/escalation-message.ts';
import { episodeState, putTold, type EpisodeState, type MessageRecord } from '../record/calls.ts';
import { incidentOfRun } from '../record/incidents.ts';
import type { EpisodeCall } from './call.ts';
import type { EscalationDependencies } from './dependencies.ts';
import { nextMove, type Move } from './next-move.ts';

/** The episode as it is now, or as far as it is known. */
export interface Look {
  readonly at: string;
  readonly state: EpisodeState;
  /** The ledger has answered, and knows the episode. */
  readonly onRecord: boolean;
  /** The run that opened it is on record in another incident: this one never was. */
  readonly elsewhere?: string;
  /** The record contradicts the order. */
  readonly misfit?: string;
}

/**
 * Writes what is still unwritten, and reads the episode.
 * @param last of the tries: without the ledger, what is known is used
 */
export async function lookAt(
  call: EpisodeCall,
  known: { readonly state: EpisodeState | undefined; readonly unwritten: readonly MessageRecord[] },
  { pool, now }: Pick<EscalationDependencies, 'pool' | 'now'>,
  last: boolean,
): Promise<Look> {
  const at = now().toISOString();
  const { incident, episode } = call;
  const before = known.state ?? opening(call);
  // Unknown until the ledger answers: who joined meanwhile. Those on record are notified once.
  const state = { ...before, joinedSince: null, told: merged(before.told, known.unwritten) };
  const without = { at, state, onRecord: false };
  try {
    const read = await episodeState(pool(), incident, episode);
    if (read === undefined) {
      const other = await incidentOfRun(pool(), call.openedByRun);
      return other !== undefined && other !== incident ? { ...without, elsewhere: other } : without;
    }
    if (read.openedByRun !== call.openedByRun)
      return {
        ...without,
        misfit: `run ${read.openedByRun} has opened it; the order says ${call.openedByRun}`,
      };
    if (known.unwritten.length === 0) return { at, state: read, onRecord: true };
    await putTold(pool(), incident, episode, known.unwritten);
    return { at, state: { ...read, told: merged(read.told, known.unwritten) }, onRecord: true };
  } catch (error) {
    if (!last) throw error;
    log.warn('the ledger has no such episode', {
      incident,
      episode,
      why: tellError(error as Error),
    });
    return without;
  }
}

export const moveOf = (
  { state, at: now, onRecord }: Look,
  { settings: { people, pace }, playbooks }: Pick<EscalationDependencies, 'settings' | 'playbooks'>,
): Move => {
  const finops = playbooks.find(({ id }) => id === state.playbook)?.finops ?? [];
  return nextMove({ state, now, people, finops, onRecord, retrySeconds: pace.recordRetry });
};

export const merged = (told: readonly MessageRecord[], more: readonly MessageRecord[]): MessageRecord[] => [
  ...told.filter(
    ({ message, recipient }) =>
      !more.some((other) => isSameMessage(other.message, message) && other.recipient === recipient),
  ),
  ...more,
];

/** What is known from the call alone. */
const opening = ({
  number,
  playbook,
  target,
  severity,
  openedAt,
  openedByRun,
}: EpisodeCall): EpisodeState => ({
  ...(number !== undefined && { number }),
  playbook,
  target,
  severity,
  openedByRun,
  severitySince: openedAt,
  severityCause: 'opening',
  openedAt,
  acknowledged: null,
  closed: null,
  joinedSince: null,
  jira: null,
  postmortem: null,
  version: 0,
  told: [],
  runs: [],
  joined: {},
});
