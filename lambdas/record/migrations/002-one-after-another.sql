-- A run that is a symptom of another fault belongs to that fault's incident, and follows once it is over.
alter table responder.run add column waits_for text;

-- The order in which runs came on record: of two on one target the later one gives way, whatever their clocks say.
alter table responder.run add column arrival bigint generated always as identity;
