import { stay } from '../command/endings.ts';
import { WordsError } from '../command/words.ts';

const LEAST_SECONDS = 5;
const USUAL_SECONDS = 15;
const CLEAR = '\u001b[2J\u001b[H';

/** Seconds between two answers. @throws WordsError */
export function readEvery(given: unknown): number {
  if (given === undefined) return USUAL_SECONDS;
  const seconds = Number(given);
  if (!Number.isInteger(seconds) || seconds < LEAST_SECONDS || seconds > 3_600)
    throw new WordsError(
      `--every is ${JSON.stringify(given)}; wanted whole seconds, from ${LEAST_SECONDS} to 3600`,
    );
  return seconds;
}

/** Shows the answer, asks again, until Ctrl-C. A failure is shown, too, and the next answer takes its place. */
export function watch(
  ask: () => Promise<string>,
  { seconds, output }: { seconds: number; output: NodeJS.WriteStream },
): Promise<never> {
  const show = async (): Promise<void> => {
    const text = await ask().catch((error: unknown) => (error as Error).message);
    output.write(`${output.isTTY ? CLEAR : ''}${text}\n`);
    setTimeout(() => void show(), seconds * 1_000);
  };
  void show();
  return stay(0);
}
