import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PoolClient } from 'pg';
import { transaction } from '../../lambdas/platform/ledger/transaction.ts';
import { isUnanswered, unanswered, UnansweredError } from '../../lambdas/platform/unanswered.ts';
import { bootLedger } from '../support/ledger.ts';

/** Errors as the SDK and PostgreSQL's client really throw them: which of them leave open what became of the request. */

const errorOf = async (work: Promise<unknown>): Promise<Error> => {
  const error: unknown = await work.then(() => undefined).catch((error: unknown) => error);
  if (!(error instanceof Error)) throw new Error('nothing was thrown; wanted an error');
  return error;
};

test('of AWS', async () => {
  const script = join(import.meta.dirname, 'failing-calls.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script]);
  expect(JSON.parse(stdout)).toEqual({
    'no answer in time': true,
    'broken off before the answer': true,
    'broken off in its head': true,
    'broken off in its body': true,
    'nobody listens': true,
    'given up on our side': true,
    AccessDeniedException: false,
    ThrottlingException: false,
    ConcurrentRunsExceededException: false,
    InternalServiceException: false,
  });
});

describe('of the ledger', () => {
  const ledger = bootLedger({ migrated: false });

  /** As a failover does. */
  async function breakOff(client: PoolClient): Promise<void> {
    client.on('error', () => undefined);
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const gone = new Promise((end) => client.once('end', end));
    await ledger.admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await gone;
  }
  const inTransaction = (work: (client: PoolClient) => Promise<unknown>): Promise<Error> =>
    errorOf(transaction(ledger.responder, work));

  test('it refuses a statement', async () => {
    expect(isUnanswered(await inTransaction((client) => client.query('select 1/0')))).toBe(false);
  });

  test('it refuses the commit', async () => {
    const error = await errorOf(
      transaction(ledger.admin, async (client) => {
        await client.query('create table once (a int unique deferrable initially deferred)');
        await client.query('insert into once values (1), (1)');
      }),
    );
    expect([error.name, isUnanswered(error)]).toEqual(['error', false]);
  });

  test('it breaks off before the commit: everything is rolled back, so that nothing is in doubt', async () => {
    const error = await inTransaction(async (client) => {
      await breakOff(client);
      await client.query('select 1');
    });
    expect(isUnanswered(error)).toBe(false);
  });

  test('it breaks off in the middle of a statement, which is rolled back', async () => {
    const error = await inTransaction(async (client) => {
      client.on('error', () => undefined);
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      const [slept] = await Promise.allSettled([
        client.query('select pg_sleep(60)'),
        ledger.admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]),
      ]);
      if (slept.status === 'rejected') throw slept.reason;
    });
    expect([error.name, error.message, isUnanswered(error)]).toEqual([
      'RolledBackError',
      'the server ended the connection (PostgreSQL 57P01); nothing was changed',
      false,
    ]);
  });

  test('it breaks off at the commit', async () => {
    const error = await inTransaction(breakOff);
    expect(error).toBeInstanceOf(UnansweredError);
    expect(error.message).toBe('the ledger did not answer whether it has committed');
  });
});

test('what is no error of a call is an answer, and what people read of one quotes nothing', () => {
  expect([undefined, 'ECONNRESET', new TypeError('no')].map(isUnanswered)).toEqual([false, false, false]);
  const mistake = new TypeError('no');
  expect(unanswered(mistake)).toBe(mistake);
  const silence = Object.assign(new Error('Acme Corp timed out'), { name: 'TimeoutError' });
  const told = unanswered(silence);
  expect([told.name, told.message, told.cause]).toEqual([
    'UnansweredError',
    'no answer came (TimeoutError)',
    silence,
  ]);
  expect(unanswered(told)).toBe(told);
});
