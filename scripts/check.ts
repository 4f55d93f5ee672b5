import { spawn } from 'node:child_process';

/** Format, lint, types and layers, side by side: each waits for a disk or a core that the others leave. */
const CHECKS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['lint', 'eslint', '.'],
  ['types', 'tsc', '--noEmit'],
  ['layers', 'depcruise', 'lib', 'lambdas', 'emulator', 'sandbox', 'scripts', 'test'],
];

const results = await Promise.all(
  CHECKS.map(
    ([name, command, ...args]) =>
      new Promise<boolean>((done) => {
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
      }),
  ),
);
if (results.includes(false)) process.exitCode = 1;
