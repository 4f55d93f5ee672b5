import * as z from 'zod';
import { SEVERITIES } from '../domain/decision.ts';
import { Target } from '../domain/run-request.ts';

/**
 * The event of the escalation function: the episode whose people it calls. `Episode` of the record, as
 * sent.
 */
export const EpisodeCall = z.strictObject({
  incident: z.string().min(1).max(200),
  episode: z.int().min(1),
  playbook: z.string().min(1).max(200),
  target: Target,
  severity: z.enum(SEVERITIES),
  openedAt: z.iso.datetime(),
  openedByRun: z.string().min(1).max(64),
});
export type EpisodeCall = z.infer<typeof EpisodeCall>;
