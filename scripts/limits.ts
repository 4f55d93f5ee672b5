import { limitsTable } from '../lambdas/commands/each/limits.ts';
import { readConfig } from '../lib/config.ts';
import { configurationIn } from './configuration.ts';
import { runCommand } from './command/run-command.ts';
import { readWords, WordsError } from './command/words.ts';

const HELP = `npm run limits [-- <file>]      every limit of a configuration, with its unit

  <file>    a deployment's configuration as JSON (default: the context "responder" in cdk.json)
  --help    prints this

What is in force where it is deployed: npm run respond -- limits`;

await runCommand({
  help: HELP,
  failed: 'the configuration is wrong',
  main(args) {
    const { positionals } = readWords(args, { command: 'npm run limits', options: {}, takesWords: true });
    const [file, ...rest] = positionals;
    if (rest.length > 0)
      throw new WordsError(
        `"${rest.join(' ')}" is too much; wanted at most one file: npm run limits -- my.json`,
      );
    console.log(limitsTable(readConfig(file ?? configurationIn(file)).limits));
  },
});
