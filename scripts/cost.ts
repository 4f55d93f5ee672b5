import { readConfig } from '../lib/config.ts';
import { aligned } from '../lambdas/platform/text-table.ts';
import { templateFor } from '../sandbox/template.ts';
import { configurationIn } from './configuration.ts';
import { runCommand } from './command/run-command.ts';
import { readWords, WordsError } from './command/words.ts';
import {
  ASSUMED,
  ASSUMPTIONS,
  idleMonth,
  itsJob,
  networkMonth,
  oneRun,
  TARGET_USD,
  totalOf,
  type Assumptions,
  type CostLine,
} from './cost/cost.ts';
import { PRICES_OF } from './cost/list-prices.ts';
import { countTemplate, type Template } from './cost/template-counts.ts';

const HELP = `npm run cost [-- options]      what an idle month and one run cost, from the template

  --responder <file>       your deployment's configuration as JSON (default: the context "responder" in cdk.json)
  --assume <name>=<value>  replaces an assumption; may be repeated
  --json                   prints it as JSON
  --help                   prints this

List prices of us-east-1 of ${PRICES_OF}, without the free tier. It ends with 1 when an idle month costs
more than ${TARGET_USD} USD without network and ledger. It asks AWS nothing.`;

await runCommand({
  help: HELP,
  failed: 'the cost could not be computed',
  async main(args) {
    const { values } = readWords(args, {
      command: 'npm run cost',
      options: {
        responder: { type: 'string' },
        assume: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
      },
    });
    const assumed = assumptions(values.assume);
    const config = configurationIn(values.responder);
    const { pace } = readConfig(config);
    const { template } = await templateFor({ config });
    const counts = countTemplate(template as Template);
    const month = idleMonth(counts, pace.slowSignals, assumed);
    const network = networkMonth(counts);
    const run = oneRun(assumed);
    const total = totalOf(month);
    if (values.json) {
      const parts = { month, network, run, job: itsJob(assumed) };
      console.log(JSON.stringify({ prices: PRICES_OF, assumed, counts, ...parts, total }, null, 1));
    } else {
      console.log(
        [
          `An idle month (list prices of us-east-1, ${PRICES_OF}, USD)`,
          ...table(month, 2),
          ...aligned([[total.toFixed(2).padStart(9), `together; the target is under ${TARGET_USD}`]]),
          '',
          'Network (no part of the target; the ledger and a NAT gateway are not in the template)',
          ...(network.length > 0 ? table(network, 2) : ['  nothing in the template']),
          '',
          'One run',
          ...table(run, 5),
          ...aligned([[totalOf(run).toFixed(5).padStart(9), 'together']]),
          '',
          'What it may start',
          ...table([itsJob(assumed)], 2),
          '',
          'Assumed (--assume <name>=<value>)',
          ...aligned(
            Object.entries(ASSUMPTIONS).map(([name, { means }]) => [
              name,
              String(assumed[name as keyof Assumptions]).padStart(4),
              means,
            ]),
          ),
        ].join('\n'),
      );
    }
    return total < TARGET_USD ? 0 : 1;
  },
});

function table(lines: readonly CostLine[], digits: number): string[] {
  return aligned(lines.map(({ what, basis, usd }) => [usd.toFixed(digits).padStart(9), what, basis]));
}

function assumptions(words: readonly string[]): Assumptions {
  const given = words.map((word) => {
    const [name = '', text = ''] = word.split('=');
    const value = Number(text);
    if (!Object.hasOwn(ASSUMPTIONS, name) || text.trim() === '' || !(value >= 0))
      throw new WordsError(
        `--assume is "${word}"; wanted <name>=<number> with one of ${Object.keys(ASSUMPTIONS).join(', ')}`,
      );
    return [name, value] as const;
  });
  return { ...ASSUMED, ...Object.fromEntries(given) };
}
