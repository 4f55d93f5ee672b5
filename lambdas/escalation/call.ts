import * as z from 'zod';
import { SEVERITIES } from '../domain/decision.ts';
import { Target } from '../domain/run-request.ts';
import { readProof, type OrderKeys } from '../platform/order.ts';

/**
 * The order for one escalation: the episode whose people it calls. `Episode` of the record, as
 * sent.
 */
export const EpisodeCall = z.strictObject({
  incident: z.string().min(1).max(200),
  /** Missing when the ledger was unavailable. */
  number: z.int().min(1).optional(),
  episode: z.int().min(1),
  playbook: z.string().min(1).max(200),
  target: Target,
  severity: z.enum(SEVERITIES),
  openedAt: z.iso.datetime(),
  openedByRun: z.string().min(1).max(64),
});
export type EpisodeCall = z.infer<typeof EpisodeCall>;

/** The event of the escalation function. */
export const SignedCall = EpisodeCall.extend({ proof: z.string().max(200).optional() });

/**
 * Why nobody is called for it: neither the runner nor the sweep has ordered it.
 * @throws when the keys cannot be read
 */
export async function faultOfCall(event: unknown, keys: OrderKeys): Promise<string | undefined> {
  const read = await readProof('episode', event, keys, (door) =>
    door === 'runner' || door === 'sweep' ? undefined : `the door "${door}" may not have people called`,
  );
  return 'fault' in read ? read.fault : undefined;
}
