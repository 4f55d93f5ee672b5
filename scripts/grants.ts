import { declaredGrants } from '../lambdas/catalog/playbooks/permissions.ts';
import { administratorSql } from '../lambdas/record/administrator.ts';
import { businessGrants, LOGINS } from '../lambdas/record/logins.ts';
import { readConfig } from '../lib/config.ts';
import { runCommand } from './command/run-command.ts';
import { readWords, WordsError } from './command/words.ts';

const HELP = `npm run grants [-- all] [--iam] [--owner <role>]   the SQL that makes the responder's logins in the ledger

  (nothing)       what they may do in Commercial-Ops' tables: grants, for logins that are there
  all             the logins, schema responder with its owner responder_migrate, and these grants; what
                  an earlier version's login owns in the schema becomes responder_migrate's
  --iam           the logins are authenticated by RDS with IAM tokens; without it, give each a password
  --owner <role>  who owns Commercial-Ops' tables, if that is not the administrator
  --config <file> a deployment's configuration, where \`estate.costs\` names the table of costs otherwise,
                  and \`playbooks\` switches some off, which then may change no table
  --help          prints this

It follows from what the code declares, and may be run again. The ledger's administrator, who need be
no superuser, runs it before each deployment, e.g.: npm run --silent grants -- all --iam | psql …
It is one statement: it happens as a whole or not at all, and leaves the administrator in no role that
it was not in before. What the logins may do in schema responder, responder-migrate grants by itself.`;

await runCommand({
  help: HELP,
  failed: 'the grants could not be made',
  main(args) {
    const { values, positionals } = readWords(args, {
      command: 'npm run grants',
      options: {
        iam: { type: 'boolean', default: false },
        owner: { type: 'string' },
        config: { type: 'string' },
      },
      takesWords: true,
    });
    const [what, ...rest] = positionals;
    if (rest.length > 0 || (what !== undefined && what !== 'all'))
      throw new WordsError(`got "${positionals.join(' ')}"; wanted "all" or nothing`);
    if (what === undefined && (values.iam || values.owner !== undefined))
      throw new WordsError('--iam and --owner are about logins and their owner; wanted "all" with them');
    const config = values.config === undefined ? undefined : readConfig(values.config);
    const declared = declaredGrants(config?.estate.costs, config?.playbooks);
    const grants = [`usage on schema public to ${LOGINS.join(', ')}`, ...businessGrants(declared)];
    console.log(
      what === 'all'
        ? administratorSql(declared, {
            iam: values.iam,
            ...(values.owner !== undefined && { owner: values.owner }),
          })
        : grants.map((grant) => `grant ${grant};`).join('\n'),
    );
  },
});
