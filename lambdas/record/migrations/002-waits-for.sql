-- A run that is a symptom of another fault belongs to that fault's incident, and follows once it is over.
alter table responder.run add column waits_for text;
