import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { isUnanswered, UnansweredError } from '../unanswered.ts';

/** One transaction; a failed one closes its connection, which rolls back whatever state it is in. */
export async function transaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('begin');
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
