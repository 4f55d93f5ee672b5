import { Collection, WRITES_NOTHING } from '../../kernel/store.ts';
import type { Store } from '../../kernel/store.ts';

/**
 * A store without PostgreSQL, for tests of services. It refuses what would not survive the real store's JSON
 * (a Date, a Map, NaN…), so that a test finds it and not the restart.
 */
export function memoryStore(): Pick<Store, 'collection'> {
  const collections = new Map<string, Collection<unknown>>();
  return {
    collection<T>(kind: string): Collection<T> {
      let found = collections.get(kind);
      if (!found) collections.set(kind, (found = new MemoryCollection(kind)));
      return found as Collection<T>;
    },
  };
}

class MemoryCollection extends Collection<unknown> {
  private readonly label: string;

  constructor(kind: string) {
    super(WRITES_NOTHING, kind);
    this.label = kind;
  }

  override async put(key: string, value: unknown): Promise<void> {
    assertJson(value, `${this.label}['${key}']`);
    await super.put(key, value);
  }
}

function assertJson(value: unknown, path: string): void {
  if (value === null || value === undefined || typeof value === 'string' || typeof value === 'boolean')
    return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    value.forEach((item, i) => assertJson(item, `${path}[${i}]`));
    return;
  }
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined;
  if (typeof value === 'object' && (prototype === Object.prototype || prototype === null)) {
    for (const [name, member] of Object.entries(value)) assertJson(member, `${path}.${name}`);
    return;
  }
  throw new TypeError(
    `${path} is ${Object.prototype.toString.call(value)} and would not survive the store's JSON: keep dates as ISO strings, bytes as base64`,
  );
}
