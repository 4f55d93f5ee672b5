-- The public page records that somebody took over an incident, in that incident's chain, and nothing else.
create function responder.refuse_kinds() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if session_user = 'responder_acknowledge'
     and (new.kind not in ('incident.acknowledged', 'responder.ack') or new.chain = 'people') then
    raise exception 'login % may not write the audit entry "%" into chain "%"', session_user, new.kind, new.chain
      using errcode = 'insufficient_privilege', hint = 'the page acknowledges incidents; order the rest with npm run respond';
  end if;
  return new;
end
$$;
create trigger audit_kinds before insert on responder.audit for each row execute function responder.refuse_kinds();
