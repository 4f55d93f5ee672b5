import { isUnfit } from '../platform/error-class.ts';
import type { Ledger } from '../platform/ledger/queryable.ts';
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
  /** Sent, and nothing that the ledger takes: this execution alone knows of them, and must not send them again. */
  readonly unfit?: readonly MessageRecord[];
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
    const unfit = await putEach(pool(), call, known.unwritten);
    return {
      at,
      state: { ...read, told: merged(read.told, known.unwritten) },
      onRecord: true,
      ...(unfit.length > 0 && { unfit }),
    };
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

/** One that the ledger refuses keeps no other from the record. @returns those */
async function putEach(
  ledger: Ledger,
  call: Pick<EpisodeCall, 'incident' | 'episode'>,
  told: readonly MessageRecord[],
): Promise<readonly MessageRecord[]> {
  const { incident, episode } = call;
  try {
    await putTold(ledger, incident, episode, told);
    return [];
  } catch (error) {
    if (!isUnfit(error)) throw error;
    if (told.length === 1) {
      log.error('the ledger refuses what was sent', { ...call, told, why: tellError(error as Error) });
      return told;
    }
    const unfit: MessageRecord[] = [];
    for (const one of told) unfit.push(...(await putEach(ledger, call, [one])));
    return unfit;
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
