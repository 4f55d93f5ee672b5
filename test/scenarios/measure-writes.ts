import type { Pool } from 'pg';

/** Transactions that have written to the ledger as the responder since the measuring began. */
export type CountWrites = () => Promise<number>;

/**
 * Lets the database itself note, row by row, in which transaction the responder writes. Its login may write to
 * nothing but its own schema and the audit trail, so no write escapes; a transaction rolled back takes its note along.
 * @param admin on a database that is thrown away afterwards
 */
export async function measureWrites(admin: Pool): Promise<CountWrites> {
  await admin.query(`
    create schema measured;
    create table measured.write (transaction xid8 not null, login text not null);
    create function measured.note() returns trigger language plpgsql security definer as $$
    begin
      insert into measured.write values (pg_current_xact_id(), session_user);
      return null;
    end $$;
    do $$
    declare tab record;
    begin
      for tab in select schemaname, tablename from pg_tables
                 where schemaname = 'responder' or (schemaname, tablename) = ('public', 'audit_event') loop
        execute format('create trigger measured after insert or update or delete on %I.%I
                        for each row execute function measured.note()', tab.schemaname, tab.tablename);
      end loop;
    end $$`);
  return async () => {
    const { rows } = await admin.query<{ count: number }>(
      `select count(distinct transaction)::int as count from measured.write where login = 'responder'`,
    );
    return rows[0]?.count ?? 0;
  };
}
