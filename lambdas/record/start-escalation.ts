import { completeCallback } from '../platform/complete-callback.ts';
import type { ReadTools } from '../platform/clients.ts';
import type { Ledger } from '../platform/ledger/queryable.ts';
import type { Signing } from '../platform/order.ts';
import { startExecution } from '../platform/start-execution.ts';
import { waitingCalls, type Episode } from './incidents.ts';
import type { Settings } from '../platform/settings.ts';

export interface Waking {
  /** Makes the incident's escalation check it now. If this is lost, it checks at its next deadline. */
  wake(incident: string): Promise<void>;
}

export interface Calling extends Waking {
  /**
   * Starts the episode's escalation; if it runs already, it continues.
   * @throws when the call is not accepted; it may be repeated
   */
  call(episode: Episode): Promise<void>;
}

/** One execution per episode: an incident that returns calls again. */
export const callIdOf = ({ incident, episode }: Pick<Episode, 'incident' | 'episode'>): string =>
  `${incident}-episode-${episode}`;

export const createWaking = (tools: Pick<ReadTools, 'lambda'>, pool: () => Ledger): Waking => ({
  async wake(incident) {
    for (const id of await waitingCalls(pool(), incident)) await completeCallback(tools, id, 'changed');
  },
});

export const createCalling = (
  tools: Pick<ReadTools, 'lambda'>,
  pool: () => Ledger,
  { escalation }: Pick<Settings, 'escalation'>,
  signing: Signing,
): Calling => ({
  ...createWaking(tools, pool),
  async call(episode) {
    // If it was started before, the severity may have been raised since: the execution reads that from the record.
    const calling = { id: callIdOf(episode), order: episode, functionArn: escalation };
    await startExecution('episode', calling, tools, signing);
  },
});
