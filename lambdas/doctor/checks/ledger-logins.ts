import { LOGINS } from '../../record/logins.ts';
import { ok, wrong, type CheckOf, type Finding } from '../check.ts';

interface Row {
  readonly login: string;
  readonly there: boolean;
  readonly may: boolean;
  readonly iam: boolean;
  readonly over: boolean;
}

const LOOK = `
select wanted as login, rolname is not null as there, coalesce(rolcanlogin, false) as may,
       coalesce(rolsuper or rolcreaterole or rolbypassrls, false) as over,
       exists (select from pg_auth_members m join pg_roles r on r.oid = m.roleid
               where m.member = pg_roles.oid and r.rolname = 'rds_iam') as iam
from unnest($1::text[]) wanted left join pg_roles on rolname = wanted`;

export const ledgerLogins: CheckOf<'ledger'> = {
  id: 'ledger-logins',
  asks: 'Are the logins of the functions there, as they are meant?',
  needs: 'ledger',
  async run({ query, settings }) {
    const wantsIam = settings.ledger.actors.kind === 'iam';
    const sql = `npm run --silent grants -- all${wantsIam ? ' --iam' : ''} | psql … as the ledger's administrator`;
    const rows = await query<Row>(LOOK, [LOGINS]);
    const bad = rows.flatMap(({ login, there, may, iam, over }): Finding[] => {
      if (!there)
        return [
          wrong({
            fault: `There is no login ${login}`,
            found: 'no such role',
            wanted: `the login ${login}`,
            remedy: sql,
          }),
        ];
      if (!may)
        return [
          wrong({
            fault: `${login} is not allowed to log in`,
            found: 'nologin',
            wanted: 'login',
            remedy: `alter role ${login} login`,
          }),
        ];
      if (over)
        return [
          wrong({
            fault: `${login} may do more than its function needs`,
            found: 'superuser, createrole or bypassrls',
            wanted: 'a plain login',
            remedy: `alter role ${login} nosuperuser nocreaterole nobypassrls`,
          }),
        ];
      if (iam === wantsIam) return [];
      return [
        wrong({
          fault: iam
            ? `${login} cannot log in by its password: it has rds_iam, which comes first`
            : `${login} cannot log in with an IAM token: it has no rds_iam`,
          found: iam ? 'rds_iam is granted' : 'rds_iam is not granted',
          wanted: iam ? 'ledger.logins of kind "iam", or no rds_iam' : 'rds_iam granted',
          remedy: iam ? `revoke rds_iam from ${login}` : `grant rds_iam to ${login}`,
        }),
      ];
    });
    return bad.length > 0 ? bad : [ok(`${rows.length} logins are there`)];
  },
};
