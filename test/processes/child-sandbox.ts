import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { SandboxState } from '../../sandbox/control-state.ts';
import type { Place } from '../support/world.ts';

export const ROOT = resolve(import.meta.dirname, '../..');

/** The control routes' answers, as JSON has them. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Json<T[Key]> }
      : T;

export interface ChildSandbox {
  readonly pid: number;
  readonly endpoint: string;
  /** What its clock showed when it was up. */
  readonly now: string;
  /** The file with what nobody else may know. */
  readonly keys: string;
  /** @throws what the sandbox said was wrong, or that it is no longer there */
  post<T = Record<string, unknown>>(route: string, body?: object): Promise<T>;
  state(): Promise<Json<SandboxState>>;
  /** Lets time pass until that moment. @throws when it does not come */
  advance(until: string): Promise<void>;
  /** Sends the signal, if any, and waits for the end. @returns exit code or signal */
  ended(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Closes its standard input, as the end of this process would. */
  untether(): void;
}

/** `sandbox/main.ts` as a process of its own, on `place`, or on what `args` say. */
export async function startChild(
  place: Place | undefined,
  args: readonly string[] = ['--dir', place?.dir ?? ''],
): Promise<ChildSandbox> {
  const databases = place && JSON.stringify({ ...place.databases, passwords: place.passwords });
  const child = spawn(process.execPath, [join(ROOT, 'sandbox/main.ts'), '--tethered', ...args], {
    env: { ...environment(), ...compiledInRun(), ...(databases && { SANDBOX_DATABASES: databases }) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([text]) => text as string),
    exit.then(([code, signal]) => {
      throw new Error(`the sandbox ended with ${code ?? signal} before it was up; it said\n${said}`);
    }),
  ]);
  const ready = JSON.parse(line) as Pick<ChildSandbox, 'pid' | 'endpoint' | 'now' | 'keys'>;

  async function ask<T>(method: 'GET' | 'POST', route: string, body?: object): Promise<T> {
    const response = await fetch(`${ready.endpoint}/_sandbox/${route}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(`${route} ${JSON.stringify(body ?? {})}: ${answer.error}`);
    return answer;
  }

  return {
    ...ready,
    post: (route, body = {}) => ask('POST', route, body),
    state: () => ask('GET', 'state'),
    async advance(until) {
      const { reached } = await ask<{ reached: boolean }>('POST', 'advance', { until });
      if (!reached) throw new Error(`"${until}" never came; the sandbox said\n${said}`);
    },
    async ended(signal) {
      if (signal) child.kill(signal);
      const [code, by] = await exit;
      return code ?? by ?? 'SIGKILL';
    },
    untether: () => void child.stdin.end(),
  };
}

/** Compiled once for all children of a run: what one compiles is half of what its start takes. */
function compiledInRun(): NodeJS.ProcessEnv {
  const dir = process.env['TEST_POSTGRES_DIR'];
  return dir === undefined ? {} : { NODE_COMPILE_CACHE: join(dir, 'compiled') };
}

/** Ours, without what would lead a child to a server or an account of the user's own. */
export function environment(): NodeJS.ProcessEnv {
  const { POSTGRES_URL: _server, SANDBOX_DATABASES: _databases, ...env } = process.env;
  return env;
}
