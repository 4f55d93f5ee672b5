import { Clock } from './clock.ts';
import type { Store } from './store.ts';

/** How often the time of a clock that runs is remembered while it does not jump, in real milliseconds. */
const BEAT_MS = 1000;
/** How far ahead it is written then: after a kill between two beats the clock must not go back. */
const AHEAD_MS = 3 * BEAT_MS;

/**
 * A clock that continues where the last emulator on this store left it: exactly, if that was
 * stopped or its clock stood still; within seconds, and never earlier, if its clock ran and it was
 * killed.
 * @returns with `settle`, which writes the exact time and ends the remembering
 */
export async function rememberedClock(
  store: Store,
  start: Date | undefined,
): Promise<{ clock: Clock; settle: () => Promise<void> }> {
  const kept = store.collection<string>('sandbox.clock');
  const last = kept.get('now');
  let ended = false;
  // What still runs in the background after the end can store nothing, as after a kill.
  const complain = (error: unknown): void => {
    if (!ended) console.error('emulator:', error);
  };
  let writing = Promise.resolve();
  // Put before anything else happens at that time: the store writes in this order.
  const remember = (): Promise<void> => {
    const ahead = 'ahead' in clock.read() ? AHEAD_MS : 0;
    return (writing = kept.put('now', new Date(clock.now().getTime() + ahead).toISOString()).catch(complain));
  };
  const clock = new Clock(last === undefined ? (start ?? new Date()) : new Date(last), complain, remember);
  await remember();
  const beat = setInterval(() => void remember(), BEAT_MS).unref();
  return {
    clock,
    async settle() {
      clearInterval(beat);
      await writing;
      await kept.put('now', clock.now().toISOString());
      ended = true;
    },
  };
}
