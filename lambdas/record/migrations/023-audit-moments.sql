-- An order is anchored by its moment: which chains have an entry of it.
create index concurrently if not exists audit_at on responder.audit (at);
