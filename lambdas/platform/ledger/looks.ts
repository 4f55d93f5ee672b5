import type { PoolClient, QueryConfig } from 'pg';
import { setImmediate as turn } from 'node:timers/promises';
import { transaction } from './transaction.ts';
import type { Answered, Queryable } from './queryable.ts';

export interface Connections {
  connect(): Promise<PoolClient>;
}

interface Look {
  readonly statement: QueryConfig & { queryMode: 'extended' };
  readonly answer: (answered: Answered<never>) => void;
  readonly refuse: (error: unknown) => void;
}

/** A look that takes longer is slow: those behind it go on beside it. */
const SLOW_MS = 1_000;
/** Fewer than the pool has connections. */
const MOST_LANES = 3;

/** Any other statement has a transaction of its own: it might end this one, or change what it allows. */
const SHARES = /^\s*(select|with)\b/i;

/**
 * Statements in read-only transactions, which the server lets write nothing. Looks that are asked at once, or by what an
 * answer leads to right away, share one: a transaction of its own would cost each of them two more round trips. Each
 * still sees what is committed when it begins (no snapshot is shared: a look must not be older than the moment that it
 * is asked for). One that fails takes no other with it.
 */
export class Looks implements Queryable {
  private readonly pool: () => Connections;
  private readonly waiting: Look[] = [];
  private lanes = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(pool: () => Connections) {
    this.pool = pool;
  }

  query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Answered<Row>> {
    const statement = oneStatement(text, values);
    if (!SHARES.test(text))
      return transaction(this.pool(), (client) => client.query<Row>(statement), 'read only');
    return new Promise((answer, refuse) => {
      this.waiting.push({ statement, answer, refuse });
      if (this.lanes === 0) void this.lane();
      else this.lookOut();
    });
  }

  /** One transaction after the other, until nothing waits. */
  private async lane(): Promise<void> {
    this.lanes += 1;
    while (this.waiting.length > 0) await this.together();
    this.lanes -= 1;
    if (this.lanes > 0) return;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private async together(): Promise<void> {
    let mine: Look | undefined;
    try {
      await transaction(
        this.pool(),
        async (client) => {
          while ((mine = this.waiting.shift())) {
            const { answer, statement } = mine;
            answer(await client.query<never>(statement));
            mine = undefined;
            // What the answer leads to is asked by then.
            if (this.waiting.length === 0) await turn();
          }
        },
        'read only',
      );
    } catch (error) {
      // Without a connection none of them is answered. A commit that fails changes no answer.
      const failed = mine ? [mine] : this.waiting.splice(0);
      for (const { refuse } of failed) refuse(error);
    }
  }

  /** For those that wait behind a slow one. */
  private lookOut(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      if (this.waiting.length === 0) return;
      if (this.lanes < MOST_LANES) void this.lane();
      this.lookOut();
    }, SLOW_MS).unref();
  }
}

/** pg's extended protocol takes a single statement: in the other, `commit; …` would leave the read-only transaction. */
const oneStatement = (text: string, values: readonly unknown[]): Look['statement'] => ({
  text,
  values: [...values],
  queryMode: 'extended',
});
