import { spawn } from 'node:child_process';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm run long-tests      the tests that take too long for npm test: a new playbook whole, and a record of 20,000 runs

It takes no options.`;

await runCommand({
  help: HELP,
  failed: 'the long tests could not be run',
  main(args) {
    readWords(args, { command: 'npm run long-tests', options: {} });
    const jest = spawn('jest', ['--config', 'jest.long.config.js'], {
      shell: process.platform === 'win32',
      stdio: 'inherit',
    });
    return new Promise((done, failed) => {
      jest.once('error', failed);
      jest.once('close', (code) => done(code ?? 1));
    });
  },
});
