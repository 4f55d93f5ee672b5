import type { Athena } from '@aws-sdk/client-athena';
import { queryAthena } from '../../../lambdas/catalog/probes/athena-query.ts';
import { exampleSettings } from '../../support/settings.ts';

const settings = exampleSettings({});

/** Athena that answers so about every query, and notes which are stopped. */
function athena(state: string | Error, stop: () => Promise<object> = async () => ({})) {
  const stopped: unknown[] = [];
  const client = {
    startQueryExecution: async () => ({ QueryExecutionId: 'q-1' }),
    getQueryExecution: async () => {
      if (state instanceof Error) throw state;
      return { QueryExecution: { Status: { State: state, StateChangeReason: 'so' } } };
    },
    getQueryResults: async () => ({ ResultSet: { Rows: [] } }),
    stopQueryExecution: async ({ QueryExecutionId }: { QueryExecutionId: string }) => {
      stopped.push(QueryExecutionId);
      return stop();
    },
  } as unknown as Athena;
  return { client, stopped };
}

const throttled = Object.assign(new Error('Rate exceeded'), { name: 'TooManyRequestsException' });

test.each([
  ['waits in the queue for too long', 'QUEUED', ['q-1'], /did not end within 0\.1 s/],
  ['runs for too long', 'RUNNING', ['q-1'], /did not end within 0\.1 s/],
  ['can no longer be asked about', throttled, ['q-1'], /Rate exceeded/],
  ['has failed', 'FAILED', [], /Athena failed query q-1: so/],
  ['was stopped by somebody else', 'CANCELLED', [], /Athena cancelled query q-1: so/],
  ['has succeeded', 'SUCCEEDED', [], undefined],
] as const)('a query that %s is stopped if it would go on', async (_what, state, wanted, error) => {
  const { client, stopped } = athena(state);
  const asked = queryAthena(client, settings, 'select 1', 100);
  if (error) await expect(asked).rejects.toThrow(error);
  else await expect(asked).resolves.toMatchObject({ rows: [] });
  expect(stopped).toEqual(wanted);
});

test('that it could not be stopped does not hide why it was given up', async () => {
  const { client, stopped } = athena('QUEUED', () => Promise.reject(throttled));
  await expect(queryAthena(client, settings, 'select 1', 100)).rejects.toThrow(/did not end within/);
  expect(stopped).toEqual(['q-1']);
});
