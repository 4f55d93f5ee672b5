import { isNamed } from '../platform/error-cause.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { completeCallback } from '../platform/complete-callback.ts';
import type { ReadTools } from '../platform/clients.ts';
import type { Ledger } from '../platform/ledger/queryable.ts';
import { waitingCalls, type Episode } from './incidents.ts';
import type { Settings } from '../platform/settings.ts';

export interface Calling {
  /**
   * Starts the episode's escalation; if it runs already, it continues.
   * @throws when the call is not accepted; it may be repeated
   */
  call(episode: Episode): Promise<void>;
  /** Makes the incident's escalation check it now. If this is lost, it checks at its next deadline. */
  wake(incident: string): Promise<void>;
}

/**
 * One execution per episode: an incident that returns calls again. At most 64 characters of
 * `[A-Za-z0-9_-]`.
 */
export const executionNameOf = ({ incident, episode }: Pick<Episode, 'incident' | 'episode'>): string => {
  // The end of an id tells runs, and so incidents, apart.
  const ending = `-episode-${episode}`;
  return `${incident.slice(-(64 - ending.length))}${ending}`;
};

export function createCalling(
  tools: Pick<ReadTools, 'lambda'>,
  pool: () => Ledger,
  { escalation }: Pick<Settings, 'escalation'>,
): Calling {
  return {
    async call(episode) {
      const lambda = await tools.lambda();
      try {
        await lambda.invoke({
          FunctionName: escalation,
          InvocationType: 'Event',
          DurableExecutionName: executionNameOf(episode),
          Payload: Buffer.from(canonicalJson(episode)),
        });
      } catch (error) {
        // The severity was raised since: the execution reads that from the record.
        if (!isNamed(error, 'DurableExecutionAlreadyStartedException')) throw error;
      }
    },
    async wake(incident) {
      for (const id of await waitingCalls(pool(), incident)) await completeCallback(tools, id, 'changed');
    },
  };
}
