import type { Pool } from 'pg';

/**
 * The ledger as an administrator watches it: triggers note every row that says who holds, ordered, approved or did what, with the
 * real time of its writing. Where a run is recorded as ended, the database itself says what was sick at that moment,
 * by SQL of the model's own: the product's looks and its record of their answers are what is being tested.
 */
export interface Note {
  readonly seq: number;
  /** Real milliseconds. */
  readonly wall: number;
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
  /** Only of a run that has just got its outcome: a crash after the commit writes the same again, later. */
  readonly sick: readonly string[] | null;
}

const WATCHED = [
  'responder.run',
  'responder.lock',
  'responder.standing',
  'responder.approval',
  'responder.approver',
  'job_run',
];

/** What is sick: `budget-stale`, `payment-mismatch`, `allocation-variance/2026-11`. */
const SETUP = `
create schema watched;
create table watched.note (
  seq bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(),
  tab text not null, row jsonb not null, sick text[]);
create table watched.healthy_allocation (period_start date, service text, usd numeric, primary key (period_start, service));

create function watched.sick(at timestamptz) returns text[] language sql security definer set search_path = public as $$
  select coalesce(array_agg(what order by what), '{}') from (
    select 'budget-stale' as what from budget_master budget
    join period_state on state = 'open' and to_char(period_start, 'YYYY-MM') = budget.period
    where last_refreshed_at < at - interval '24 hours'
    union
    select 'payment-mismatch' from invoice_header invoice
    left join (select invoice_id, sum(amount_usd) as usd from payment_txn where status = 'confirmed' group by 1) money using (invoice_id)
    where case invoice.status when 'paid' then coalesce(usd, 0) <> round(total_usd, 2) else coalesce(usd, 0) <> 0 end
    union
    select 'allocation-variance/' || to_char(healthy.period_start, 'YYYY-MM') from watched.healthy_allocation healthy
    left join (select period_start, service, sum(allocated_cost_usd) as usd from fact_cost_allocated group by 1, 2) now
      using (period_start, service)
    where abs(coalesce(now.usd, 0) - healthy.usd) > abs(healthy.usd) * 0.005
  ) sickness $$;

create function watched.note() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into watched.note (tab, row, sick) values (tg_table_name, to_jsonb(new),
    case when tg_table_name = 'run' and to_jsonb(new)->>'ended_at' is not null
          and (tg_op = 'INSERT' or to_jsonb(old)->>'outcome' is distinct from to_jsonb(new)->>'outcome')
         then watched.sick((to_jsonb(new)->>'ended_at')::timestamptz) end);
  return null;
end $$;
${WATCHED.map(
  (table) =>
    `create trigger watched after insert or update on ${table} for each row execute function watched.note();`,
).join('\n')}
grant usage on schema watched to public;`;

export class LedgerWatch {
  readonly notes: Note[] = [];
  private readonly pool: Pool;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  async setUp(): Promise<void> {
    await this.pool.query(SETUP);
    await this.allocationIsHealthy();
  }

  /** What is allocated now is what must be allocated. */
  async allocationIsHealthy(): Promise<void> {
    await this.pool.query(`
      truncate watched.healthy_allocation;
      insert into watched.healthy_allocation
      select period_start, service, sum(allocated_cost_usd) from fact_cost_allocated group by 1, 2`);
  }

  async sick(at: Date): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ sick: string[] }>('select watched.sick($1) as sick', [at]);
    return rows[0]?.sick ?? [];
  }

  /** What has been noted since the last look. */
  async look(): Promise<void> {
    const last = this.notes.at(-1)?.seq ?? 0;
    const { rows } = await this.pool.query<Note & { seq: string }>(
      `select seq, extract(epoch from at)::float8 * 1000 as wall, tab as table, row, sick
       from watched.note where seq > $1 order by seq`,
      [last],
    );
    this.notes.push(...rows.map((row) => ({ ...row, seq: Number(row.seq) })));
  }

  async forget(): Promise<void> {
    this.notes.length = 0;
    await this.pool.query('truncate watched.note restart identity');
  }
}
