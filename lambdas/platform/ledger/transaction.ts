import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { isUnanswered, UnansweredError } from '../unanswered.ts';
import type { Connection, Ledger, Queryable } from './queryable.ts';

/** `snapshot`: everything is read as of one moment. The server refuses writes in all but `read write`. */
type Mode = 'read write' | 'read only' | 'snapshot';

const BEGIN: Readonly<Record<Mode, string>> = {
  'read write': 'begin',
  'read only': 'begin transaction read only',
  snapshot: 'begin transaction isolation level repeatable read read only',
};

/** One transaction; a failed one closes its connection, which rolls back whatever state it is in. */
export function transaction<T>(
  ledger: Pool,
  work: (client: PoolClient) => Promise<T>,
  mode?: Mode,
): Promise<T>;
export function transaction<T>(
  ledger: Ledger,
  work: (client: Queryable) => Promise<T>,
  mode?: Mode,
): Promise<T>;
export async function transaction<T, Client extends Connection>(
  ledger: { connect(): Promise<Client> },
  work: (client: Client) => Promise<T>,
  mode: Mode = 'read write',
): Promise<T> {
  const client = await ledger.connect();
  let broken: Error | undefined;
  try {
    await client.query(BEGIN[mode]);
    const result = await work(client);
    await client.query('commit').catch(committing);
    return result;
  } catch (error) {
    broken = error as Error;
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A connection that breaks before is rolled back; from here on only PostgreSQL's own answer says what became of it. */
function committing(error: unknown): never {
  if (error instanceof DatabaseError && !isUnanswered(error)) throw error;
  throw new UnansweredError('the ledger did not answer whether it has committed', { cause: error });
}
