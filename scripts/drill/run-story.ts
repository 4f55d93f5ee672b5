import { differences } from '../../sandbox/as-expected.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import { follow, settle } from '../../sandbox/scenario.ts';
import { inWorldOfItsOwn, type DrillPlace } from './own-world.ts';

/** What came of a fault at a moment. */
export interface StoryResult {
  readonly name: string;
  readonly passed: boolean;
  /** In words; empty when it passed. */
  readonly differences: readonly string[];
  readonly outcomes: readonly string[];
  readonly metric: { readonly before: number | null; readonly after: number | null };
  /** Real time, the copying of the world included. */
  readonly seconds: number;
}

/** What `npm start` shows, in a copy of the world of that hour, from the moment on. */
export function runStory(fault: Fault, at: Date, place: DrillPlace): Promise<StoryResult> {
  const hour = new Date(at);
  hour.setUTCMinutes(0, 0, 0);
  return inWorldOfItsOwn(
    place,
    async (sandbox) => {
      // Settling has taken some minutes of its own.
      if (sandbox.clock.now() < at) await sandbox.clock.advanceTo(at);
      await settle(sandbox);
      const result = await follow(sandbox, fault);
      const differs = differences(fault, result);
      return {
        name: fault.name,
        passed: differs.length === 0,
        differences: differs,
        outcomes: result.runs.map(({ playbook, outcome }) => `${playbook} ${outcome ?? 'unfinished'}`),
        metric: result.metric,
      };
    },
    { isSound: ({ passed }) => passed, now: hour },
  );
}

export const brokenOff = ({ name }: Fault, error: string): StoryResult => ({
  name,
  passed: false,
  differences: [`it broke off: ${error}`],
  outcomes: [],
  metric: { before: null, after: null },
  seconds: 0,
});
