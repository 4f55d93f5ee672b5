import { DatabaseError, type PoolClient } from 'pg';
import { classify, RolledBackError } from '../error-class.ts';
import { isUnanswered, UnansweredError } from '../unanswered.ts';
import type { Connection, Ledger, Queryable } from './queryable.ts';

/** `snapshot`: everything is read as of one moment. The server refuses writes in all but `read write`. */
type Mode = 'read write' | 'read only' | 'snapshot';

const BEGIN: Readonly<Record<Mode, string>> = {
  'read write': 'begin',
  'read only': 'begin transaction read only',
  snapshot: 'begin transaction isolation level repeatable read read only',
};

interface Begins<Client> {
  connect(): Promise<Client>;
  begin?(sql: string): Promise<Client>;
}

/** A failed transaction closes its connection, which rolls back whatever its state. */
export function transaction<T>(
  ledger: Begins<PoolClient>,
  work: (client: PoolClient) => Promise<T>,
  mode?: Mode,
): Promise<T>;
export function transaction<T>(
  ledger: Ledger,
  work: (client: Queryable) => Promise<T>,
  mode?: Mode,
): Promise<T>;
export async function transaction<T, Client extends Connection>(
  ledger: Begins<Client>,
  work: (client: Client) => Promise<T>,
  mode: Mode = 'read write',
): Promise<T> {
  const begin = BEGIN[mode];
  const client = await (ledger.begin?.(begin) ?? ledger.connect()).catch(broke);
  let broken: Error | undefined;
  try {
    if (!ledger.begin) await client.query(begin);
    const result = await work(client);
    await client.query('commit').catch(committing);
    return result;
  } catch (error) {
    broken = error as Error;
    return broke(error);
  } finally {
    client.release(broken);
  }
}

/** The ledger fell silent before the commit was sent: nothing was changed. Whom else `work` has asked is unknown. */
function broke(error: unknown): never {
  const { name, $metadata } = error as Partial<Error> & { $metadata?: unknown };
  if ($metadata !== undefined || name === UnansweredError.NAME || !isUnanswered(error)) throw error;
  throw new RolledBackError(`${classify(error).words ?? 'the ledger fell silent'}; nothing was changed`, {
    cause: error,
  });
}

/**
 * If the connection breaks earlier, the server rolls back; from here on only PostgreSQL's answer says
 * how it ended.
 */
function committing(error: unknown): never {
  if (error instanceof DatabaseError && !isUnanswered(error)) throw error;
  throw new UnansweredError('the ledger did not answer whether it has committed', { cause: error });
}
