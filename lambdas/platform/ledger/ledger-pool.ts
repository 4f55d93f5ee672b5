import type { Pool, PoolClient, QueryConfig } from 'pg';
import type { Answered, Ledger } from './queryable.ts';

/** A connection that has not answered by then is given up: the next one takes a few milliseconds. */
const PROBE: QueryConfig & { query_timeout: number } = { text: 'select 1', query_timeout: 2_000 };

const SESSION = `select current_user as login, current_setting('TimeZone') as zone, current_setting('statement_timeout') as time`;

/** So many connections that are dead are tried; the pool holds fewer. */
const MOST_TRIES = 8;

/**
 * Connections on the ledger that outlive Lambda's freezing. Between two invocations no timer runs, and a connection may
 * end or fall silent with nobody to see it. So one that was used before is asked whether it still answers, whenever it
 * is taken: nothing was sent on it yet, so another can take its place. What comes after that is never sent twice. The
 * beginning of a transaction changes nothing either, so that it asks and begins in one.
 */
export class LedgerPool implements Ledger {
  private readonly make: () => Pool;
  private pool: Pool;
  private readonly known = new WeakSet<PoolClient>();

  constructor(make: () => Pool) {
    this.make = make;
    this.pool = make();
  }

  connect(): Promise<PoolClient> {
    return this.answering();
  }

  begin(sql: string): Promise<PoolClient> {
    return this.answering(sql);
  }

  private async answering(opening?: string): Promise<PoolClient> {
    for (let tries = 1; ; tries++) {
      const from = this.pool;
      const client = await from.connect();
      const isNew = !this.known.has(client);
      if (isNew) {
        this.known.add(client);
        // One that breaks while it is used says so to its query. Said to nobody, it would end the process.
        client.on('error', () => undefined);
      }
      try {
        if (isNew) await checkSession(client);
        if (opening !== undefined || !isNew) await client.query({ ...PROBE, text: opening ?? PROBE.text });
        return client;
      } catch (error) {
        client.release(error as Error);
        if (isNew || tries === MOST_TRIES) throw error;
        // The others have been idle as long.
        if (this.pool === from) this.renew();
      }
    }
  }

  async query<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Answered<Row>> {
    const client = await this.connect();
    let broken: Error | undefined;
    try {
      return await client.query<Row>(sql, values && [...values]);
    } catch (error) {
      broken = error as Error;
      throw error;
    } finally {
      client.release(broken);
    }
  }

  end(): Promise<void> {
    return this.pool.end();
  }

  private renew(): void {
    const old = this.pool;
    this.pool = this.make();
    // Ends those that are idle now, and the others when they are given back.
    old.end().catch(() => undefined);
  }
}

/** Start-up options are refused by RDS Proxy and PgBouncer: what a session needs, its login has. */
async function checkSession(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ login: string; zone: string; time: string }>(SESSION);
  const [{ login, zone, time } = { login: '?', zone: '?', time: '?' }] = rows;
  if (zone === 'UTC' && time !== '0') return;
  throw new Error(
    `the login ${login} has the time zone ${zone} and the statement_timeout ${time}; wanted UTC, and one that is ` +
      'not 0: as the administrator of the ledger run what `npm run grants -- all` prints',
  );
}
