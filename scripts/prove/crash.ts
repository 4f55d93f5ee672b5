import { availableParallelism } from 'node:os';
import { faults } from '../../sandbox/faults/all.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import { hasEnded } from '../command/endings.ts';
import { Mistakes, readWords, WordsError } from '../command/words.ts';
import type { Order } from '../drill/crew.ts';
import { gatherCrew } from '../drill/gather-crew.ts';
import { OWN } from '../drill/options.ts';
import { inkFor } from '../ink.ts';
import { HOWS, type CrashPoint } from './crash-point.ts';
import { Dice } from './dice.ts';
import { brokenCrash, type CrashResult } from './run-crash.ts';

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

/** Those in which something is done. What a broken platform does to a story is its own. */
const STRUCK = faults.filter(({ kind, actions }) => actions.length > 0 && kind !== 'platform');
/** Of the short form: a story's calls are 20 to 40. */
const FIRST_CALLS = 28;

type CrashOrder = Order & { readonly crash: CrashPoint };

/** `npm run prove -- crash`. @returns exit code */
export async function proveCrashes(args: readonly string[]): Promise<number> {
  const { values, positionals } = readWords(args, {
    command: 'npm run prove -- crash',
    takesWords: true,
    options: {
      short: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      points: { type: 'string', default: '20' },
      call: { type: 'string' },
      how: { type: 'string' },
      workers: { type: 'string', default: String(Math.min(16, availableParallelism())) },
    },
  });
  const mistakes = new Mistakes();
  const size = mistakes.whole('workers', values.workers, 1, 16);
  const seed = mistakes.whole('seed', values.seed, 0, 2 ** 32 - 1);
  const points = mistakes.whole('points', values.points, 1, 10_000);
  const call = values.call === undefined ? undefined : mistakes.whole('call', values.call, 0, 10_000);
  const hows = HOWS.filter((how) => values.how === undefined || how === values.how);
  if (hows.length === 0) mistakes.add(`--how ${values.how} is none of ${HOWS.join(', ')}`);
  mistakes.refuse();
  const stories = STRUCK.filter(
    ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
  );
  if (stories.length === 0)
    throw new WordsError(
      `no drill with actions is named like ${positionals.join(', ')}: see npm run drill -- --list`,
    );

  const began = performance.now();
  const { crew } = await gatherCrew<CrashResult>({
    size,
    faults: OWN,
    rehearse: false,
    brokenOff: brokenCrash,
  });
  const tally = new Tally();
  const run = (orders: readonly CrashOrder[], each?: (result: CrashResult, order: CrashOrder) => void) =>
    crew.run(orders, (result, order) => {
      if (hasEnded()) return;
      tally.add(result, order);
      each?.(result, order);
    });
  if (values.short) await run(sampled(stories, hows, { seed, points }));
  else if (call !== undefined)
    await run(stories.flatMap((fault) => hows.map((how) => orderOf(fault, how, call))));
  else {
    // First the story without a blow: it shows where it can be struck.
    const whole: CrashOrder[] = [];
    await run(
      stories.map((fault) => orderOf(fault, 'killed before', 0)),
      ({ calls }, { fault }) =>
        whole.push(
          ...Array.from({ length: calls }, (_, i) => hows.map((how) => orderOf(fault, how, i + 1))).flat(),
        ),
    );
    await run(whole);
  }
  print('', ...tally.summary(), `in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return tally.failed === 0 && tally.struck > 0 ? 0 : 1;
}

const orderOf = (fault: Fault, how: CrashPoint['how'], call: number): CrashOrder => ({
  fault,
  crash: { how, call },
});

function sampled(
  stories: readonly Fault[],
  hows: readonly CrashPoint['how'][],
  { seed, points }: { seed: number; points: number },
): CrashOrder[] {
  const dice = new Dice(seed);
  return Array.from({ length: points }, () =>
    orderOf(dice.of(stories), dice.of(hows), dice.whole(1, FIRST_CALLS)),
  );
}

/** What has come of the blows so far. */
class Tally {
  failed = 0;
  struck = 0;
  private missed = 0;
  private again = 0;
  private honest = 0;
  private readonly by: Record<string, number> = {};

  add(
    { name, struck, passed, differences, again, honest, seconds }: CrashResult,
    { crash: { how, call } }: CrashOrder,
  ): void {
    if (struck === undefined) this.missed += 1;
    else {
      this.struck += 1;
      const kind = `${how} ${struck.replace(/: .*/, '')}`;
      this.by[kind] = (this.by[kind] ?? 0) + 1;
    }
    this.again += again;
    if (honest) this.honest += 1;
    if (!passed) this.failed += 1;
    const what =
      struck === undefined ? (call === 0 ? 'nobody is struck' : `has no ${call}th call`) : `${how} ${struck}`;
    print(
      `${passed ? ink.good('ok  ') : ink.bad('FAIL')}  ${name.padEnd(32)} ${String(call).padStart(3)} ${what}` +
        `${honest ? '; left to people' : ''}${again > 0 ? `; ${again} message again` : ''}  ${seconds.toFixed(1)} s`,
      ...differences.map((line) => `        ${ink.bad(line)}`),
      ...(passed ? [] : [`        again: npm run prove -- crash ${name} --call ${call} --how '${how}'`]),
    );
  }

  summary(): string[] {
    return [
      ...Object.entries(this.by)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([kind, count]) => `  ${kind.padEnd(32)} ${count}`),
      `${this.struck} crash points tried, ${this.failed} failed, ${this.missed} not reached; ` +
        `${this.honest} left to people, for the ledger was away; ` +
        `${this.again} messages came again where SNS's answer was lost`,
    ];
  }
}
