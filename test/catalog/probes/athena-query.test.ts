import type {
  Athena,
  GetQueryExecutionCommandInput,
  GetQueryResultsCommandInput,
  GetWorkGroupCommandInput,
  StartQueryExecutionCommandInput,
  WorkGroup,
} from '@aws-sdk/client-athena';
import { Athena as EmulatedAthena } from '../../../emulator/aws/athena.ts';
import { S3 } from '../../../emulator/aws/s3.ts';
import { ROOT } from '../../../emulator/kernel/credentials.ts';
import { scratchDir } from '../../../emulator/test/support/scratch.ts';
import { makeWorld } from '../../../emulator/test/wire/serve.ts';
import { queriesIn, queryAthena, resultsOf } from '../../../lambdas/catalog/probes/athena-query.ts';
import { exampleSettings } from '../../support/settings.ts';

const settings = exampleSettings({});

/** Athena that answers so about every query, and notes which are stopped. */
function athena(state: string | Error, stop: () => Promise<object> = async () => ({})) {
  const stopped: unknown[] = [];
  const client = {
    getWorkGroup: async () => ({ WorkGroup: { Name: 'commercial-ops' } }),
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

describe('where results go', () => {
  const asked = (Configuration: WorkGroup['Configuration'], State: WorkGroup['State'] = 'ENABLED') =>
    resultsOf(
      {
        getWorkGroup: async () => ({ WorkGroup: { Name: 'commercial-ops', State, Configuration } }),
      } as never,
      settings,
    );
  const ours = 's3://commercial-ops-athena-results/responder/';
  const enforced = (OutputLocation?: string) => ({
    EnforceWorkGroupConfiguration: true,
    ...(OutputLocation !== undefined && { ResultConfiguration: { OutputLocation } }),
  });

  test('the workgroup of Commercial-Ops is asked, and its settings are followed', async () => {
    const chosen = { ResultConfiguration: { OutputLocation: ours } };
    expect(await asked({})).toEqual(chosen);
    expect(await asked({ ResultConfiguration: { OutputLocation: 's3://elsewhere/' } })).toEqual(chosen);
    expect(await asked({ ManagedQueryResultsConfiguration: { Enabled: true } })).toEqual({});
    for (const place of [ours, ours.slice(0, -1), `${ours}below/`])
      expect(await asked(enforced(place))).toEqual({});
  });

  test.each([
    [enforced('s3://theirs/x'), 'ENABLED', /into s3:\/\/theirs\/x\/, .* set estate\.athena\.resultsBucket/],
    [
      enforced('s3://commercial-ops-athena-results/responder2/'),
      'ENABLED',
      /may write to s3:\/\/\S+responder\/ only/,
    ],
    [enforced(), 'ENABLED', /into no place/],
    [{}, 'DISABLED', /is disabled: enable it/],
  ] as const)(
    'a workgroup with %j that is %s is refused before the query',
    async (configuration, state, why) => expect(asked(configuration, state)).rejects.toThrow(why),
  );

  test('the responder’s own workgroup needs no question', async () => {
    const queries = { workgroup: 'responder', bucket: 'ours', prefix: 'results' };
    expect(queriesIn({ ...settings, queries })).toBe(queries);
    expect(await resultsOf({} as never, { ...settings, queries })).toEqual({});
  });
});

test('a query over the limit of its workgroup says whose limit it is', async () => {
  const { client } = athena('CANCELLED');
  const limited = {
    ...client,
    getQueryExecution: async () => ({
      QueryExecution: {
        WorkGroup: 'responder',
        Status: { State: 'CANCELLED', StateChangeReason: 'Bytes scanned limit was exceeded' },
      },
    }),
  } as unknown as Athena;
  await expect(queryAthena(limited, settings, 'select 1')).rejects.toThrow(
    /limit was exceeded; raise the limit of workgroup responder/,
  );
});

describe('in the emulated Athena', () => {
  const world = makeWorld();
  const s3 = new S3({ ...world, dataDir: scratchDir() });
  const emulated = new EmulatedAthena({ ...world, s3 });
  const as = { principal: ROOT };
  const client = {
    getWorkGroup: async (input: GetWorkGroupCommandInput) => emulated.getWorkGroup(input),
    startQueryExecution: (input: StartQueryExecutionCommandInput) => emulated.startQueryExecution(input, as),
    getQueryExecution: async (input: GetQueryExecutionCommandInput) => emulated.getQueryExecution(input),
    getQueryResults: (input: GetQueryResultsCommandInput) => emulated.getQueryResults(input),
  } as unknown as Athena;
  const bucket = settings.estate.athena.resultsBucket;
  const inWorkgroup = async (group: object) => {
    emulated.putWorkgroup({ name: 'commercial-ops', ...group });
    const { estate } = settings;
    const athena = { ...estate.athena, database: 'default' };
    const { rows } = await queryAthena(
      client,
      { ...settings, estate: { ...estate, athena } },
      'select 1 as n',
    );
    return [rows, s3.list(bucket).length];
  };

  beforeAll(() => s3.createBucket(bucket));
  afterAll(async () => {
    await world.clock.idle();
    await emulated.close();
    world.clock.stop();
  });

  test('a query runs in whatever workgroup Commercial-Ops has, or says what to set', async () => {
    expect(await inWorkgroup({})).toEqual([[{ n: '1' }], 1]);
    expect(await inWorkgroup({ results: `s3://${bucket}/responder`, enforced: true })).toEqual([
      [{ n: '1' }],
      2,
    ]);
    expect(await inWorkgroup({ managed: true })).toEqual([[{ n: '1' }], 2]);
    await expect(inWorkgroup({ results: 's3://elsewhere/', enforced: true })).rejects.toThrow(
      /resultsPrefix/,
    );
  });
});
