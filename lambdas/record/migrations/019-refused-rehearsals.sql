-- A refused rehearsal is audited as well: the rehearser records refused orders, in the chain of commands, and nothing else.
create or replace function responder.refuse_kinds() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if session_user = 'responder_acknowledge'
     and (new.kind not in ('incident.acknowledged', 'responder.ack') or new.chain = 'people') then
    raise exception 'login % may not write the audit entry "%" into chain "%"', session_user, new.kind, new.chain
      using errcode = 'insufficient_privilege', hint = 'the page acknowledges incidents; order the rest with npm run respond';
  end if;
  if session_user = 'responder_rehearser' and (new.kind <> 'order.refused' or new.chain <> 'people') then
    raise exception 'login % may not write the audit entry "%" into chain "%"', session_user, new.kind, new.chain
      using errcode = 'insufficient_privilege', hint = 'a rehearsal changes nothing: it has nothing else to audit';
  end if;
  return new;
end
$$;
