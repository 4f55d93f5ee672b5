/** Real milliseconds, far more than any machine needs: below jest's own limit, so that a failure says what was awaited. */
const LIMIT_MS = 150_000;
const PAUSE_MS = 10;

/**
 * Waits until `check` gives something that is neither undefined nor false, and throws nothing. For what happens in
 * other processes; what happens on the emulator's clock is waited for by `advanceUntil`.
 * @throws with `what` if it does not come
 */
export async function eventually<T>(
  what: string,
  check: () => T | false | undefined | Promise<T | false | undefined>,
  limitMs = LIMIT_MS,
): Promise<T> {
  const began = performance.now();
  for (;;) {
    let cause: unknown;
    try {
      const found = await check();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      cause = error;
    }
    if (performance.now() - began > limitMs)
      throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`, { cause });
    await new Promise((again) => setTimeout(again, PAUSE_MS));
  }
}

/** Many turns of the event loop: what is about to happen by itself, without another process, has happened then. */
export async function turns(count = 50): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((turn) => setImmediate(turn));
}
