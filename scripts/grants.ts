import { actGrants } from '../lambdas/catalog/playbooks/permissions.ts';
import { runCommand } from './command/run-command.ts';
import { readWords, WordsError } from './command/words.ts';

const HELP = `npm run grants [-- <login>]      the SQL that lets a login of the ledger carry out actions

  <login>    of the responder's actor (default: responder_actor)
  --help     prints this

It follows from what the actions declare. The ledger's administrator runs it, e.g.: npm run --silent grants | psql …`;

/** A name that PostgreSQL takes as it is: what is printed is run by an administrator. */
const LOGIN = /^[a-z_][a-z0-9_]{0,62}$/;

await runCommand({
  help: HELP,
  failed: 'the grants could not be made',
  main(args) {
    const { positionals } = readWords(args, { command: 'npm run grants', options: {}, takesWords: true });
    const [login = 'responder_actor', ...rest] = positionals;
    if (rest.length > 0 || !LOGIN.test(login))
      throw new WordsError(
        `got "${positionals.join(' ')}"; wanted the name of one login, such as responder_actor`,
      );
    const lines = [
      'usage on schema public, responder',
      'select on all tables in schema public',
      'select on all tables in schema responder',
      'insert on audit_event, job_run',
      ...actGrants(),
    ];
    console.log(lines.map((line) => `grant ${line} to ${login};`).join('\n'));
  },
});
