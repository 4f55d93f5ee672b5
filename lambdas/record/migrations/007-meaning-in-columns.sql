-- Codes, severities, levels and outcomes in columns of their own: no code reads them out of a text any more.

-- Messages of the escalation. `what` was 'SEV-2/rung-2', 'joined/1', or the kind itself.
alter table responder.told
  add column kind     text,
  -- Of a call: whose ladder, and which level of it; levels count from 1.
  add column severity text,
  add column level    integer,
  -- Of 'joined': which message of that kind.
  add column batch    integer,
  -- The run whose own message counts for this one: nothing else was sent.
  add column by_run   text;
update responder.told set
  kind = case when what ~ '^SEV-[1-4]/rung-[0-9]+$' then 'call' when what ~ '^joined/[0-9]+$' then 'joined' else what end,
  severity = substring(what from '^(SEV-[1-4])/rung-[0-9]+$'),
  level = substring(what from '^SEV-[1-4]/rung-([0-9]+)$')::int,
  batch = substring(what from '^joined/([0-9]+)$')::int,
  by_run = substring(why from '^told by run (.+)$'),
  why = case when why ~ '^told by run .' then null else why end;
-- With its column the primary key goes; the index below takes its place.
alter table responder.told
  drop column what,
  alter column kind set not null,
  add constraint told_kind check (kind in ('call', 'joined', 'stand-down', 'reminder', 'postmortem-late',
                                           'jira', 'jira-comment', 'draft')),
  add constraint told_call check ((severity is not null and level is not null) = (kind = 'call')),
  add constraint told_joined check ((batch is not null) = (kind = 'joined'));
create unique index told_once on responder.told
  (incident_id, episode, kind, coalesce(severity, ''), coalesce(level, 0), coalesce(batch, 0), recipient);

-- Why an episode has its severity, and who closed it: a code beside an id, no longer one or the other in one column.
alter table responder.episode
  add column severity_cause   text,
  add column severity_run     text,
  add column closed_by_run    text,
  add column closed_by_person text;
update responder.episode set
  severity_cause = case when severity_by in ('opening', 'persistence') then severity_by else 'run' end,
  severity_run = case when severity_by not in ('opening', 'persistence') then severity_by end,
  closed_by_run = case when exists (select from responder.run where run_id = closed_by) then closed_by end,
  closed_by_person = case when not exists (select from responder.run where run_id = closed_by) then closed_by end;
alter table responder.episode
  drop column severity_by,
  drop column closed_by,
  alter column severity_cause set not null,
  add constraint episode_severity_cause check (severity_cause in ('opening', 'persistence', 'run')),
  add constraint episode_severity_run check ((severity_run is not null) = (severity_cause = 'run'));
-- It named people, too; the episode says who.
alter table responder.incident drop column closed_by_run;

-- Steps: what became of a message, and that a wait was given up. An error's text may quote anything: it leaves the line
-- that people read, and stays in the detail.
update responder.step set detail = '{"delivery": "delivered"}' where name like 'notify:%' and tell like 'told%';
update responder.step set
  detail = jsonb_build_object('delivery', 'failed', 'error', substring(tell from '^nobody was told: (.*)$')),
  tell = 'nobody was told'
where name like 'notify:%' and tell like 'nobody was told%';
update responder.step set
  detail = jsonb_build_object('gaveUp', true, 'error', substring(tell from 'the last: no answer: (.*)$'))
    || case when name like 'notify:%' then '{"delivery": "failed"}'::jsonb else '{}'::jsonb end,
  tell = regexp_replace(tell, '(the last: no answer): .*$', '\1')
where tell ~ '^given up after [0-9]+ looks; the last: ';
-- What a step is: `act`, `wait`, `notify`, …; the rest of its name says of what.
alter table responder.step add column kind text generated always as (split_part(name, ':', 1)) stored;
