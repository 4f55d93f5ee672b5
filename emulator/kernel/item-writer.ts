import type { Pool } from 'pg';

interface Row {
  readonly kind: string;
  readonly key: string;
  /** JSON; null for an item to delete. */
  readonly text: string | null;
  readonly done: Promise<void>;
  readonly settle: (written: Promise<void>) => void;
}

/** The rows that one statement writes, by `idOf`. */
type Batch = Map<string, Row>;

/** Only a seed writes more at once; PostgreSQL takes 65,535 values. */
const MOST = 200;
/** Statements of up to so many rows are prepared: parsing one costs as much as running it. */
const PREPARED = 16;

/**
 * Writes items in the order in which they were put. Items that arrive while a statement runs share
 * the next one, and an unchanged item is not written again: every start puts hundreds of those.
 */
export class ItemWriter {
  private readonly pool: Pool;
  /** What each item is on disk, or will be once `done` resolves. */
  private readonly last = new Map<string, { readonly text: string; readonly done: Promise<void> }>();
  private readonly waiting: Batch[] = [];
  private writing = false;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  /** It is on disk already. */
  adopt(kind: string, key: string, text: string): void {
    this.last.set(idOf(kind, key), { text, done: WRITTEN });
  }

  /** Resolves once the item is durable. */
  put(kind: string, key: string, value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    const id = idOf(kind, key);
    const before = this.last.get(id);
    if (before?.text === text) return before.done;
    const latest = this.waiting.at(-1);
    const joins = latest && latest.size < MOST && first(latest)?.text !== null;
    const { done } = this.add(joins ? latest : this.newBatch(), id, { kind, key, text });
    const now = { text, done };
    this.last.set(id, now);
    // Otherwise the next try would assume that this one had succeeded.
    done.catch(() => this.last.get(id) === now && this.last.delete(id));
    return done;
  }

  /** Resolves once it is deleted durably. It has its own statement: an item that returns is ordered last. */
  delete(kind: string, key: string): Promise<void> {
    const id = idOf(kind, key);
    this.last.delete(id);
    return this.add(this.newBatch(), id, { kind, key, text: null }).done;
  }

  /** Of two puts under one key the later is written, for both. */
  private add(batch: Batch, id: string, item: Pick<Row, 'kind' | 'key' | 'text'>): Row {
    const { promise: done, resolve: settle } = Promise.withResolvers<void>();
    const row = { done, settle, ...batch.get(id), ...item };
    batch.set(id, row);
    return row;
  }

  private newBatch(): Batch {
    const batch: Batch = new Map();
    this.waiting.push(batch);
    if (!this.writing) {
      this.writing = true;
      // Not immediately, so that several puts in a row share one statement.
      queueMicrotask(() => void this.writeAll());
    }
    return batch;
  }

  private async writeAll(): Promise<void> {
    for (let batch = this.waiting.shift(); batch; batch = this.waiting.shift()) {
      const rows = [...batch.values()];
      try {
        await this.write(rows);
        rows.forEach(({ settle }) => settle(WRITTEN));
      } catch {
        // One row that the server refuses must not fail the others.
        for (const row of rows) await this.writeAlone(row);
      }
    }
    this.writing = false;
  }

  private async writeAlone(row: Row): Promise<void> {
    const written = this.write([row]);
    row.settle(written);
    await written.catch(() => undefined);
  }

  private async write(rows: readonly Row[]): Promise<void> {
    const [gone] = rows;
    if (gone?.text === null) {
      await this.pool.query('delete from item where kind = $1 and key = $2', [gone.kind, gone.key]);
      return;
    }
    const places = rows.map((_, i) => `($${i * 3 + 1}, $${i * 3 + 2}, $${i * 3 + 3})`);
    await this.pool.query({
      ...(rows.length <= PREPARED && { name: `put-${rows.length}` }),
      text: `insert into item (kind, key, value) values ${places.join(', ')}
             on conflict (kind, key) do update set value = excluded.value`,
      values: rows.flatMap(({ kind, key, text }) => [kind, key, text]),
    });
  }
}

const WRITTEN = Promise.resolve();
const first = (batch: Batch): Row | undefined => batch.values().next().value;
const idOf = (kind: string, key: string): string => `${kind} ${key}`;
