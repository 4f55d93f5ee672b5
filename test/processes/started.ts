import { spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, ROOT } from './child-sandbox.ts';
import { mentioning, survivorsOf } from './process-table.ts';

/** What `npm start` reads of the project. */
const SOURCES = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'cdk.json',
  'lib',
  'lambdas',
  'scripts',
  'emulator',
  'sandbox',
];

export interface Project {
  readonly dir: string;
  remove(): void;
}

/** The project as a new clone, so that the last world of whoever runs the tests stays what it is. */
export function cloneProject(): Project {
  const dir = mkdtempSync(join(tmpdir(), 'responder-clone-'));
  // PostgreSQL runs as a user of its own when we are root, and keeps its data in there.
  chmodSync(dir, 0o755);
  for (const source of SOURCES) cpSync(join(ROOT, source), join(dir, source), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

export interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Processes of the clone that were still there afterwards: workers, PostgreSQL, synthesis. */
  readonly left: readonly number[];
  readonly seconds: number;
}

/** Ctrl-C, as a terminal sends it (to the whole process group), when the output says so, and this has been done. */
export interface Interruption {
  readonly interruptAt?: RegExp | undefined;
  readonly before?: (out: string) => Promise<void>;
}

/** `npm start -- …args`, with its output piped. */
export async function start(
  { dir }: Project,
  args: readonly string[] = [],
  interruption: Interruption = {},
): Promise<Told> {
  const began = performance.now();
  const ended = await runScript(['scripts/run.js', 'start', ...args], {
    cwd: dir,
    env: environment(),
    ...interruption,
  });
  const left = await survivorsOf(await mentioning(dir));
  return { ...ended, left, seconds: (performance.now() - began) / 1000 };
}

/** A script of the project in a process group of its own, with its output piped. */
export async function runScript(
  args: readonly string[],
  options: Interruption & { cwd: string; env: NodeJS.ProcessEnv },
): Promise<Pick<Told, 'code' | 'out' | 'err'>> {
  const { cwd, env, interruptAt, before } = options;
  const child = spawn(process.execPath, [...args], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  let interrupted = false;
  let doing: Promise<void> | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    if (interrupted || !interruptAt?.test(out) || child.pid === undefined) return;
    interrupted = true;
    const { pid } = child;
    doing = (before?.(out) ?? Promise.resolve()).finally(() => process.kill(-pid, 'SIGINT'));
    doing.catch(() => undefined);
  });
  const code = await new Promise<number | null>((done) => child.once('close', done));
  await doing;
  return { code, out, err };
}
