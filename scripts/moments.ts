import { moment } from '../lambdas/domain/words.ts';
import { availableParallelism } from 'node:os';
import { hasEnded } from './command/endings.ts';
import { runCommand } from './command/run-command.ts';
import { Mistakes, readWords } from './command/words.ts';
import { gatherCrew } from './drill/gather-crew.ts';
import { OWN } from './drill/options.ts';
import { brokenOff, type StoryResult } from './drill/run-story.ts';
import { inkFor } from './ink.ts';
import { few, moments, type Moment } from './moments/moments.ts';
import { figure } from './start/epilogue.ts';
import { faultWanted } from './start/options.ts';
import { clockStart } from '../sandbox/clock-start.ts';

const HELP = `npm run moments [-- options]      the story of npm start at many moments: it must come to the same end at each

  --fault <name>   what goes wrong (default: not-ingested)
  --at <moment>    this one alone, e.g. 2027-02-02T23:45Z; may be repeated
  --few            six moments, one of each kind, instead of ${moments.length}
  --workers <n>    how many run side by side (default: as many as there are cores)
  --help           prints this

The moments: each quarter hour of a day, month ends, the first three days of a month, a leap day, New Year, and the
nights in which clocks change. It ends with 1 when one of them does not come to its end as it should.`;

const ink = inkFor(process.stdout);
const print = (...lines: string[]): void => lines.forEach((line) => process.stdout.write(`${line}\n`));

const line = ({ at, why }: Moment, result: StoryResult): string[] => [
  `${result.passed ? ink.good('ok  ') : ink.bad('FAIL')}  ${moment(at).padEnd(24)} ${why.padEnd(26)} ` +
    `${(result.outcomes.join(', ') || 'no run').padEnd(28)} ` +
    `${`${figure(result.metric.before)} → ${figure(result.metric.after)}`.padEnd(14)} ${result.seconds.toFixed(1)} s`,
  ...result.differences.map((one) => `        ${ink.bad(one)}`),
];

await runCommand({
  help: HELP,
  failed: 'the moments failed',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run moments',
      options: {
        fault: { type: 'string', default: 'not-ingested' },
        at: { type: 'string', multiple: true, default: [] },
        few: { type: 'boolean', default: false },
        workers: { type: 'string', default: String(Math.min(16, availableParallelism())) },
      },
    });
    const mistakes = new Mistakes();
    const size = mistakes.whole('workers', values.workers, 1, 16);
    const own = values.at.flatMap((text): Moment[] => {
      const at = clockStart(text, '--at');
      if (at instanceof Date) return [{ at, why: 'as asked' }];
      mistakes.add(at.mistake);
      return [];
    });
    mistakes.refuse();
    const fault = faultWanted(values.fault);
    const chosen = own.length > 0 ? own : values.few ? few : moments;
    const began = performance.now();
    const { crew } = await gatherCrew<StoryResult>({ size, faults: OWN, rehearse: false, brokenOff });
    let unexpected = 0;
    await crew.run(
      chosen.map((moment) => ({ fault, at: moment.at.toISOString(), moment })),
      (result, { moment }) => {
        if (hasEnded()) return;
        if (!result.passed) unexpected += 1;
        print(...line(moment, result));
      },
    );
    const minutes = ((performance.now() - began) / 60_000).toFixed(1);
    print(
      '',
      unexpected === 0
        ? `${ink.good(`all ${chosen.length} moments came to the same end`)}, in ${minutes} min`
        : `${ink.bad(`${unexpected} of ${chosen.length} moments did not end as they should`)}, in ${minutes} min`,
    );
    return unexpected === 0 ? 0 : 1;
  },
});
