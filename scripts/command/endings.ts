/** An ending that has not come to its end by then is left alone: the next ones must have their turn. */
const PATIENCE_MS = 25_000;

interface Ending {
  readonly what: string;
  readonly end: () => Promise<unknown>;
}

const endings: Ending[] = [];
let ended: Promise<void> | undefined;
let codeWhenInterrupted = 130;

/**
 * Has it released however the command ends: by itself, by a failure, by Ctrl-C, by a closed terminal or pipe. What
 * was opened last is released first.
 */
export function atEnd(what: string, end: () => Promise<unknown>): void {
  if (endings.length === 0) endOnSignals();
  endings.push({ what, end });
}

/** From then on nothing that comes is worth a word. */
export const hasEnded = (): boolean => ended !== undefined;

/** Releases everything. Safe to repeat; never fails: what cannot be released is said on standard error. */
export const endAll = (): Promise<void> =>
  (ended ??= (async () => {
    for (const ending of endings.splice(0).reverse()) await inTime(ending);
  })());

/** Until Ctrl-C, which then ends the command with this code. */
export function stay(code: number): Promise<never> {
  codeWhenInterrupted = code;
  return new Promise(() => undefined);
}

async function inTime({ what, end }: Ending): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`it has not ended within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  try {
    await Promise.race([end(), late]);
  } catch (error) {
    complain(`${what} could not be ended: ${(error as Error).message}`);
  } finally {
    clearTimeout(timer);
  }
}

let listening = false;
function endOnSignals(): void {
  if (listening) return;
  listening = true;
  const leave = (code: () => number): void => void endAll().then(() => process.exit(code()));
  for (const [signal, code] of [
    ['SIGINT', () => codeWhenInterrupted],
    ['SIGTERM', () => 143],
    ['SIGHUP', () => 129],
  ] as const) {
    process.on(signal, () => {
      if (!ended) complain('\nending …');
      leave(code);
    });
  }
  // Nobody reads on, as after `npm start | head`: as if the signal of a broken pipe had come.
  process.stdout.on('error', () => leave(() => 141));
  process.stderr.on('error', () => leave(() => 141));
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      if (!ended)
        complain(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      leave(() => 1);
    });
  }
}

const complain = (line: string): unknown => process.stderr.write(`${line}\n`);
