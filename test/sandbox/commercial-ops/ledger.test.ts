import { installLedger } from '../../../sandbox/commercial-ops/ledger.ts';
import { PASSWORDS } from '../../support/ledger.ts';
import { freshDatabase } from '../../../emulator/test/support/postgres.ts';
import { bootCommercialOps } from './boot.ts';

const world = bootCommercialOps();

const EVENT = `insert into audit_event (occurred_at, actor_type, actor_id, action, object_type, object_id)
  values ('2025-11-20Z', 'system', 'run', 'glue.start', 'period', '2025-11')`;

test('the ledger has its 22 tables, and the responder adds to the audit trail', async () => {
  const { rows } = await world.pool.query(`select from pg_tables where schemaname = 'public'`);
  expect(rows).toHaveLength(22);
  await world.responder.query(EVENT);
});

test.each([
  `update audit_event set action = 'nothing'`,
  `delete from audit_event`,
  `insert into period_state values ('2025-11-01', 'open', null, '2025-11-20Z')`,
  `delete from fact_cost_raw`,
  `select * from plan_master`,
  `create table public.mine (a int)`,
])('the responder may not: %s', async (sql) => {
  await expect(world.responder.query(sql)).rejects.toMatchObject({ code: '42501' });
});

test('the migration alone owns the responder’s schema', async () => {
  const { rows } = await world.pool.query<{ owner: string }>(
    `select nspowner::regrole::text as owner from pg_namespace where nspname = 'responder'`,
  );
  expect(rows).toEqual([{ owner: 'responder_migrate' }]);
  for (const pool of [world.pool, world.responder])
    await expect(pool.query('create table responder.theirs (a int)')).rejects.toMatchObject({
      code: '42501',
    });
});

test('both sessions speak UTC, and an installed ledger can be installed again', async () => {
  const zone = await world.responder.query<{ TimeZone: string }>('show timezone');
  expect(zone.rows[0]?.TimeZone).toBe('UTC');
  const other = await freshDatabase('again');
  await installLedger(other.pool, PASSWORDS);
  await installLedger(other.pool, PASSWORDS);
  await other.drop();
});
