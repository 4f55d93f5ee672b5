/** Has `free` called when what is being booted ends: the last first, and also when the boot fails midway. */
export type Defer = (free: () => unknown) => void;

export interface Booting {
  /** Boots before each test; by default once, before all tests of the file or of the `describe`. */
  readonly each?: boolean;
}

/** Boots something, uses it, and frees it. */
export async function using<T, R>(boot: (defer: Defer) => Promise<T>, use: (booted: T) => Promise<R>) {
  const frees = new Frees();
  try {
    return await use(await boot(frees.defer));
  } finally {
    await frees.all();
  }
}

/**
 * Registers the hooks that boot something and free it. Its members are for tests, and for hooks that are registered later.
 * Jest runs hooks that end in the order of their registration: what uses this and must end first is deferred, too.
 */
export function booted<T extends object>(
  boot: (defer: Defer) => T | Promise<T>,
  { each = false }: Booting = {},
): T {
  let current: T | undefined;
  const frees = new Frees();
  (each ? beforeEach : beforeAll)(async () => {
    current = await boot(frees.defer);
  });
  (each ? afterEach : afterAll)(async () => {
    current = undefined;
    await frees.all();
  });
  const now = (): T => {
    if (current) return current;
    throw new Error(
      'this is not booted yet, or has ended: use it in a test, or in a hook registered after it',
    );
  };
  return new Proxy({} as T, {
    get: (_, key) => Reflect.get(now(), key) as unknown,
    set: (_, key, value) => Reflect.set(now(), key, value),
    has: (_, key) => Reflect.has(now(), key),
  });
}

class Frees {
  private readonly frees: (() => unknown)[] = [];

  readonly defer: Defer = (free) => void this.frees.push(free);

  async all(): Promise<void> {
    const failed: unknown[] = [];
    for (const free of this.frees.splice(0).reverse())
      try {
        await free();
      } catch (error) {
        failed.push(error);
      }
    if (failed.length > 0)
      throw failed.length === 1 ? failed[0] : new AggregateError(failed, 'failed to end');
  }
}
