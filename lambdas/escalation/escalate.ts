import type { Pool } from 'pg';
import type { Journal } from '../engine/journal.ts';
import type { ReadTools } from '../engine/tools.ts';
import type { Notify } from '../notify/notify.ts';
import type { Settings } from '../settings.ts';
import type { EpisodeCall } from './call.ts';

export interface CallingWorld {
  readonly settings: Settings;
  readonly pool: () => Pool;
  readonly tools: ReadTools;
  readonly notify: Notify;
  readonly now: () => Date;
}

export async function escalate(call: EpisodeCall, journal: Journal, world: CallingWorld): Promise<unknown> {
  await journal.pause('later', world.settings.people.stormMinutes);
  return { incident: call.incident };
}
