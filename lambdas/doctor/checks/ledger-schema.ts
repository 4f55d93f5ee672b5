import { later, ok, wrong, type CheckOf } from '../check.ts';
import { NEWEST_MIGRATION } from '../../record/newest-migration.ts';
import { OWNER } from '../../record/logins.ts';

export const ledgerSchema: CheckOf<'ledger'> = {
  id: 'ledger-schema',
  asks: "Is the responder's own schema there, and as new as the code?",
  needs: 'ledger',
  async run({ query, migrations }) {
    const newest = migrations.at(-1)?.version ?? 0;
    const [schema] = await query<{ owner: string; migrated: boolean }>(
      // Not by the table's name: an administrator may not look into the schema.
      `select nspowner::regrole::text as owner,
              exists (select from pg_class where relnamespace = n.oid and relname = 'migration') as migrated
       from pg_namespace n where nspname = 'responder'`,
    );
    const sql = "npm run --silent grants -- all | psql … as the ledger's administrator";
    if (!schema)
      return [
        wrong({
          fault: 'The ledger has no schema responder, so nothing can be recorded and nothing is done',
          found: 'no schema responder',
          wanted: `the schema responder, owned by ${OWNER}`,
          remedy: sql,
        }),
      ];
    if (schema.owner !== OWNER)
      return [
        wrong({
          fault: 'The schema responder cannot be migrated: it belongs to another login',
          found: `owner ${schema.owner}`,
          wanted: `owner ${OWNER}`,
          remedy: sql,
        }),
      ];
    if (!schema.migrated) return [later('responder-migrate has been invoked: the schema is empty')];
    const [{ version = 0 } = {}] = await query<{ version: number }>(NEWEST_MIGRATION);
    if (version === newest) return [ok(`version ${version}`)];
    return [
      wrong({
        fault: version < newest ? 'The schema is older than the code' : 'The schema is newer than the code',
        found: `version ${version}`,
        wanted: `version ${newest}`,
        remedy:
          version < newest
            ? 'aws lambda invoke --function-name responder-migrate /dev/stdout'
            : 'deploy the version that the schema belongs to, or a newer one',
      }),
    ];
  },
};
