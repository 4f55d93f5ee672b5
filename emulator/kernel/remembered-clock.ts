import { Clock } from './clock.ts';
import type { Store } from './store.ts';

/** How often the time is remembered while the clock does not jump, in real milliseconds. */
const BEAT_MS = 1000;
/** How far ahead: a sandbox that is killed between two beats must have shown no later time than it left behind. */
const AHEAD_MS = 3 * BEAT_MS;

/**
 * The clock goes on where the last sandbox on this state left it: exactly, if that was stopped; within seconds, and
 * never earlier, if it was killed.
 * @returns with `settle`, which ends the remembering with the exact time
 */
export async function rememberedClock(
  store: Store,
  start: Date | undefined,
): Promise<{ clock: Clock; settle: () => Promise<void> }> {
  const kept = store.collection<string>('sandbox.clock');
  const last = kept.get('now');
  const complain = (error: unknown): void => console.error('sandbox:', error);
  // One write at a time, each with the time as it is then: an older one cannot overtake a newer one.
  let writing = Promise.resolve();
  let waiting = false;
  const remember = (): void => {
    if (waiting) return;
    waiting = true;
    writing = writing.then(() => {
      waiting = false;
      return kept.put('now', new Date(clock.now().getTime() + AHEAD_MS).toISOString()).catch(complain);
    });
  };
  const clock = new Clock(last === undefined ? (start ?? new Date()) : new Date(last), complain, remember);
  remember();
  const beat = setInterval(remember, BEAT_MS).unref();
  return {
    clock,
    async settle() {
      clearInterval(beat);
      await writing;
      await kept.put('now', clock.now().toISOString());
    },
  };
}
