-- Of a follow-up task that failed: the service asks not to be asked again before this moment.
alter table responder.told add column not_before timestamptz;
