import type { Pool } from 'pg';
import { ItemWriter } from './item-writer.ts';

/** Writes through what a collection holds; each promise resolves once that is durable. */
interface Writer {
  put(kind: string, key: string, value: unknown): Promise<void>;
  delete(kind: string, key: string): Promise<void>;
}

/** For what is thrown away when its process ends. */
export const WRITES_NOTHING: Writer = { put: async () => undefined, delete: async () => undefined };

/**
 * The emulator's memory: every service keeps its state in collections that are held in memory and written
 * through to PostgreSQL, so that a killed emulator finds its world as it left it.
 * Values are JSON: keep dates as ISO strings.
 */
export class Store {
  private readonly writer: Writer;
  private readonly collections = new Map<string, Collection<unknown>>();

  private constructor(writer: Writer) {
    this.writer = writer;
  }

  /**
   * @param options.readOnly nothing is written: for a world that is thrown away when it stops, where writing is most
   * of what a call costs
   */
  static async open(pool: Pool, { readOnly = false }: { readOnly?: boolean } = {}): Promise<Store> {
    await pool.query(`create table if not exists item (
      kind text not null, key text not null, seq bigint generated always as identity, value json not null,
      primary key (kind, key))`);
    const writer = readOnly ? undefined : new ItemWriter(pool);
    const store = new Store(writer ?? WRITES_NOTHING);
    const { rows } = await pool.query<{ kind: string; key: string; value: string }>(
      'select kind, key, value::text from item order by seq',
    );
    for (const { kind, key, value } of rows) {
      store.collection(kind).adopt(key, JSON.parse(value));
      writer?.adopt(kind, key, value);
    }
    return store;
  }

  /** The collection of that kind, e.g. `glue.run`; made on first use. */
  collection<T>(kind: string): Collection<T> {
    let found = this.collections.get(kind);
    if (!found) this.collections.set(kind, (found = new Collection<unknown>(this.writer, kind)));
    return found as Collection<T>;
  }
}

export class Collection<T> {
  private readonly writer: Writer;
  private readonly kind: string;
  private readonly items = new Map<string, T>();

  constructor(writer: Writer, kind: string) {
    this.writer = writer;
    this.kind = kind;
  }

  get(key: string): T | undefined {
    return this.items.get(key);
  }

  /** In the order in which they were first put. */
  all(): T[] {
    return [...this.items.values()];
  }

  entries(): [string, T][] {
    return [...this.items];
  }

  /** Visible immediately; durable when the promise resolves. */
  async put(key: string, value: T): Promise<void> {
    this.items.set(key, value);
    await this.writer.put(this.kind, key, value);
  }

  async delete(key: string): Promise<void> {
    this.items.delete(key);
    await this.writer.delete(this.kind, key);
  }

  /** @internal for `Store.open` */
  adopt(key: string, value: unknown): void {
    this.items.set(key, value as T);
  }
}
