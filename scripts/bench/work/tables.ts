/** What the work is about, and where the hand-written scripts keep theirs; the engine has its record, and its executions. */
export const TABLES = `
create schema bench;
create table bench.copy (tenant int primary key, newest timestamptz not null);
create table bench.period (tenant int primary key, state text not null);
create table bench.claim (alarm text primary key, at timestamptz not null default now());
create table bench.outcome (alarm text primary key, outcome text not null, why text not null, at timestamptz not null default now());
create table bench.step (alarm text, number int, name text not null, said text not null, at timestamptz not null default now(), primary key (alarm, number));
create table bench.execution (name text primary key, record jsonb not null, running boolean not null);
insert into bench.copy select tenant, now() - interval '4 days' from generate_series(0, 999) tenant;
insert into bench.period select tenant, 'open' from generate_series(0, 999) tenant;
grant usage on schema bench to public;
grant select on bench.copy, bench.period to public;
`;

/** The two looks, and the verification: the same statements for every contender. */
export const NEWEST = 'select newest from bench.copy where tenant = $1';
export const PERIOD = 'select state from bench.period where tenant = $1';
export const VERIFIED = 'select count(*)::int as copies from bench.copy where tenant = $1';

/** `bench-17` is about tenant 17. */
export const tenantOf = (alarm: string): number => Number(alarm.slice(alarm.lastIndexOf('-') + 1)) % 1_000;
