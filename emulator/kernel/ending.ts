/** What ends the parts of something that runs, in the order in which they must end. */
export type Ending = (() => unknown)[];

/** Each of them, even if one fails. @throws what the first one failed with */
export async function endAll(ending: Ending): Promise<void> {
  const failures: unknown[] = [];
  for (const end of ending) {
    try {
      await end();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * What `start` has begun ends when it fails.
 * @throws what made it fail: that is worth more than what could not be ended because of it
 */
export async function unwound<T>(start: (ending: Ending) => Promise<T>): Promise<T> {
  const ending: Ending = [];
  try {
    return await start(ending);
  } catch (error) {
    await endAll(ending).catch(() => undefined);
    throw error;
  }
}
