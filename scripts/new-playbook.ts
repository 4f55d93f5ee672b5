import { join } from 'node:path';
import { runCommand } from './command/run-command.ts';
import { readWords, WordsError } from './command/words.ts';
import { newPlaybook } from './new-playbook/write.ts';

const HELP = `npm run new-playbook -- <id>      a file, its line in all.ts and a table test, with blanks to fill in

  <id>      in kebab-case, e.g. disk-full
  --help    prints this`;

await runCommand({
  help: HELP,
  failed: 'new-playbook',
  main(args) {
    const { positionals } = readWords(args, {
      command: 'npm run new-playbook',
      options: {},
      takesWords: true,
    });
    const [id, ...rest] = positionals;
    if (id === undefined || rest.length > 0)
      throw new WordsError(
        `got ${id === undefined ? 'no id' : `"${positionals.join(' ')}"`}; wanted one id in kebab-case: npm run new-playbook -- disk-full`,
      );
    const { written, blanks } = newPlaybook(join(import.meta.dirname, '..'), id);
    console.log(`Written:\n${written.map((path) => `  ${path}`).join('\n')}\n`);
    console.log(
      `${blanks} blanks say FILL IN. Then: npx jest test/contract test/catalog/playbooks/${id}.test.ts`,
    );
    console.log('A drill for each row of its decision table goes to sandbox/faults/, its chapter of');
    console.log('docs/runbook.md is written by: npm run runbook');
  },
});
