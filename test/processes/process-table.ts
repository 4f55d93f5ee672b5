import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process that runs; those that have ended and that nobody has waited for do not. */
async function processes(): Promise<Row[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,ppid=,stat=,args='], {
    maxBuffer: 2 ** 24,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state = '', command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined || state.startsWith('Z')
      ? []
      : [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** Process ids of a process's children, their children and so on. */
export async function descendantsOf(pid: number): Promise<number[]> {
  const all = await processes();
  const below = (parent: number): number[] =>
    all.filter((row) => row.parent === parent).flatMap((row) => [row.pid, ...below(row.pid)]);
  return below(pid);
}

/** Those whose command line names `text`, e.g. a directory of theirs; not those that look for it. */
export async function mentioning(text: string): Promise<number[]> {
  return (await processes()).filter(({ command }) => command.includes(text)).map(({ pid }) => pid);
}

/** Those of the processes that still run after `graceMs` of real time: a process needs a moment to die. */
export async function survivorsOf(pids: readonly number[], graceMs = 60_000): Promise<number[]> {
  const deadline = performance.now() + graceMs;
  for (;;) {
    const running = new Set((await processes()).map(({ pid }) => pid));
    const left = pids.filter((pid) => running.has(pid));
    if (left.length === 0 || performance.now() > deadline) return left;
    await new Promise((again) => setTimeout(again, 50));
  }
}
