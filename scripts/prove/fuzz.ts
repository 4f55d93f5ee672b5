import { Mistakes, readWords, WordsError } from '../command/words.ts';
import { inkFor } from '../ink.ts';
import { Dice } from './dice.ts';
import { DOORS, seedOf, type Door } from './fuzz-doors.ts';
import { countsOf } from './world.ts';

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

/** Far longer than any case takes on a busy machine. */
const HANGS_AFTER_MS = 20_000;
/** Of each door. */
const MOST_SHOWN = 3;

/** `npm run prove -- fuzz`. @returns exit code */
export async function proveDoors(args: readonly string[]): Promise<number> {
  const { values } = readWords(args, {
    command: 'npm run prove -- fuzz',
    options: {
      cases: { type: 'string', default: '5000' },
      seed: { type: 'string', default: '1' },
      door: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const mistakes = new Mistakes();
  const cases = mistakes.whole('cases', values.cases, 1, 10_000_000);
  const seed = mistakes.whole('seed', values.seed, 0, 2 ** 32 - 1);
  const only = values.only === undefined ? undefined : mistakes.whole('only', values.only, 0, 10_000_000);
  mistakes.refuse();
  const doors = DOORS.filter(({ name }) => values.door === undefined || name === values.door);
  if (doors.length === 0)
    throw new WordsError(
      `--door is one of ${DOORS.map(({ name }) => `"${name}"`).join(', ')}; got "${values.door}"`,
    );
  const stray: string[] = [];
  const onStray = (error: unknown): void => void stray.push(String((error as Error)?.stack ?? error));
  process.on('unhandledRejection', onStray);
  const began = performance.now();
  let [failed, done] = [0, 0];
  for (const door of doors) {
    const share = only === undefined ? Math.ceil(cases / doors.length) : 1;
    const ends: Record<string, number> = {};
    const before = failed;
    for (let i = only ?? 0; i < (only ?? 0) + share; i++) {
      const wrong = await enter(door, new Dice(seedOf(seed, door.name, i)), ends);
      const fault = wrong ?? stray.splice(0).map((one) => `an unhandled rejection: ${one}`)[0];
      done += 1;
      if (fault === undefined) continue;
      failed += 1;
      if (failed - before > MOST_SHOWN) continue;
      print(`${ink.bad('FAIL')}  ${door.name}: ${fault}`);
      print(`      again: npm run prove -- fuzz --seed ${seed} --door "${door.name}" --only ${i}`);
    }
    print(ink.strong(door.name), ...countsOf(ends));
  }
  // What was thrown into a void by the last case comes a turn later.
  await new Promise((turn) => setTimeout(turn, 50));
  process.off('unhandledRejection', onStray);
  failed += stray.length;
  print(...stray.map((one) => `${ink.bad('FAIL')}  an unhandled rejection: ${one}`));
  print('', `${done} cases, ${failed} unhandled, in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return failed === 0 ? 0 : 1;
}

/** @returns what is wrong, in words */
async function enter(
  { enter: come }: Door,
  dice: Dice,
  ends: Record<string, number>,
): Promise<string | undefined> {
  let watch: NodeJS.Timeout | undefined;
  const hangs = new Promise<never>((_, fail) => {
    watch = setTimeout(
      () => fail(new Error(`it hangs: no end after ${HANGS_AFTER_MS / 1000} s`)),
      HANGS_AFTER_MS,
    );
  });
  try {
    const end = await Promise.race([come(dice), hangs]);
    ends[end] = (ends[end] ?? 0) + 1;
    return undefined;
  } catch (error) {
    return (error as Error).stack?.split('\n').slice(0, 6).join('\n') ?? String(error);
  } finally {
    clearTimeout(watch);
  }
}
