/** The result of the first call; after a failure, the next call tries again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}

/**
 * What does not stay true, such as a secret: read again when it is older than the caller accepts. A
 * failure is not kept.
 */
export function recent<T>(make: () => Promise<T>, now = Date.now): (mostMs: number) => Promise<T> {
  let last: { readonly value: Promise<T>; readonly at: number } | undefined;
  return (mostMs) => {
    // A clock that was set back makes it old, too.
    const age = last ? now() - last.at : -1;
    if (last && age >= 0 && age < mostMs) return last.value;
    const value = make();
    const made = { value, at: now() };
    last = made;
    value.catch(() => {
      if (last === made) last = undefined;
    });
    return value;
  };
}
