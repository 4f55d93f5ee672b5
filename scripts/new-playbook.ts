import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { runCommand } from './command/run-command.ts';
import { readWords, WordsError } from './command/words.ts';
import { newPlaybook } from './new-playbook/write.ts';

const HELP = `npm run new-playbook -- <id>      a playbook that runs, with blanks to fill in: itself, its probe, action,
                                  signal and alarm, its part of the sandbox, its drills and its test

  <id>      in kebab-case, what is wrong with what, e.g. disk-full
  --help    prints this`;

await runCommand({
  help: HELP,
  failed: 'new-playbook',
  async main(args) {
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
    const root = join(import.meta.dirname, '..');
    const { written, blanks } = await newPlaybook(root, id);
    // In a process of its own: this one has read the playbooks before there was another one.
    execFileSync(process.execPath, ['scripts/runbook.ts'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    console.log(`Written:\n${[...written, 'docs/commercial-ops.md', 'docs/runbook.md'].map((path) => `  ${path}`).join('\n')}

It runs as it is: a daily job of the sandbox does not run, and the playbook runs it.
  npx jest test/catalog/playbooks/${id}
  npm run drill -- ${id}

Make it yours, from the probe on: ${blanks} places say FILL IN, and test/contract fails until none is left:
  grep -rn "FILL IN" lambdas sandbox
Then write its chapters again: npm run runbook`);
  },
});
