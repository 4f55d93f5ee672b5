-- Of chains that have ended. A large audit takes as long as it takes; only an append to one of these chains waits for it.
set local statement_timeout = 0;
insert into responder.audit_head (chain, seq, hash, written)
select distinct on (chain) chain, seq, hash, pg_current_xact_id() from responder.audit order by chain, seq desc
on conflict (chain) do nothing;
