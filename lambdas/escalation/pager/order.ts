import type { PlaybookName } from '../../catalog/playbooks/names.ts';
import type { Settings } from '../../platform/settings.ts';
import type { EpisodeState, MessageRecord } from '../../record/calls.ts';
import type { EpisodeCall } from '../call.ts';
import type { Move } from '../next-move.ts';

export type PageOrder = Move & { kind: 'page' };

/** Sends a pager one event. @returns how it ended; it does not throw */
export type Page = (
  order: PageOrder,
  call: EpisodeCall,
  state: EpisodeState,
  world: {
    readonly settings: Settings;
    readonly playbooks: readonly PlaybookName[];
    readonly now: () => Date;
  },
) => Promise<MessageRecord>;
