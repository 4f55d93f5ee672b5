import { migrate } from '../../lambdas/record/migrate.ts';
import { migrations } from '../../lambdas/record/migrations.ts';
import { bootLedger } from '../support/ledger.ts';

const ledger = bootLedger({ each: true, migrated: false });

test('applies every migration once, also when two are called at the same time', async () => {
  const results = await Promise.all([
    migrate(ledger.responder, migrations),
    migrate(ledger.responder, migrations),
  ]);
  expect(results.flat().sort((a, b) => a - b)).toEqual(migrations.map(({ version }) => version));
  await expect(migrate(ledger.responder, migrations)).resolves.toEqual([]);
});

test('leaves nothing of a migration that fails half-way, and says why', async () => {
  const broken = {
    version: migrations.length + 1,
    name: 'broken',
    sql: 'create table responder.half (x int); select 1/0',
  };
  await expect(migrate(ledger.responder, [...migrations, broken])).rejects.toThrow('division by zero');
  const { rows } = await ledger.admin.query(
    `select to_regclass('responder.half') as half, to_regclass('responder.run') as run`,
  );
  expect(rows).toEqual([{ half: null, run: 'responder.run' }]);
});

test('refuses a schema that is newer than the code', async () => {
  const future = { version: migrations.length + 1, name: 'future', sql: 'select 1' };
  await migrate(ledger.responder, [...migrations, future]);
  await expect(migrate(ledger.responder, migrations)).rejects.toThrow(
    /holds migration \d+ "future".*or a newer one/,
  );
});

test('builds indexes while the ledger is in use, and goes on where a call was broken off', async () => {
  const before = migrations.filter(({ concurrent }) => !concurrent);
  const concurrent = migrations.filter((one) => one.concurrent);
  expect(concurrent).not.toEqual([]);
  await migrate(ledger.responder, before.slice(0, (concurrent[0]?.version ?? 0) - 1));
  // As a call leaves it that died in the middle.
  await ledger.admin.query(`create index run_incident on responder.run (incident_id);
    update pg_index set indisvalid = false where indexrelid = 'responder.run_incident'::regclass`);
  const writer = await ledger.admin.connect();
  try {
    await writer.query('begin');
    await writer.query(`insert into responder.switch values ('all', false, now(), 'sre-one', 'a test')`);
    const migrating = Promise.all([
      migrate(ledger.responder, migrations),
      migrate(ledger.responder, migrations),
    ]);
    await writer.query('commit');
    expect((await migrating).flat().sort((a, b) => a - b)).toEqual(
      migrations.slice((concurrent[0]?.version ?? 0) - 1).map(({ version }) => version),
    );
  } finally {
    writer.release();
  }
  const names = concurrent.flatMap(({ sql }) =>
    [...sql.matchAll(/if not exists (\w+) on/g)].map(([, name]) => `responder.${name}`),
  );
  const { rows } = await ledger.admin.query(
    `select count(*)::int as built, bool_and(indisvalid) as valid,
            pg_get_indexdef('responder.run_incident'::regclass) as first
     from pg_index where indexrelid::regclass::text = any($1)`,
    [names],
  );
  const first = expect.stringContaining('(incident_id, opened_at)') as string;
  expect(rows).toEqual([{ built: names.length, valid: true, first }]);
});

test('the last entries of chains from before are kept, also of one that grows meanwhile', async () => {
  const at = migrations.findIndex(({ name }) => name === 'past-heads');
  await migrate(ledger.responder, migrations.slice(0, at - 1));
  const append = (chain: string, key: string) =>
    ledger.responder.query(
      `insert into responder.audit (chain, key, at, kind, body) values ($1, $2, '2026-11-23T14:00:00.000Z', 'a', '{}')`,
      [chain, key],
    );
  for (const key of ['1', '2']) for (const chain of ['people', 'INC-a', 'INC-b']) await append(chain, key);
  await migrate(ledger.responder, migrations.slice(0, at));
  await append('INC-a', '3');
  await migrate(ledger.responder, migrations);
  const { rows } = await ledger.admin.query(`
    select chain, seq, (chain, seq, hash) in (select chain, seq, hash from responder.audit) as held
    from responder.audit_head order by chain`);
  expect(rows).toEqual([
    { chain: 'INC-a', seq: 3, held: true },
    { chain: 'INC-b', seq: 2, held: true },
    { chain: 'people', seq: 2, held: true },
  ]);
});
