import { spawn } from 'node:child_process';

/** Runs a program of `node_modules/.bin` in our place: its output is ours, and so are Ctrl-C and its exit code. */
export function runTool(tool: string, args: readonly string[]): Promise<number> {
  const child = spawn(tool, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  // A terminal interrupts the tool as well; who interrupts only us means it, too.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((done, fail) => {
    child.on('error', (cause) =>
      fail(new Error(`${tool} could not be started (${cause.message}); run it by npm, after npm install`)),
    );
    child.on('close', (code, signal) => done(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
