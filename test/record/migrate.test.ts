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
