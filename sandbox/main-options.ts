import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { clockStart } from './clock-start.ts';

export const HELP = `node sandbox/main.ts --dir <dir> [options]      a sandbox as a process of its own

  --dir <dir>    keeps its world; the next start on it finds everything as it was
  --now <time>   where the clock of a new world starts, e.g. 2026-11-23T14:00:00Z (default: now)
  --port <n>     of the AWS endpoint on loopback (default: a free one)
  --tethered     end when standard input is closed: with the process that started it
  --help

It has PostgreSQL of its own under <dir>, or uses two databases of a server that is there (and may hold secrets, so they
do not come as arguments):

  SANDBOX_DATABASES='{"ledger":"postgres://…","state":"postgres://…","passwords":{"commercialOps":"…","responder":"…"}}'

When it is up it prints one line of JSON: {"endpoint":"http://127.0.0.1:…","pid":…,"keys":"<dir>/keys.json", …}. That file,
readable by you alone, holds root's access key and the URL of the ledger with its password. POST to <endpoint>/_sandbox/fault,
/settle, /advance and /crash, and GET /state, are explained by their answers. SIGTERM or Ctrl-C end it; the world is kept.`;

const Databases = z.strictObject({
  ledger: z.url({ protocol: /^postgres(ql)?$/ }),
  state: z.url({ protocol: /^postgres(ql)?$/ }),
  passwords: z
    .strictObject({
      commercialOps: z.string().min(1),
      responder: z.string().min(1),
    })
    .optional(),
});

export interface MainOptions {
  readonly dir: string;
  readonly now?: Date;
  readonly port?: number;
  readonly tethered: boolean;
  readonly databases?: z.infer<typeof Databases>;
}

/** @returns 'help' when the arguments say so @throws an error that names every mistake and what was wanted */
export function readMainOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): MainOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      now: { type: 'string' },
      port: { type: 'string' },
      tethered: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const mistakes: string[] = [];
  if (!values.dir) mistakes.push('--dir is missing; wanted the directory that keeps the world');
  const now = values.now === undefined ? undefined : clockStart(values.now);
  if (now && 'mistake' in now) mistakes.push(now.mistake);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    mistakes.push(`--port is "${values.port}"; wanted a whole number from 0 (a free one) to 65535`);
  const databases = databasesFrom(env['SANDBOX_DATABASES'], mistakes);
  if (mistakes.length > 0) throw new Error(mistakes.join('\n'));
  return {
    dir: resolve(values.dir ?? ''),
    tethered: values.tethered,
    ...(now instanceof Date && { now }),
    ...(port !== undefined && { port }),
    ...(databases && { databases }),
  };
}

/** Says what is wrong without the values: they hold passwords. */
function databasesFrom(text: string | undefined, mistakes: string[]): MainOptions['databases'] {
  if (text === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    mistakes.push('SANDBOX_DATABASES is not JSON; wanted {"ledger": <URL>, "state": <URL>}');
    return undefined;
  }
  const read = Databases.safeParse(json);
  if (read.success) return read.data;
  mistakes.push(
    ...read.error.issues.map(
      ({ path, message }) =>
        `SANDBOX_DATABASES${path.map((part) => `.${String(part)}`).join('')}: ${message}`,
    ),
  );
  return undefined;
}
