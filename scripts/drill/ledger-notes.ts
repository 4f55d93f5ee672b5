import type { DatabaseError, Pool } from 'pg';

/**
 * Lets the database itself note what happens to it from now on, in the transaction in which it happens: a transaction
 * that is rolled back takes its notes along, and nothing rests on anybody's clock.
 * @param admin on a database that is thrown away afterwards, with the record's tables in it
 */
export async function beginNotes(admin: Pool): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await admin.query(NOTES);
      return;
    } catch (error) {
      // A job that the fault has begun writes to the same tables in an order of its own; all of it is rolled back.
      if ((error as DatabaseError).code !== '40P01' || tries === 5) throw error;
    }
  }
}

/**
 * Transactions of the logins that carry out runs, which wrote for a run: to its record, and to the audit trail. What a
 * person has commanded is no run's doing, nor is what the escalation keeps of the incident alone, nor what was measured, nor what a check of a
 * standing alarm keeps.
 */
export async function writesNoted(admin: Pool): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `select count(*)::int as count
     from (select from noted.write where login in ('responder_runner', 'responder_rehearser') group by transaction having not bool_or(commanded) and bool_or(of_run)) own`,
  );
  return rows[0]?.count ?? 0;
}

/** Tables that hold the business itself. */
const BUSINESS = [
  'fact_cost_raw',
  'fact_cost_allocated',
  'recon_summary',
  'period_state',
  'invoice_header',
  'invoice_detail',
  'payment_txn',
];

/** Of these tables those that somebody has written to since, and not one of the responder's logins. */
export async function tablesOfOthers(admin: Pool): Promise<ReadonlySet<string>> {
  const { rows } = await admin.query<{ name: string }>(
    `select table_name as name from noted.writer
     group by 1 having not bool_or(login like 'responder\\_%')`,
  );
  return new Set(rows.map(({ name }) => name));
}

const NOTES = `
create schema noted;

create table noted.write (transaction xid8 not null, login text not null, commanded boolean not null, of_run boolean not null);
create function noted.note_write() returns trigger language plpgsql security definer as $$
begin
  insert into noted.write values (pg_current_xact_id(), session_user,
    tg_table_name = 'command' or coalesce(to_jsonb(new) ->> 'actor_type' = 'operator_user', false),
    tg_table_name not in ('incident', 'episode', 'told', 'audit', 'audit_head', 'postmortem', 'used_link', 'measurement', 'last_end', 'transition'));
  return null;
end $$;
do $$
declare tab record;
begin
  for tab in select schemaname, tablename from pg_tables
             where schemaname = 'responder' or (schemaname, tablename) = ('public', 'audit_event') loop
    execute format('create trigger noted_write after insert or update or delete on %I.%I
                    for each row execute function noted.note_write()', tab.schemaname, tab.tablename);
  end loop;
end $$;

create table noted.writer (table_name text, login text, primary key (table_name, login));
create function noted.note_writer() returns trigger language plpgsql security definer as $$
begin
  insert into noted.writer values (tg_table_name, session_user) on conflict do nothing;
  return null;
end $$;
do $$
declare name text;
begin
  foreach name in array string_to_array('${BUSINESS.join(' ')}', ' ') loop
    execute format('create trigger noted_writer after insert or update or delete or truncate on public.%I
                    for each statement execute function noted.note_writer()', name);
  end loop;
end $$;

-- What was kept, intended and done, in the order in which it came.
create table noted.event (seq bigint generated always as identity, kind text not null, run_id text not null, key text not null);
create function noted.note_event() returns trigger language plpgsql security definer as $$
declare it jsonb := to_jsonb(new);
begin
  case tg_table_name
    when 'evidence' then insert into noted.event (kind, run_id, key) values ('evidence', it ->> 'run_id', it ->> 'key');
    when 'job_run' then
      insert into noted.event (kind, run_id, key)
      values ('job', regexp_replace(it ->> 'run_id', '-[0-9]+$', ''), it ->> 'run_id');
    when 'audit_event' then
      insert into noted.event (kind, run_id, key) values ('audit', it ->> 'actor_id', it ->> 'action');
  end case;
  return null;
end $$;
create trigger noted_event after insert on responder.evidence for each row execute function noted.note_event();
create trigger noted_event after insert on job_run for each row execute function noted.note_event();
create trigger noted_event after insert on audit_event for each row execute function noted.note_event();

-- Every invoice that is issued or paid, with what the ledger said of it at that very moment.
create table noted.invoice_step (
  seq bigint generated always as identity, invoice_id text not null, tenant_id text not null, period_start date not null,
  was text, became text not null, total_usd numeric, confirmed_usd numeric not null, reconciliation text);
create function noted.note_invoice() returns trigger language plpgsql security definer as $$
begin
  if tg_op = 'UPDATE' and old.status = new.status then return null; end if;
  insert into noted.invoice_step (invoice_id, tenant_id, period_start, was, became, total_usd, confirmed_usd, reconciliation)
  select new.invoice_id, new.tenant_id, new.period_start, case when tg_op = 'UPDATE' then old.status end, new.status,
         new.total_usd,
         (select coalesce(sum(amount_usd), 0) from payment_txn
          where invoice_id = new.invoice_id and status = 'confirmed'),
         (select string_agg(distinct status, '+') from recon_summary
          where period_start = new.period_start and service is null)
  where new.status in ('issued', 'paid');
  return null;
end $$;
create trigger noted_invoice after insert or update on invoice_header for each row execute function noted.note_invoice();
grant usage on schema noted to public;
`;
