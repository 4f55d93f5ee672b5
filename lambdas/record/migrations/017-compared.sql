-- Rehearsals whose verdict is kept: the check for new ones reads only those without.
alter table responder.run add column compared boolean not null default false;
update responder.run set compared = true where run_id in (select run_id from responder.shadow);
