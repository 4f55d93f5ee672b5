import type { Clock } from '../kernel/clock.ts';
import type { Collection, Store } from '../kernel/store.ts';

export interface LogEvent {
  readonly id: string;
  readonly stream: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ingestedAt: number;
  readonly message: string;
}

/** Some successive events of a group, which are stored together. */
interface StoredChunk {
  readonly group: string;
  readonly number: number;
  readonly events: readonly LogEvent[];
}

interface Chunk {
  readonly number: number;
  readonly events: LogEvent[];
}

/** By time, and those of one moment in the order in which they came. */
export const compare = (a: Pick<LogEvent, 'at' | 'id'>, b: Pick<LogEvent, 'at' | 'id'>): number =>
  a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const CHUNK_EVENTS = 100;
/** A group keeps at least this many of its newest events; older chunks are dropped. */
export const KEPT_EVENTS = 20_000;

/**
 * The events of all groups. Events are added in memory, and changed chunks are written in the
 * background: many lines cost few writes. A crash loses the last lines, as with a log agent.
 */
export class LogStore {
  private readonly stored: Collection<StoredChunk>;
  private readonly clock: Clock;
  private readonly chunks = new Map<string, Chunk[]>();
  private readonly dirty = new Map<string, { group: string; chunk: Chunk }>();
  private writing = false;
  private nextId = 0;

  constructor(store: Pick<Store, 'collection'>, clock: Clock) {
    this.stored = store.collection<StoredChunk>('logs.chunk');
    this.clock = clock;
    for (const { group, number, events } of this.stored.all()) {
      this.of(group).push({ number, events: [...events] });
      for (const { id } of events) this.nextId = Math.max(this.nextId, Number(id) + 1);
    }
    for (const chunks of this.chunks.values()) chunks.sort((a, b) => a.number - b.number);
  }

  add(group: string, stream: string, message: string, at: number): void {
    const chunks = this.of(group);
    let chunk = chunks.at(-1);
    if (!chunk || chunk.events.length >= CHUNK_EVENTS) {
      chunk = { number: (chunk?.number ?? -1) + 1, events: [] };
      chunks.push(chunk);
      this.dropOldest(group, chunks);
    }
    const id = String(this.nextId++).padStart(20, '0');
    chunk.events.push({ id, stream, at, ingestedAt: this.clock.now().getTime(), message });
    this.dirty.set(keyOf(group, chunk), { group, chunk });
    this.write();
  }

  /** Oldest first. */
  events(group: string): LogEvent[] {
    return this.of(group)
      .flatMap(({ events }) => events)
      .sort(compare);
  }

  async forget(group: string): Promise<void> {
    const keys = this.of(group).map((chunk) => keyOf(group, chunk));
    this.chunks.delete(group);
    for (const key of keys) this.dirty.delete(key);
    await Promise.all(keys.map((key) => this.stored.delete(key)));
  }

  private dropOldest(group: string, chunks: Chunk[]): void {
    if ((chunks.length - 1) * CHUNK_EVENTS <= KEPT_EVENTS) return;
    const [oldest] = chunks.splice(0, 1);
    if (!oldest) return;
    const key = keyOf(group, oldest);
    this.dirty.delete(key);
    this.clock.spawn('log retention', () => this.stored.delete(key));
  }

  private write(): void {
    if (this.writing) return;
    this.writing = true;
    this.clock.spawn('log writing', async () => {
      try {
        // One turn later, so that the lines of one burst are written together.
        await new Promise((turn) => setImmediate(turn));
        while (this.dirty.size > 0) {
          const touched = [...this.dirty];
          this.dirty.clear();
          await Promise.all(
            touched.map(([key, { group, chunk }]) =>
              this.stored.put(key, { group, number: chunk.number, events: [...chunk.events] }),
            ),
          );
        }
      } finally {
        this.writing = false;
      }
    });
  }

  private of(group: string): Chunk[] {
    let chunks = this.chunks.get(group);
    if (!chunks) this.chunks.set(group, (chunks = []));
    return chunks;
  }
}

const keyOf = (group: string, { number }: Chunk): string => `${group} ${String(number).padStart(9, '0')}`;
