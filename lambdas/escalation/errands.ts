import type { Pool } from 'pg';
import type { EpisodeState, Told } from '../record/calls.ts';
import { putJira } from '../record/calls.ts';
import type { Settings } from '../settings.ts';
import type { EpisodeCall } from './call.ts';
import type { Errand } from './next-move.ts';

export interface ErrandWorld {
  readonly settings: Settings;
  readonly pool: () => Pool;
  readonly now: Date;
}

/** Each may be done twice: opening an issue and commenting on it are idempotent by the incident, a draft by its hash. */
export interface ErrandTools {
  readonly openIssue: (
    call: EpisodeCall,
    state: EpisodeState,
    settings: Settings,
  ) => Promise<{ key: string; url: string }>;
  readonly comment: (call: EpisodeCall, state: EpisodeState, settings: Settings) => Promise<void>;
  readonly draft: (call: EpisodeCall, world: ErrandWorld) => Promise<void>;
}

/** What is done once for an episode, and tried again until it is. @returns what became of it; it does not throw */
export type RunErrand = (
  errand: { readonly kind: Errand; readonly dueAt: string },
  call: EpisodeCall,
  state: EpisodeState,
  world: ErrandWorld,
) => Promise<Told>;

export const createErrands =
  (tools: ErrandTools): RunErrand =>
  async ({ kind, dueAt }, call, state, world) => {
    const at = world.now.toISOString();
    const before = state.told.find(({ what }) => what === kind);
    const recipient = kind === 'draft' ? 'postmortem' : 'jira';
    const tried = {
      what: kind,
      recipient,
      dueAt,
      tries: (before?.tries ?? 0) + 1,
      triedAt: at,
      confirmed: null,
    };
    if (recipient === 'jira' && !world.settings.people.jira)
      return { ...tried, toldAt: null, confirmed: 0, why: 'no Jira is configured' };
    try {
      if (kind === 'jira') {
        const issue = await tools.openIssue(call, state, world.settings);
        await putJira(world.pool(), call.incident, call.episode, { ...issue, at });
      } else if (kind === 'jira-comment') await tools.comment(call, state, world.settings);
      else await tools.draft(call, world);
      return { ...tried, toldAt: at, why: before?.why ?? null };
    } catch (error) {
      const why = before?.why ?? `first tried at ${at}: ${(error as Error).message}`;
      return { ...tried, toldAt: null, why };
    }
  };
