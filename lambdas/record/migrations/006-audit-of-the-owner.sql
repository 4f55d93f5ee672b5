-- The audit is its owner's to write: no login that keeps the record of rehearsals, or looks, may add to it. Whoever was
-- granted more (README's grants cover every table of the schema) loses it here.
do $$
declare
  login text;
begin
  for login in
    select distinct grantee from information_schema.role_table_grants
    where table_schema = 'responder' and table_name = 'audit' and privilege_type <> 'SELECT' and grantee <> current_user
  loop
    execute format('revoke insert, update, delete, truncate, references, trigger on responder.audit from %s',
                   case login when 'PUBLIC' then 'public' else quote_ident(login) end);
  end loop;
end
$$;
