import { spawn } from 'node:child_process';
import { runCommand } from './command/run-command.ts';
import { readWords } from './command/words.ts';

const HELP = `npm run check      format, lint, types, layers and words, side by side; ends with 1 when one of them fails

It takes no options. npm run format formats every file.`;

/** Format, lint, types, layers and words, side by side: each waits for a disk or a core that the others leave. */
const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['lint', 'eslint', '.'],
  ['types', 'tsc', '--noEmit'],
  ['layers', 'depcruise', 'lib', 'lambdas', 'emulator', 'sandbox', 'scripts', 'test'],
  ['words', 'node', 'scripts/check/words.ts'],
];

/** @returns whether it found nothing, once it has said what it found */
function passes([name, command, ...args]: (typeof CHECKS)[number]): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn(command, args, {
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      process.stdout.write(`${name}: ${code === 0 ? 'ok' : `failed\n${output.trim()}`}\n`);
      done(code === 0);
    });
  });
}

await runCommand({
  help: HELP,
  failed: 'the check failed',
  async main(args) {
    readWords(args, { command: 'npm run check', options: {} });
    return (await Promise.all(CHECKS.map(passes))).includes(false) ? 1 : 0;
  },
});
