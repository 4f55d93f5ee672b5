-- A value may be published again without being measured again.
alter table responder.measurement add column measured_at timestamptz;
update responder.measurement set measured_at = at;
alter table responder.measurement alter column measured_at set not null;
