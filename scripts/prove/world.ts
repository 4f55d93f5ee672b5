import { Databases } from '../../emulator/postgres/databases.ts';
import { WarmWorkers } from '../../emulator/lambda/warm-workers.ts';
import { ownServer } from '../command/own-server.ts';
import { Mistakes, readWords } from '../command/words.ts';
import { hasEnded } from '../command/endings.ts';
import { StandingPorts } from '../drill/standing-ports.ts';
import type { DrillPlace } from '../drill/own-world.ts';
import { inkFor } from '../ink.ts';
import { liveThrough, type WorldResult } from './world-live.ts';

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

/** `npm run prove -- world`. @returns exit code */
export async function proveWorlds(args: readonly string[]): Promise<number> {
  const { values } = readWords(args, {
    command: 'npm run prove -- world',
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      twice: { type: 'boolean', default: false },
      history: { type: 'boolean', default: false },
    },
  });
  const mistakes = new Mistakes();
  const first = mistakes.whole('seed', values.seed, 0, 2 ** 32 - 1);
  const seeds = mistakes.whole('seeds', values.seeds, 1, 100_000);
  mistakes.refuse();
  const began = performance.now();
  // Workers and connections to the ledger do not keep a process alive.
  const alive = setInterval(() => undefined, 60_000);
  const place = await placeOfWorlds();
  const reached: Record<string, number> = {};
  let [failed, differing, done] = [0, 0, 0];
  for (let seed = first; seed < first + seeds && !hasEnded(); seed++) {
    const result = await liveThrough(seed, place);
    done += 1;
    for (const [kind, count] of Object.entries(result.reached)) reached[kind] = (reached[kind] ?? 0) + count;
    if (result.broken.length > 0) failed += 1;
    print(...lineOf(result, result.seconds));
    if (values.history) print(...result.history);
    if (!values.twice) continue;
    const again = await liveThrough(seed, place);
    if (again.digest === result.digest) continue;
    differing += 1;
    print(`        ${ink.bad('another history')}: ${again.digest}`, ...firstDifferences(result, again));
  }
  clearInterval(alive);
  print('', 'reached:', ...countsOf(reached), '');
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const reruns = values.twice ? `, ${differing} reruns differ` : '';
  print(`${done} worlds, ${failed} broken${reruns}, in ${seconds} s`);
  return failed + differing === 0 ? 0 : 1;
}

export async function placeOfWorlds(): Promise<DrillPlace> {
  const { place } = await ownServer('prove');
  return {
    ...place,
    databases: new Databases(place.server, 'prove'),
    owner: 'prove',
    ports: new StandingPorts(),
    warm: new WarmWorkers(),
    // Two at once would race, and the same seed could have two histories.
    workers: { perFunction: 4, total: 8, atOnce: 1 },
  };
}

const lineOf = ({ seed, faults, broken, digest, minutes }: WorldResult, seconds: number): string[] => [
  `${broken.length === 0 ? ink.good('ok  ') : ink.bad('FAIL')}  ${String(seed).padStart(6)}  ${digest}  ` +
    `${String(minutes).padStart(4)} min in ${seconds.toFixed(0).padStart(3)} s  ${faults.join(', ')}`,
  ...broken.map((line) => `        ${ink.bad(line)}`),
  ...(broken.length === 0 ? [] : [`        again: npm run prove -- world --seed ${seed}`]),
];

/** The first lines that only one of the two has, around the place where they part. */
function firstDifferences(one: WorldResult, other: WorldResult): string[] {
  const mine = one.history.filter((line) => !other.history.includes(line));
  const theirs = other.history.filter((line) => !one.history.includes(line));
  return mine.slice(0, 5).flatMap((line, i) => {
    const against = theirs[i] ?? '';
    let same = 0;
    while (same < line.length && line[same] === against[same]) same++;
    const shown = (text: string): string =>
      `${text.slice(0, 40)} … ${text.slice(Math.max(0, same - 60), same + 100)}`;
    return [`        - ${shown(line)}`, `        + ${shown(against)}`];
  });
}

export const countsOf = (counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([what, count]) => `  ${what.padEnd(28)} ${count}`);
