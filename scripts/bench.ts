import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { format } from 'prettier';
import { nearest } from '../lambdas/domain/nearest.ts';
import { chartOf } from './bench/chart.ts';
import { drills } from './bench/drills-part.ts';
import { growth } from './bench/growth-part.ts';
import { load } from './bench/load-part.ts';
import { figureLines, pageOf, type Done } from './bench/pages.ts';
import type { BenchOptions, Part } from './bench/part.ts';
import { work } from './bench/work-part.ts';
import { runCommand } from './command/run-command.ts';
import { Mistakes, readWords } from './command/words.ts';

const PARTS: readonly Part[] = [work, load, growth, drills];

const HELP = `npm run bench [-- <part> … options]      how fast the responder is, in ratios

${PARTS.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join('\n')}

  --short          less of everything, in minutes: shows that it works, not how fast it is
  --rounds <n>     how often the contenders take turns (default: 15)
  --seed <n>       of the order in which they do (default: 7)
  --runs <n,n>     sizes of the record in runs (default: 1000,100000; a million takes 10 GB and an hour)
  --tries <n>      how often each operation on the record is done (default: 15)
  --json <file>    where everything that was measured is kept (default: .sandbox/bench.json)
  --docs <folder>  where bench.md and its chart, bench.svg, are kept (default: nowhere)
  --help           prints this

Without a part it does all. Times of one machine say nothing about another's: figures are ratios, or exact counts. A missed
target is shown with its reason, and is no failure. It ends with 1 when something is wrong on any machine: a statement reads
a growing table whole or throws many rows away, a drill fails, alarms are lost.`;

await runCommand({
  help: HELP,
  failed: 'the bench failed',
  async main(args) {
    const { parts, json, docs, options } = read(args);
    // Of what else the machine did: the bench's own work is not in it yet.
    const load = Math.round(loadavg()[0] ?? 0);
    const done: Done[] = [];
    for (const part of parts) {
      const { name, about } = part;
      process.stderr.write(`${name}: ${about} ...\n`);
      const result = await part.run(options);
      done.push({ name, about, ...result });
      process.stdout.write(`\n${[name, ...result.lines, '', ...figureLines(result.figures)].join('\n')}\n`);
    }
    const machine = {
      node: process.version,
      platform: process.platform,
      cores: availableParallelism(),
      load,
    };
    mkdirSync(dirname(json), { recursive: true });
    writeFileSync(
      json,
      `${JSON.stringify({ at: new Date().toISOString(), machine, options, parts: done }, null, 1)}\n`,
    );
    process.stdout.write(`\neverything that was measured: ${json}\n`);
    if (docs !== undefined) {
      mkdirSync(docs, { recursive: true });
      writeFileSync(join(docs, 'bench.svg'), chartOf(done.flatMap(({ figures }) => figures)));
      writeFileSync(
        join(docs, 'bench.md'),
        await format(
          pageOf(done, `${machine.cores} cores, Node ${machine.node}, with a load of ${load} beside it`),
          { parser: 'markdown', printWidth: 100 },
        ),
      );
    }
    return done.every(({ ok }) => ok) ? 0 : 1;
  },
});

function read(args: readonly string[]): {
  parts: readonly Part[];
  json: string;
  docs: string | undefined;
  options: BenchOptions;
} {
  const { values, positionals } = readWords(args, {
    command: 'npm run bench',
    takesWords: true,
    options: {
      short: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '15' },
      seed: { type: 'string', default: '7' },
      runs: { type: 'string' },
      tries: { type: 'string' },
      json: { type: 'string', default: '.sandbox/bench.json' },
      docs: { type: 'string' },
    },
  });
  const mistakes = new Mistakes();
  const { short } = values;
  const names = PARTS.map(({ name }) => name);
  for (const word of positionals)
    if (!names.includes(word))
      mistakes.add(
        `the bench has no part "${word}"; the nearest is ${nearest(word, names, 1).join('')} (it has ${names.join(', ')})`,
      );
  const runs = (values.runs ?? (short ? '1000,5000' : '1000,100000'))
    .split(',')
    .map((one) => mistakes.whole('runs', one, 200, 10_000_000));
  const tries = mistakes.whole('tries', values.tries ?? (short ? '1' : '15'), 1, 1_000);
  const rounds = mistakes.whole('rounds', values.rounds, 1, 1_000);
  const seed = mistakes.whole('seed', values.seed, 0, 2 ** 32 - 1);
  mistakes.refuse();
  return {
    parts: positionals.length === 0 ? PARTS : PARTS.filter(({ name }) => positionals.includes(name)),
    json: values.json,
    docs: values.docs,
    options: { short, seed, rounds, runs, tries },
  };
}
