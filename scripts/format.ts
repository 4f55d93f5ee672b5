import { runTool } from './command/run-tool.ts';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm run format [-- <path> …]      formats every file, or these

  <path>    a file, a folder or a glob
  --help    prints this`;

await runCommand({
  help: HELP,
  failed: 'the files could not be formatted',
  main(args) {
    const { positionals } = readWords(args, { command: 'npm run format', options: {}, takesWords: true });
    return runTool('prettier', ['--write', ...(positionals.length === 0 ? ['.'] : positionals)]);
  },
});
